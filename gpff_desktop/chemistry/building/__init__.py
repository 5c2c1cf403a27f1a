"""Building and editing molecules: pure functions from one structure to the next."""

from gpff_desktop.chemistry.building.edit import BuildError, Edit

__all__ = ["BuildError", "Edit"]
