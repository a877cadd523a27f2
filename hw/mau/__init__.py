"""The medium attachment unit, clause 8: the digital half of the transceiver on the coax."""
