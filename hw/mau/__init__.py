"""The medium attachment unit, clauses 8 and 14: the digital half of a transceiver on a coax or a pair."""
