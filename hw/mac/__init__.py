"""The MAC: IEEE 802.3 clause 4 as cooperating processes, clocked by the nibble."""
