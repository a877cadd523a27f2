"""Circuits in convertible MyHDL, and the analogue parts between them."""
