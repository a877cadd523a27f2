"""The LAN driver: generators of bus cycles, no I/O and no clock of their own."""
