"""The title of a field in a form."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

_ROOM = 3
"""Above and below, in pixels. A form sets a title half as tall as its field to the top, not beside its text."""


def field_label(text: str, field: QWidget) -> QLabel:
    """A title that stands level with what is in its field, and whose key (`&`) leads there."""
    label = QLabel(text)
    label.setContentsMargins(0, _ROOM, 0, _ROOM)
    label.setBuddy(field)
    return label
