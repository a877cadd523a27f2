"""DNS (RFC 1034, RFC 1035): a stub resolver and the answers of a name server, both without I/O.

dnspython reads and writes the messages. What is asked over the network, a caller asks: `resolver` is a
generator of queries, as a driver is one of bus cycles, and `authority` turns a query into an answer.
"""

PORT = 53
