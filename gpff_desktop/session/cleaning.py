"""How far a relaxation moved a drawing, and whether it is the same molecule still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpff_desktop.chemistry.building.edit import name
from gpff_desktop.session.overlay import laid_onto
from gpff_desktop.session.scaffold import molecule_changed
from gpff_desktop.structure import Structure


@dataclass(frozen=True)
class Moved:
    """What a relaxation did.

    Parameters
    ----------
    rmsd
        Root mean square distance of the atoms from where they were, in Å.
    furthest
        The longest of these distances, in Å.
    atom
        Name of the atom that went so far, such as `C4`.
    change
        Why it is not the same molecule any more; empty if it is.
    """

    rmsd: float
    furthest: float
    atom: str
    change: str

    @classmethod
    def between(cls, before: Structure, after: Structure, align: bool = True) -> Moved:
        """Compare the same atoms; with `align` the structure is first laid onto what it was.

        Raises
        ------
        ValueError
            If the atoms differ or there are none.
        """
        if not len(before):
            raise ValueError("there are no atoms to compare")
        change = molecule_changed(after, before)
        laid = laid_onto(after, before) if align else after
        distances = np.linalg.norm(laid.positions - before.positions, axis=1)
        atom = int(distances.argmax())
        return cls(float(np.sqrt((distances**2).mean())), float(distances[atom]), name(before, atom), change)

    @property
    def text(self) -> str:
        """Such as `atoms moved 0.31 Å (RMSD), H7 furthest (0.82 Å); bonds and stereo are as drawn`."""
        bonds = f"but {self.change}; undo brings it back" if self.change else "bonds and stereo are as drawn"
        return f"atoms moved {self.rmsd:.2f} Å (RMSD), {self.atom} furthest ({self.furthest:.2f} Å); {bonds}"
