"""Operations on where the atoms of a run start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gpff_desktop.session.editor_base import EditorBase, recorded
from gpff_desktop.session.entry import EditError


class StartingEditor(EditorBase):
    """The prior of the structure on view."""

    @recorded
    def set_prior(self, values: Mapping[str, Any] | None) -> None:
        """Say where atoms of a run start: what a prior's `to_dict` gives, or `None` to leave it to the model."""
        # Loads torch, for which a window does not wait.
        from gpff_desktop.engine.steering import Prior

        try:
            prior = Prior.from_dict(values) if values is not None else None
        except ValueError as error:
            raise EditError(str(error)) from None
        entry = self.document.required()
        if prior != entry.prior:
            self.document.edit_entry(f"Start: {prior.kind if prior else 'automatic'}", replace(entry, prior=prior))
