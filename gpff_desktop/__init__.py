"""GPFF Desktop: a molecule editor that drives a local generative pseudo-force field."""

__version__ = "0.1.0"
