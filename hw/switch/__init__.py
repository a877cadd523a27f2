"""The switching hub, IEEE 802.1D: a bridge with a MAC at each port, and a table of who is where."""
