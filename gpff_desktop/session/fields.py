"""A model made ready to run, by its name. Importing this loads torch."""

from __future__ import annotations

from gpff_desktop.engine.checkpoint import load_model
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.precision import pick_device
from gpff_desktop.session.models import DEFAULT_MODEL, find_model


def load_field(model: str | None = None, device: str = "auto", bfloat16: bool = False) -> PseudoForceField:
    """The field of an installed model or a model folder; the standard model if none is named.

    Raises
    ------
    ValueError
        If there is no such model or device, or the model is damaged.
    """
    chosen = pick_device(device)
    return PseudoForceField(*load_model(find_model(model or DEFAULT_MODEL)), device=chosen, bfloat16=bfloat16)
