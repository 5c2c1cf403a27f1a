"""How a structure says what made it: properties whose names begin alike."""

from __future__ import annotations

from dataclasses import replace

from gpff_desktop.structure import Structure

PREFIX = "GPFF_"


def without_provenance(structure: Structure) -> Structure:
    """A copy that no longer claims to be the result of a run, as after an edit."""
    kept = {key: text for key, text in structure.properties.items() if not key.startswith(PREFIX)}
    return structure if len(kept) == len(structure.properties) else replace(structure, properties=kept)
