"""The worker's backend: session and engine behind the few calls the window needs. Importing it loads torch."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from gpff_desktop import elements
from gpff_desktop.chemistry.known import KNOWN
from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.checkpoint import CheckpointError
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.interventions import Intervention
from gpff_desktop.engine.samplers import SAMPLERS, Step
from gpff_desktop.engine.steering import Constraint, Prior
from gpff_desktop.gui.messages import GenerateSettings, LoadedModel, Progress, SamplerChoice
from gpff_desktop.session import generation, models
from gpff_desktop.session.candidates import ENERGY_KEY
from gpff_desktop.session.live import LiveRun
from gpff_desktop.session.starting import prior_of_run
from gpff_desktop.session.steering_of_entry import check_generation, generation_constraints
from gpff_desktop.structure import Structure

_RELAXERS = ("lbfgs", "damped")


class FieldBackend:
    """Runs samplers on one pseudo-force field.

    Parameters
    ----------
    field
        The field.
    folder
        The model's folder, if it has one.
    """

    def __init__(self, field: PseudoForceField, folder: Path | None = None) -> None:
        self.field = field
        self._folder = folder

    @property
    def model(self) -> LoadedModel:
        """What the window needs to know of the model."""
        # The relaxers start from a structure, not from the prior: the Relax command uses them.
        choices = (SamplerChoice(s.id, s.title, s.mode) for s in SAMPLERS.values() if s.id not in _RELAXERS)
        card = self.field.card
        known = self._folder / KNOWN if self._folder else None
        return LoadedModel(
            name=card.name,
            device=str(self.field.device),
            elements=frozenset(card.elements),
            largest=self.field.largest,
            samplers=tuple(choices),
            known=known if known is not None and known.is_file() else None,
            card=card,
        )

    def generate(self, settings: GenerateSettings) -> FieldRun:
        """Generate candidates."""
        scaffold, entry = settings.scaffold, settings.entry
        if entry is not None:
            check_generation(entry, settings.locked)
        mode: Literal["relaxation", "diffusion"] = "diffusion" if settings.mode == "diffusion" else "relaxation"
        request = generation.GenerationRequest(
            formula=elements.formula(settings.numbers),
            count=settings.count,
            mode=mode,
            sampler=settings.sampler or None,
            nfe=settings.nfe,
            seed=settings.seed,
            scaffold=scaffold.whole if scaffold else None,
            locked=settings.locked,
            prior=_prior(settings),
            constraints=generation_constraints(entry, settings.locked) if entry else (),
        )
        return FieldRun(generation.generate(self.field, request))

    def relax(
        self, structure: Structure, locked: tuple[int, ...] = (), constraints: tuple[Constraint, ...] = ()
    ) -> FieldRun:
        """Relax a structure from where it is."""
        return self.relax_all((structure,), locked, constraints)

    def relax_all(
        self, structures: tuple[Structure, ...], locked: tuple[int, ...] = (), constraints: tuple[Constraint, ...] = ()
    ) -> FieldRun:
        """Relax copies of one structure, each from where it is."""
        request = generation.RelaxationRequest(structures=structures, locked=locked, constraints=constraints)
        return FieldRun(generation.relax(self.field, request))

    def live(self) -> LiveRun:
        """A run that follows the field while the user edits."""
        return LiveRun(self.field)

    def forces(self, structure: Structure) -> np.ndarray:
        """Pseudo-forces `[n_atoms, 3]` in Å.

        Raises
        ------
        DomainError
            If the structure is outside the model's domain.
        """
        self.field.check([structure])
        forces = self.field.forces(Batch.from_structures([structure], self.field.device))
        return forces.cpu().numpy()


def _prior(settings: GenerateSettings) -> Prior | None:
    entry = settings.entry
    if settings.prior is not None or entry is None or entry.prior is None:
        return settings.prior
    return prior_of_run(entry.prior, entry.structure, settings.locked)


class FieldRun:
    """A job of the session, as the worker draws it.

    Parameters
    ----------
    job
        The job; all its molecules have the same atoms.
    """

    def __init__(self, job: generation.Job) -> None:
        self._job = job
        self._last: Step | None = None
        self._numbers = job.start.split(job.start.numbers)
        self.steps = self._draw()

    def starts(self) -> tuple[Structure, ...]:
        """What each molecule starts from."""
        rows = zip(self._numbers, self._job.start.split(self._job.start.positions), strict=True)
        return tuple(Structure(numbers, positions) for numbers, positions in rows)

    def results(self) -> tuple[Structure, ...]:
        """The molecules as of the last step drawn; none before the first."""
        if self._last is None:
            return ()
        rows = zip(self._job.structures(self._last), self._last.sigma.tolist(), strict=True)
        n_locked = int(self._job.provenance.get("n_locked", 0))
        return tuple(_with_energy(structure, sigma, n_locked) for structure, sigma in rows)

    def intervene(self, intervention: Intervention) -> None:
        """Change a molecule before the next evaluation."""
        self._job.intervene(intervention)

    def _draw(self) -> Generator[Progress, None, None]:
        job = self._job
        with closing(job.steps):  # type: ignore[type-var]
            for step in job.steps:
                self._last = step
                yield Progress(
                    numbers=np.stack(job.numbers(step)),
                    positions=np.stack(job.positions(step)),
                    home=np.stack(job.start.split(step.home)),
                    sigma=step.sigma.cpu().numpy(),
                    evaluations=step.index,
                    budget=step.budget,
                )


def _with_energy(structure: Structure, sigma: float, n_locked: int) -> Structure:
    """Note the pseudo-energy `||F||²/4`, which σ̂ stands for (see `engine.field.noise_level`), in Å²."""
    independent = len(structure) - n_locked if n_locked else max(1, len(structure) - 1)
    return structure.with_properties(**{ENERGY_KEY: f"{3 * independent * sigma**2:.4f}"})


def load_backend(name: str | None, device: str = "auto") -> FieldBackend:
    """Load an installed model by name, or one given by its path; None takes the first that works.

    Raises
    ------
    CheckpointError
        If there is none, or it is damaged; the message is one line for the user.
    """
    # One core stays free for the window: the network's threads would starve it otherwise.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    folder = models.find_model(name) if name else _first_model()
    return FieldBackend(PseudoForceField.load(folder, device), Path(folder))


def _first_model() -> str:
    usable = [model for model in models.installed_models() if model.card]
    if not usable:
        raise CheckpointError("No model is installed; train one with 'gpff train' or name one with --model")
    return str(usable[0].path)
