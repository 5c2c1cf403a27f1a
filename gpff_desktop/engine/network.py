"""The network: an equivariant representation on the fully connected graph and a gated vector head.

Molecules of one size share one dense layout `[n_molecules, n_atoms, n_atoms]`, which needs no index
lists and no padding. The learnable blocks are SchNetPack's own; PaiNN's message sum is written out
for the dense layout, SO3net runs as it stands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

import gpff_desktop.engine.compat  # noqa: F401  (before schnetpack)

import schnetpack.nn as snn  # isort: skip
from schnetpack import properties  # isort: skip
from schnetpack.representation import SO3net  # isort: skip
from schnetpack.representation.painn import PaiNNInteraction, PaiNNMixing  # isort: skip

N_EMBEDDINGS = 100
_CLOSEST = 1e-6
_FARTHEST = 8.5


@dataclass(frozen=True)
class NetworkSettings:
    """What a network is made of; everything needed to build it again.

    Parameters
    ----------
    representation
        `painn` or `so3net`.
    features, interactions
        Width and depth of the representation.
    radial, radial_range
        Number of radial functions and the distance in Å that the last one sits at.
    lmax
        Highest angular momentum of SO3net (PaiNN ignores it).
    softening
        Pair directions are `r / (d + softening)` (Å), finite for coinciding atoms; 0 gives unit vectors.
    mean_messages
        Divide summed messages by `sqrt(n_atoms)`.
    bounded
        Keep what enters a block of PaiNN bounded, so that a crowded structure cannot blow its features up.
    extent
        Tell every atom how wide the molecule's cloud is and how many atoms it has.
    kept
        Tell the atoms that stay in place from those that have yet to find home.
    """

    representation: Literal["painn", "so3net"] = "painn"
    features: int = 128
    interactions: int = 4
    radial: int = 64
    radial_range: float = 150.0
    lmax: int = 2
    softening: float = 1.0
    mean_messages: bool = True
    bounded: bool = True
    extent: bool = True
    kept: bool = True

    def __post_init__(self) -> None:
        if self.representation not in ("painn", "so3net"):
            raise ValueError(f"unknown representation '{self.representation}'; use painn or so3net")
        if min(self.features, self.interactions, self.radial - 1) < 1 or self.radial_range <= 0:
            raise ValueError("features, interactions and radial functions must be positive")
        if self.lmax < 1:
            raise ValueError("lmax must be at least 1: pseudo-forces are vectors")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as written in a model card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> NetworkSettings:
        """The settings that `as_dict` wrote.

        Raises
        ------
        ValueError
            If one is missing: a default in its place could be another network than the one that was trained.
        """
        values = {"kept": False, **values}  # networks written before there was a choice had none
        if missing := cls.__dataclass_fields__.keys() - values.keys():
            raise ValueError(f"the network's {', '.join(sorted(missing))} is missing")
        return cls(**values)


class AsinhGaussians(nn.Module):
    """Gaussians equally spaced in `asinh(d)`: fine where bonds are decided, coarse far away.

    Parameters
    ----------
    n_rbf
        Number of Gaussians.
    cutoff
        Distance in Å of the last centre; there is no cut, farther pairs just see vanishing values.
    """

    def __init__(self, n_rbf: int, cutoff: float) -> None:
        super().__init__()
        self.n_rbf = n_rbf
        self.cutoff = cutoff
        self.centres: Tensor
        self.register_buffer("centres", torch.linspace(0.0, math.asinh(cutoff), n_rbf), persistent=False)
        self.inverse_width = (n_rbf - 1) / math.asinh(cutoff)

    def forward(self, distance: Tensor) -> Tensor:
        """Distances `[...]` in Å to values `[..., n_rbf]`."""
        reduced = (torch.asinh(distance)[..., None] - self.centres) * self.inverse_width
        # Beyond the bound lie values near 1e-16 and denormal numbers, which slow a CPU down tenfold.
        return torch.exp(-0.5 * reduced.square()) * (reduced.abs() < _FARTHEST)


class NoCutoff(nn.Module):
    """Cutoff function that is 1 everywhere: the graph is fully connected."""

    def __init__(self, cutoff: float) -> None:
        super().__init__()
        self.cutoff = cutoff

    def forward(self, distance: Tensor) -> Tensor:
        """Ones of the shape of `distance`."""
        return torch.ones_like(distance)


class ExtentEmbedding(nn.Module):
    """Features from the logarithms of the radius of gyration and of the number of atoms.

    A molecule's width is the cheapest sign of how noisy it is; with it the network needs no time step.
    """

    n_functions = 32

    def __init__(self, features: int) -> None:
        super().__init__()
        self.centres: Tensor
        centres = torch.linspace(math.log(0.3), math.log(60.0), self.n_functions)
        self.register_buffer("centres", centres, persistent=False)
        self.project = nn.Linear(self.n_functions + 1, features)

    def forward(self, positions: Tensor, gyration: Tensor) -> Tensor:
        """Features `[m, features]` of centred molecules `[m, n, 3]` with radii of gyration `[m]`, in Å."""
        spacing = self.centres[1] - self.centres[0]
        width = torch.exp(-0.5 * ((gyration.log()[:, None] - self.centres) / spacing).square())
        count = atom_count(positions).log().expand(len(gyration), 1) - 3.0
        return self.project(torch.cat([width, count], dim=-1))


class DensePaiNN(nn.Module):
    """PaiNN (Schütt, Unke, Gastegger, ICML 2021) over same-size molecules.

    Parameter names are those of `schnetpack.representation.PaiNN`, whose weights can be loaded as they are.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        width, depth = settings.features, settings.interactions
        self.settings = settings
        self.embedding = nn.Embedding(N_EMBEDDINGS, width)
        self.radial_basis = AsinhGaussians(settings.radial, settings.radial_range)
        self.filter_net = snn.Dense(settings.radial, depth * 3 * width)
        self.interactions = nn.ModuleList(PaiNNInteraction(width, nn.functional.silu) for _ in range(depth))
        self.mixing = nn.ModuleList(PaiNNMixing(width, nn.functional.silu) for _ in range(depth))

    def forward(self, numbers: Tensor, positions: Tensor, extra: Tensor | None) -> tuple[Tensor, Tensor]:
        """Scalars `[m, n, features]` and vectors `[m, n, 3, features]` of `m` molecules of `n` atoms.

        `extra`, `[m, n, features]` or `[m, 1, features]`, is added to the embeddings of the atoms.
        """
        n_molecules, n_atoms = numbers.shape
        direction, distance, mask = pair_geometry(positions, self.settings.softening)
        # The bias rides along as one more radial function, so that an atom sends no message to itself.
        radial = torch.cat([self.radial_basis(distance), torch.ones_like(distance)[..., None]], dim=-1) * mask
        weights = torch.cat([self.filter_net.weight, self.filter_net.bias[:, None]], dim=-1)
        scale = atom_count(positions).rsqrt() if self.settings.mean_messages else 1.0
        bound = soft_bound if self.settings.bounded else lambda q, mu: (q, mu)
        q = self.embedding(numbers)
        if extra is not None:
            q = q + extra
        mu = q.new_zeros(n_molecules, n_atoms, 3, q.shape[-1])
        for layer, (interaction, mixing) in enumerate(zip(self.interactions, self.mixing, strict=True)):
            rows = slice(3 * q.shape[-1] * layer, 3 * q.shape[-1] * (layer + 1))
            filters = nn.functional.linear(radial, weights[rows])
            q_in, mu_in = bound(q, mu)
            context = interaction.get_submodule("interatomic_context_net")(q_in)
            dq, dmu = dense_messages(context, mu_in, filters, direction)
            q, mu = q + scale * dq, mu + scale * dmu
            q_in, mu_in = bound(q, mu)
            q_out, mu_out = mixing(q_in.flatten(0, 1)[:, None], mu_in.flatten(0, 1))
            q, mu = q + (q_out.view_as(q) - q_in), mu + (mu_out.view_as(mu) - mu_in)
        return bound(q, mu)


