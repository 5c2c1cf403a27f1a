"""GPFF Desktop: a molecule editor that drives a local generative pseudo-force field."""

import os

__version__ = "0.1.0"

# Idle OpenMP threads sleep instead of spinning: on a busy desktop spinning slows the field tenfold and
# starves the window. OpenMP reads this once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
