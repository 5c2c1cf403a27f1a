"""What the window and the worker thread tell each other: small frozen records, safe to pass between threads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpff_desktop.structure import Structure


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
    """

    numbers: np.ndarray
    count: int
    mode: str
    sampler: str
    nfe: int
    seed: int


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
    """

    name: str
    device: str
    elements: frozenset[int] | None
    largest: int | None
    samplers: tuple[SamplerChoice, ...]


@dataclass(frozen=True)
class Progress:
    """One step of a run, as it comes from the sampler.

    Parameters
    ----------
    numbers, positions
        The molecule on display: `[n_atoms]` and `[n_atoms, 3]` in Å.
    evaluations, budget
        Network evaluations spent, and how many there will be (0 if that is open).
    sigma
        Noise left, read off the forces, in Å.
    """

    numbers: np.ndarray
    positions: np.ndarray
    evaluations: int
    budget: int
    sigma: float


@dataclass(frozen=True)
class Frame:
    """A step of a run, as drawn.

    Parameters
    ----------
    progress
        What the sampler said.
    bonds
        Atoms near enough to be bonded, `[n_bonds, 3]`.
    rate
        Network evaluations per second.
    """

    progress: Progress
    bonds: np.ndarray
    rate: float

    @property
    def structure(self) -> Structure:
        """The molecule on display."""
        return Structure(self.progress.numbers, self.progress.positions, self.bonds)


@dataclass(frozen=True)
class RunResult:
    """How a run ended: its structures (what there was, if it was stopped)."""

    structures: tuple[Structure, ...]
    stopped: bool
    seconds: float
