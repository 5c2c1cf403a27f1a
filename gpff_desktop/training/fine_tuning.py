"""What a model has never been told, made ready to be learned: new elements, atoms that stay in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import nn

from gpff_desktop import elements
from gpff_desktop.engine.network import N_EMBEDDINGS, ForceNetwork

LARGEST_NUMBER = N_EMBEDDINGS - 1


def require_known_embeddings(numbers: Iterable[int]) -> None:
    """Refuse elements that no network has a place for.

    Raises
    ------
    ValueError
        If an atomic number is too large; the message names the elements.
    """
    strange = ", ".join(elements.symbol(z) for z in sorted(set(numbers)) if z > LARGEST_NUMBER)
    if strange:
        last = elements.symbol(LARGEST_NUMBER)
        raise ValueError(f"the data hold {strange}; networks know elements up to {last}: leave these structures out")


@torch.no_grad()
def adopt_elements(network: ForceNetwork, known: Iterable[int], wanted: Iterable[int]) -> list[int]:
    """Give elements that a network has never seen the mean embedding of those they are most like.

    Its own embedding of such an element is random. Which elements are alike is decided by `elements.neighbours`.

    Parameters
    ----------
    network
        The network, changed in place.
    known, wanted
        Atomic numbers it was trained on, and those that it is to learn.

    Returns
    -------
    list of int
        The new atomic numbers, ascending.
    """
    known = set(known)
    new = sorted(set(wanted) - known)
    weight = _embedding(network).weight
    if known:
        rows = {z: weight[elements.neighbours(z, known)].mean(0) for z in new}
        for z, row in rows.items():
            weight[z] = row
    return new


def told_what_stays(network: ForceNetwork) -> ForceNetwork:
    """A network that is told which atoms stay in place, and at first makes nothing of it.

    Parameters
    ----------
    network
        A network that may have no place for it yet; its weights are taken over.

    Returns
    -------
    ForceNetwork
        The same pseudo-forces, until the new weights are trained.
    """
    if network.settings.kept:
        return network
    told = ForceNetwork(replace(network.settings, kept=True))
    told.load_state_dict({**told.state_dict(), **network.state_dict()})
    return told


def _embedding(network: ForceNetwork) -> nn.Embedding:
    return next(module for module in network.modules() if isinstance(module, nn.Embedding))
