"""Codecs of the headers on the wire. Pure: octets in, named fields out, and back; no state, no policy.

Addresses are unsigned integers of 32 bits inside the stack (they are compared and hashed for every
packet); `wire.address` turns them into dotted quads for people.
"""
