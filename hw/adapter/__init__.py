"""The LAN adapter: its bus side, its address ROM, and the box that joins all its modules."""