def soft_bound(q: Tensor, mu: Tensor) -> tuple[Tensor, Tensor]:
    """Scalars `[..., f]` and vectors `[..., 3, f]` divided by `sqrt(1 + their mean square)`, atom by atom.

    Nearly the identity for small features; large ones end at a root mean square of one.
    """
    scalar_square = q.square().mean(-1, keepdim=True)
    vector_square = mu.square().sum(-2, keepdim=True).mean(-1, keepdim=True)
    return q * (1 + scalar_square).rsqrt(), mu * (1 + vector_square).rsqrt()


def pair_geometry(positions: Tensor, softening: float) -> tuple[Tensor, Tensor, Tensor]:
    """Pair directions, distances and the mask that leaves out an atom's pair with itself.

    Parameters
    ----------
    positions
        `[m, n, 3]` in Å.
    softening
        Added to the distance under the direction, in Å.

    Returns
    -------
    direction `[m, n, n, 3]` from atom i to atom j, distance `[m, n, n]` in Å, mask `[n, n, 1]`.
    """
    separation = positions[:, None] - positions[:, :, None]
    distance = separation.square().sum(-1).clamp_min(_CLOSEST**2).sqrt()
    direction = separation / (distance + softening)[..., None]
    n_atoms = positions.shape[1]
    mask = 1.0 - torch.eye(n_atoms, device=positions.device, dtype=positions.dtype)
    return direction, distance, mask[..., None]


