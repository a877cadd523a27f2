"""Frames taken apart: `dissect` gives their layers, with the place of each field in the octets, in bits."""

from sim.record.dissect.ethernet import dissect
from sim.record.dissect.layer import Field, Layer

__all__ = ["Field", "Layer", "dissect"]
