"""The card of a model in training."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gpff_desktop
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.checkpoint import ModelCard
from gpff_desktop.training.settings import TrainSettings

_COMPOSITIONS = 500


@dataclass(frozen=True)
class Description:
    """What a model's card says beside what the training itself knows.

    Parameters
    ----------
    name
        Name of the model.
    data
        What the data are: file, hash, counts, manifest.
    source
        Who made the data, or where they were published; empty if not known.
    licence
        Licence of the data and so of the weights; empty if not known.
    parent
        Card of the model that is fine-tuned; `None` for a new one.
    parent_folder
        Where that model lies, or lay when the run was begun.
    """

    name: str = "model"
    data: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    licence: str = ""
    parent: ModelCard | None = None
    parent_folder: Path | None = None

    def card(
        self, settings: TrainSettings, training: PackedDataset, spent: Mapping[str, Any], figures: Mapping[str, Any]
    ) -> ModelCard:
        """The card of the current average.

        A fine-tuned model knows the elements and sizes of its parent too, and starts with its sampler settings.

        Parameters
        ----------
        settings, training
            How it is trained and on what.
        spent
            Steps, molecules and seconds so far.
        figures
            What was measured of it.
        """
        parent = self.parent
        known = tuple(int(z) for z in training.element_numbers)
        own = training.compositions()
        formulas = sorted(own, key=lambda name: (-len(own[name]), name))
        return ModelCard(
            name=self.name,
            network=settings.network,
            elements=tuple(sorted({*known, *(parent.elements if parent else ())})),
            max_atoms=max(int(training.n_atoms.max()), parent.max_atoms if parent else 0),
            data={**self.data, **self._origin(), **self._ancestry(known)},
            recipe={**{k: v for k, v in settings.as_dict().items() if k != "network"}, **spent},
            compositions=tuple(dict.fromkeys([*formulas, *(parent.compositions if parent else ())]))[:_COMPOSITIONS],
            figures=figures,
            defaults=parent.defaults if parent else {},
            licence=self.licence or "unknown",
            created=datetime.date.today().isoformat(),
            version=gpff_desktop.__version__,
        )

    def _origin(self) -> dict[str, str]:
        return {name: text for name, text in (("source", self.source), ("licence", self.licence)) if text}

    def _ancestry(self, known: tuple[int, ...]) -> dict[str, Any]:
        parent = self.parent
        if parent is None:
            return {}
        origin = {"name": parent.name, "sha256": parent.sha256, "elements": list(parent.elements)}
        more = {"max_atoms": parent.max_atoms, "licence": parent.licence, "data": dict(parent.data)}
        return {"elements": list(known), "fine_tuned_from": {**origin, **more}}
