"""The pseudo-force field: for any structure, the way home (Hessmann et al., arXiv:2605.19050)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor

from gpff_desktop import elements
from gpff_desktop.engine.batch import Batch, molecule_mean, molecule_sum
from gpff_desktop.engine.checkpoint import ModelCard, load_model
from gpff_desktop.engine.network import ForceNetwork
from gpff_desktop.engine.precision import pick_device
from gpff_desktop.structure import Structure

_PAIRS_AT_ONCE = {"cpu": 5_000, "cuda": 1_000_000}


class DomainError(ValueError):
    """A structure holds something that the model was not trained on; the message names it."""


class PseudoForceField:
    """A trained network that predicts, for any structure, the pseudo-force `F = 2 (X0 - X)`.

    Parameters
    ----------
    network
        The network.
    card
        The card of the model.
    device
        `auto`, `cpu`, `cuda`, …
    bfloat16
        Run matrix products in bfloat16: faster where the machine has the hardware, at three digits.
    """

    def __init__(
        self, network: ForceNetwork, card: ModelCard, device: str | torch.device = "cpu", bfloat16: bool = False
    ) -> None:
        self.device = pick_device(str(device))
        self.network = network.to(self.device).eval()
        self.card = card
        self.bfloat16 = bfloat16
        self._pairs_at_once = _PAIRS_AT_ONCE.get(self.device.type, 5_000)

    @classmethod
    def load(cls, folder: str | Path, device: str | torch.device = "auto") -> PseudoForceField:
        """Load a model folder.

        Raises
        ------
        CheckpointError
            If the folder is not a model, or is damaged.
        """
        return cls(*load_model(folder), device=device)

    def check(self, structures: Sequence[Structure]) -> None:
        """Refuse what the model does not know, by name.

        Raises
        ------
        DomainError
            If an element or a size is outside the model's domain, or a structure is empty.
        """
        known = set(self.card.elements)
        for structure in structures:
            strange = [elements.symbol(z) for z in elements.hill_order(structure.numbers.tolist()) if z not in known]
            if strange:
                names = ", ".join(elements.symbol(z) for z in elements.hill_order(known))
                raise DomainError(
                    f"model '{self.card.name}' does not know {', '.join(strange)}; it knows {names}: "
                    "change these atoms or choose another model"
                )
            if len(structure) < 2:
                raise DomainError("a run needs at least 2 atoms; add some")
            if len(structure) > self.largest:
                raise DomainError(
                    f"{structure.formula} has {len(structure)} atoms; model '{self.card.name}' was trained on up to "
                    f"{self.card.max_atoms} and is trusted up to {self.largest}: "
                    "take a part of the structure or choose another model"
                )

    @property
    def largest(self) -> int:
        """Most atoms that a run may have: twice what the model was trained on."""
        return 2 * self.card.max_atoms

    @torch.no_grad()
    def forces(self, batch: Batch, kept: Tensor | None = None) -> Tensor:
        """Pseudo-forces `[n_total, 3]` in Å, of the type of the batch's positions.

        Molecules of one size are evaluated together; those of another do not change them. Atoms that are `kept`
        `[n_total]` are taken to be where they belong.

        Raises
        ------
        MemoryError
            If the device has no memory for a single molecule.
        """
        forces = torch.empty_like(batch.positions)
        # Centred in full precision: a molecule far from the origin loses no digits.
        molecule, centres = batch.molecule, molecule_mean(batch.positions, batch)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            for atoms in batch.same_size_groups(self._pairs_at_once):
                near = (batch.positions[atoms] - centres[molecule[atoms[:, :1]]]).float()
                marks = torch.zeros_like(atoms, dtype=torch.bool) if kept is None else kept[atoms]
                forces[atoms] = self._evaluated(batch.numbers[atoms], near, marks).to(forces.dtype)
        return forces

    def _evaluated(self, numbers: Tensor, positions: Tensor, kept: Tensor) -> Tensor:
        """The network's output for molecules of one size, in parts if the device has no memory for all at once."""
        with suppress(torch.cuda.OutOfMemoryError):
            return self.network(numbers, positions, kept)
        if len(numbers) == 1:
            raise MemoryError(
                f"the memory of the graphics card is too small for {numbers.shape[1]} atoms: "
                "close other programs that use it, or compute on the CPU"
            )
        half = len(numbers) // 2
        self._pairs_at_once = half * numbers.shape[1] ** 2
        parts = zip(numbers.split(half), positions.split(half), kept.split(half), strict=True)
        return torch.cat([self._evaluated(*part) for part in parts])


def home(positions: Tensor, forces: Tensor) -> Tensor:
    """Predicted equilibrium `X̂0 = X + F/2` in Å, exact for the pseudo-potential `||X - X0||²`."""
    return positions + forces / 2


def score(forces: Tensor, sigma: float | Tensor) -> Tensor:
    """Score of the noised distribution, `F / (2σ²)` in 1/Å, at noise level σ (Å)."""
    return forces / (2 * sigma**2)


def pseudo_energy(forces: Tensor, batch: Batch) -> Tensor:
    """Pseudo-energy `||X - X̂0||² = ||F||²/4` of each molecule `[n_molecules]` in Å²."""
    return molecule_sum(forces.square().sum(-1) / 4, batch)


def noise_level(forces: Tensor, batch: Batch, free: Tensor | None = None) -> Tensor:
    """Noise level read off the forces, `σ̂ = ||F|| / (2 sqrt(3 (n_atoms - 1)))` `[n_molecules]` in Å.

    Parameters
    ----------
    forces
        Pseudo-forces `[n_total, 3]` in Å.
    batch
        Their molecules.
    free
        Which atoms may move `[n_total]`; where some may not, the free ones alone are counted and, since their
        centre may move as well, all of their degrees of freedom.
    """
    free = torch.ones_like(batch.numbers, dtype=torch.bool) if free is None else free
    total = molecule_sum(forces.square().sum(-1) * free, batch)
    count = molecule_sum(free.long(), batch)
    independent = torch.where(count == batch.n_atoms, count - 1, count).clamp_min(1)
    return total.sqrt() / (2 * (3 * independent).to(total.dtype).sqrt())
