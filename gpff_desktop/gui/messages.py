"""What the window and the worker thread tell each other: small frozen records, safe to pass between threads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gpff_desktop.chemistry.bonds import connectivity
from gpff_desktop.session.entry import Entry
from gpff_desktop.session.scaffold import Scaffold
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure

if TYPE_CHECKING:  # These load torch, for which a window does not wait.
    from gpff_desktop.engine.checkpoint import ModelCard
    from gpff_desktop.engine.steering import Prior


@dataclass(frozen=True)
class GenerateSettings:
    """What to generate, as chosen in the panel.

    Parameters
    ----------
    numbers
        Composition: atomic numbers `[n_atoms]`.
    count
        How many candidates.
    mode
        `"relaxation"` or `"diffusion"`.
    sampler
        Name of a sampler; empty leaves the choice to the program.
    nfe
        Network evaluations each candidate may cost.
    seed
        Start of the random numbers.
    scaffold
        Atoms that stay exactly where they are; `numbers` counts them too.
    entry
        The structure on view, whose constraints and start hold for the run; the scaffold is of it.
    prior
        Where new atoms start instead, in the counting of the run.
    name
        What is special about the run, for its title.
    """

    numbers: np.ndarray
    count: int
    mode: str
    sampler: str
    nfe: int
    seed: int
    scaffold: Scaffold | None = None
    entry: Entry | None = None
    prior: Prior | None = None
    name: str = ""

    @property
    def placed(self) -> np.ndarray:
        """Atomic numbers `[n_placed]` of the atoms beside the scaffold, in the order of the formula."""
        left = self.numbers.tolist()
        for number in self.scaffold.atoms.numbers.tolist() if self.scaffold else ():
            left.remove(number)
        return np.array(left, dtype=np.int64)

    @property
    def locked(self) -> tuple[int, ...]:
        """The atoms of the entry that the scaffold is, in its order."""
        return self.scaffold.kept if self.scaffold else ()


@dataclass(frozen=True)
class SamplerChoice:
    """A sampler that can be chosen: its name, what it is called, and the mode it belongs to."""

    name: str
    title: str
    mode: str


@dataclass(frozen=True)
class LoadedModel:
    """What the window needs to know of the model in use.

    Parameters
    ----------
    name
        Short name.
    device
        Where it runs, such as `cpu`.
    elements
        Atomic numbers it was trained on; None if unknown.
    largest
        Number of atoms of the largest molecule it was trained on; None if unknown.
    samplers
        The samplers it can be run with.
    known
        File that lists the molecules it was trained on; None if there is none.
    card
        Its card; None if it has none.
    """

    name: str
    device: str
    elements: frozenset[int] | None
    largest: int | None
    samplers: tuple[SamplerChoice, ...]
    known: Path | None = None
    card: ModelCard | None = None


@dataclass(frozen=True, eq=False)
class Progress:
    """One step of a run, as it comes from the sampler.

    Parameters
    ----------
    numbers
        Atomic numbers `[n_atoms]`, or `[n_molecules, n_atoms]` where they differ.
    positions
        All molecules of the run, `[n_molecules, n_atoms, 3]` in Å.
    home
        The equilibrium predicted for each, X̂0, `[n_molecules, n_atoms, 3]` in Å.
    sigma
        Noise left, read off the forces, `[n_molecules]` in Å.
    evaluations, budget
        Network evaluations spent, and how many there will be (0 if that is open).
    """

    numbers: np.ndarray
    positions: np.ndarray
    home: np.ndarray
    sigma: np.ndarray
    evaluations: int
    budget: int

    def __len__(self) -> int:
        return len(self.positions)

    def numbers_of(self, molecule: int) -> np.ndarray:
        """Atomic numbers `[n_atoms]` of one molecule."""
        return self.numbers if self.numbers.ndim == 1 else self.numbers[molecule]


@dataclass(frozen=True, eq=False)
class Frame:
    """A step of a run, as drawn: one of its molecules.

    Parameters
    ----------
    progress
        What the sampler said.
    watched
        Which of the molecules is drawn, counted from 0.
    rate
        Network evaluations per second.
    structure
        That molecule with bonds between atoms that are near enough.
    """

    progress: Progress
    watched: int
    rate: float
    structure: Structure

    @classmethod
    def of(cls, progress: Progress, watched: int, rate: float) -> Frame:
        """The frame of one molecule of a step; of the last one if there are not that many."""
        watched = min(watched, len(progress) - 1)
        structure = Structure(progress.numbers_of(watched), progress.positions[watched])
        return cls(progress, watched, rate, structure.with_bonds(connectivity(structure)))

    @property
    def sigma(self) -> float:
        """Noise left in the molecule drawn, in Å."""
        return float(self.progress.sigma[self.watched])

    @property
    def pull(self) -> np.ndarray:
        """What is left of the way home, as a pseudo-force `2 (X̂0 - X)` `[n_atoms, 3]` in Å."""
        return 2 * (self.progress.home[self.watched] - self.structure.positions)


@dataclass(frozen=True, eq=False)
class RunResult:
    """How a run ended.

    Parameters
    ----------
    structures
        Its results, those of the last step if it was stopped; none if it was stopped before the first.
    starts
        What each of them started from.
    trajectories
        The steps that led to each.
    stopped
        Whether the user ended it.
    evaluations, budget
        Network evaluations spent, and how many there could have been.
    seconds
        How long it took.
    """

    structures: tuple[Structure, ...]
    starts: tuple[Structure, ...]
    trajectories: tuple[Trajectory, ...]
    stopped: bool
    evaluations: int
    budget: int
    seconds: float

    @property
    def ending(self) -> str:
        """`stopped at 23 of 60`; empty for a run that came to its end."""
        of = f" of {self.budget}" if self.budget else ""
        return f"stopped at {self.evaluations}{of}" if self.stopped else ""


@dataclass(frozen=True, eq=False)
class NewCandidates:
    """What a generation found: the arguments of `CandidateList.add`."""

    structures: tuple[Structure, ...]
    run: str = ""
    trajectories: tuple[Trajectory, ...] | None = None
    starts: tuple[Structure, ...] | None = None
    locked: tuple[int, ...] = ()
    scaffold: Scaffold | None = None
