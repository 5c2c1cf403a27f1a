"""The worker's backend: session and engine behind the few calls the window needs. Importing it loads torch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch

from gpff_desktop import elements
from gpff_desktop.engine.checkpoint import CheckpointError
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.samplers import SAMPLERS, Step
from gpff_desktop.gui.messages import GenerateSettings, LoadedModel, Progress, SamplerChoice
from gpff_desktop.session import generation, models
from gpff_desktop.structure import Structure

_RELAXERS = ("lbfgs", "damped")


class FieldBackend:
    """Runs samplers on one pseudo-force field.

    Parameters
    ----------
    field
        The field.
    """

    def __init__(self, field: PseudoForceField) -> None:
        self.field = field

    @property
    def model(self) -> LoadedModel:
        """What the window needs to know of the model."""
        # The relaxers start from a structure, not from the prior: the Relax command uses them.
        choices = (SamplerChoice(s.id, s.title, s.mode) for s in SAMPLERS.values() if s.id not in _RELAXERS)
        card = self.field.card
        return LoadedModel(
            name=card.name,
            device=str(self.field.device),
            elements=frozenset(card.elements),
            largest=self.field.largest,
            samplers=tuple(choices),
        )

    def generate(self, settings: GenerateSettings) -> Iterator[Progress | Structure]:
        """Generate candidates."""
        mode: Literal["relaxation", "diffusion"] = "diffusion" if settings.mode == "diffusion" else "relaxation"
        request = generation.GenerationRequest(
            formula=elements.formula(settings.numbers),
            count=settings.count,
            mode=mode,
            sampler=settings.sampler or None,
            nfe=settings.nfe,
            seed=settings.seed,
        )
        return _follow(generation.generate(self.field, request))

    def relax(self, structure: Structure, locked: tuple[int, ...] = ()) -> Iterator[Progress | Structure]:
        """Relax a structure from where it is."""
        request = generation.RelaxationRequest(structures=(structure,), locked=locked)
        return _follow(generation.relax(self.field, request))


def load_backend(name: str | None) -> FieldBackend:
    """Load an installed model by name, or one given by its path; None takes the first that works.

    Raises
    ------
    CheckpointError
        If there is none, or it is damaged; the message is one line for the user.
    """
    # One core stays free for the window: the network's threads would starve it otherwise.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    return FieldBackend(PseudoForceField.load(models.find_model(name) if name else _first_model()))


def _first_model() -> str:
    usable = [model for model in models.installed_models() if model.card]
    if not usable:
        raise CheckpointError("No model is installed; train one with 'gpff train' or name one with --model")
    return str(usable[0].path)


def _follow(job: generation.Job) -> Iterator[Progress | Structure]:
    last: Step | None = None
    numbers = job.start.split(job.start.numbers)[0]
    for last in job.steps:
        positions = job.positions(last)[0]
        if np.isfinite(positions).all():  # a network can diverge on one candidate; the others go on
            yield Progress(numbers, positions, last.index, last.budget, float(last.sigma[0]))
    if last is not None:
        yield from job.structures(last)
