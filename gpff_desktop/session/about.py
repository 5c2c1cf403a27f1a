"""What this program is made of: versions of its parts, and the models that are installed."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata
from typing import Any

PARTS = {
    "GPFF Desktop": "gpff-desktop",
    "PyTorch": "torch",
    "SchNetPack": "schnetpack",
    "RDKit": "rdkit",
    "ASE": "ase",
    "NumPy": "numpy",
    "Qt for Python": "PySide6-Essentials",
    "vispy": "vispy",
}


@dataclass(frozen=True)
class ModelSummary:
    """A model's card in words: its name, one line per fact, and what is wrong if it cannot be used."""

    name: str
    facts: tuple[tuple[str, str], ...]
    problem: str = ""


def versions() -> dict[str, str]:
    """Version of Python and of each part that is installed; nothing is imported for it."""
    found = {"Python": platform.python_version()}
    for title, package in PARTS.items():
        try:
            found[title] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[title] = "not installed"
    return found


def model_summaries() -> list[ModelSummary]:
    """Cards of the installed models in words. It imports torch, which takes a second or two."""
    from gpff_desktop.session.models import installed_models

    return [
        ModelSummary(model.name, _facts(model.card.as_dict()) if model.card else (), model.problem)
        for model in installed_models()
    ]


def _facts(card: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    from gpff_desktop import elements

    data = card["data"]
    facts = {
        "Elements": ", ".join(elements.symbol(z) for z in card["elements"]),
        "Molecules": f"up to {card['max_atoms']} atoms",
        "Data": str(data.get("name", "")),
        "Source": str(data.get("source", "")),
        "Licence of the data": str(data.get("licence", "")),
        "Licence of the weights": card["licence"],
        "Made": " with version ".join(filter(None, (card["created"], card["version"]))),
        "Valid molecules": str(card["figures"].get("valid", "")),
        "SHA-256": card["sha256"],
    }
    return tuple((name, text) for name, text in facts.items() if text)
