"""Builds a LAN from a scenario, runs it on an engine, records it and draws it."""
