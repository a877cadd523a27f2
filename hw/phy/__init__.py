"""The PHY: clause 7's Manchester signalling between the MII and the AUI."""