def atom_count(positions: Tensor) -> Tensor:
    """Number of atoms a molecule, as a tensor: a plain number would make `torch.compile` start over at every size."""
    return torch.ones_like(positions[0, :, 0]).sum()


def dense_messages(context: Tensor, mu: Tensor, filters: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
    """PaiNN's messages summed over neighbours (eqs. 7 and 8): scalars `[m, n, f]`, vectors `[m, n, 3, f]`."""
    to_scalar, along_direction, along_vector = (context[:, None] * filters).chunk(3, dim=-1)
    if torch.compiler.is_compiling():  # one fused loop
        vectors = along_direction[..., None, :] * direction[..., None] + along_vector[..., None, :] * mu[:, None]
        return to_scalar.sum(2), vectors.sum(2)
    # Eager: a product with all three axes would not fit a processor's cache.
    from_vectors = [(along_vector * mu[:, None, :, axis]).sum(2) for axis in range(3)]
    return to_scalar.sum(2), direction.transpose(-1, -2) @ along_direction + torch.stack(from_vectors, dim=2)


class DenseSO3net(nn.Module):
    """SchNetPack's SO3net over same-size molecules, fed with all their pairs."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        self.net = SO3net(
            settings.features,
            settings.interactions,
            settings.lmax,
            AsinhGaussians(settings.radial, settings.radial_range),
            NoCutoff(settings.radial_range),
            return_vector_representation=True,
            electronic_embeddings=[_AddExtra()],
        )

    def forward(self, numbers: Tensor, positions: Tensor, extra: Tensor | None) -> tuple[Tensor, Tensor]:
        """Scalars `[m, n, features]` and vectors `[m, n, 3, features]`, as `DensePaiNN`."""
        n_molecules, n_atoms = numbers.shape
        i, j = torch.nonzero(1 - torch.eye(n_atoms, device=numbers.device)).T
        first = n_atoms * torch.arange(n_molecules, device=numbers.device)[:, None]
        # Coinciding atoms have no direction; a tiny step along x gives them one.
        separation = positions[:, j] - positions[:, i]
        touching = separation.square().sum(-1, keepdim=True) < _CLOSEST**2
        nudge = separation.new_tensor([_CLOSEST, 0.0, 0.0])
        inputs = {
            properties.Z: numbers.flatten(),
            properties.Rij: torch.where(touching, nudge, separation).flatten(0, 1),
            properties.idx_i: (first + i).flatten(),
            properties.idx_j: (first + j).flatten(),
        }
        if extra is not None:
            inputs[_AddExtra.key] = extra.expand(-1, n_atoms, -1).flatten(0, 1)
        result = self.net(inputs)
        shape = (n_molecules, n_atoms)
        return result["scalar_representation"].unflatten(0, shape), result["vector_representation"].unflatten(0, shape)


class _AddExtra(nn.Module):
    """Hands SO3net what an atom knows beside its element."""

    key = "gpff_extra"

    def forward(self, q: Tensor, inputs: dict[str, Tensor]) -> Tensor:
        return inputs.get(self.key, torch.zeros_like(q))


class ForceNetwork(nn.Module):
    """Same-size molecules to pseudo-forces: no time step, no noise level.

    The head's vector is scaled by the radius of gyration and its scalar multiplies the way to the centre of
    geometry, so that the outputs of the network are of order one from a relaxed molecule to a wide cloud.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        self.representation = (DensePaiNN if settings.representation == "painn" else DenseSO3net)(settings)
        self.extent = ExtentEmbedding(settings.features) if settings.extent else None
        self.kept = nn.Parameter(torch.zeros(settings.features)) if settings.kept else None
        self.head = snn.build_gated_equivariant_mlp(settings.features, 1, n_layers=2)

    def forward(self, numbers: Tensor, positions: Tensor, kept: Tensor | None = None) -> Tensor:
        """Pseudo-forces `[m, n, 3]` in Å of `m` molecules of `n` atoms; their sum over a molecule is zero.

        Parameters
        ----------
        numbers
            Atomic numbers `[m, n]`.
        positions
            Coordinates `[m, n, 3]` in Å, anywhere in space.
        kept
            Atoms `[m, n]` of bool that are where they belong, but for a rigid motion of the whole; `None` for none.
        """
        positions = positions - positions.mean(1, keepdim=True)
        gyration = positions.square().sum(-1).mean(-1).clamp_min(1e-4).sqrt()
        extra = self.extent(positions, gyration)[:, None] if self.extent is not None else None
        if self.kept is not None:
            mark = (torch.zeros_like(numbers) if kept is None else kept)[..., None] * self.kept
            extra = mark if extra is None else extra + mark
        homeward, vectors = self.head(self.representation(numbers, positions, extra))
        forces = gyration[:, None, None] * vectors.squeeze(-1) + homeward * positions
        return (forces - forces.mean(1, keepdim=True)).to(positions.dtype)
