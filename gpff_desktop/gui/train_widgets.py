"""The small parts that the pages of the Train panel are made of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from gpff_desktop.gui.field_label import field_label

STEPS = 1000
_LONGEST = 300


def title(text: str) -> QLabel:
    """The heading of a part of a page."""
    label = QLabel(text)
    label.setProperty("role", "title")
    return label


def hint(name: str) -> QLabel:
    """A line, or several, that explains; empty at first."""
    label = QLabel()
    label.setProperty("role", "hint")
    label.setAccessibleName(name)
    label.setWordWrap(True)
    return label


def say(label: QLabel, text: str, wrong: bool = False) -> None:
    """Show a text, as an error if something is wrong; a label without text takes no room."""
    label.setText(text)
    label.setVisible(bool(text))
    label.setProperty("role", "error" if wrong else "hint")
    label.style().unpolish(label)
    label.style().polish(label)


def button(text: str, tip: str, role: str = "") -> QPushButton:
    """A button with its tooltip."""
    made = QPushButton(text)
    made.setAccessibleName(text.replace("…", ""))
    made.setToolTip(tip)
    if role:
        made.setProperty("role", role)
    return made


def combo(name: str, tip: str) -> QComboBox:
    """A choice that shrinks with its panel."""
    made = QComboBox()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(6)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


def spin(name: str, tip: str, least: int, most: int, value: int, suffix: str = "") -> QSpinBox:
    """A whole number."""
    made = QSpinBox()
    made.setRange(least, most)
    made.setValue(value)
    made.setSuffix(suffix)
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


def decimal(name: str, tip: str, most: float, value: float) -> QDoubleSpinBox:
    """A positive number."""
    made = QDoubleSpinBox()
    made.setDecimals(1)
    made.setRange(0.1, most)
    made.setValue(value)
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


def line(name: str, tip: str, empty: str = "") -> QLineEdit:
    """A line of text; `empty` is what it says while nothing is in it."""
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setPlaceholderText(empty)
    made.setMaxLength(_LONGEST)
    return made


def bar(name: str) -> QProgressBar:
    """Progress in `STEPS` steps, without words."""
    made = QProgressBar()
    made.setRange(0, STEPS)
    made.setTextVisible(False)
    made.setAccessibleName(name)
    made.setToolTip(name)
    return made


def row(*parts: QWidget, stretch: Sequence[int] = ()) -> QHBoxLayout:
    """Widgets side by side."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for index, part in enumerate(parts):
        layout.addWidget(part, stretch[index] if stretch else 0)
    return layout


def form(*fields: tuple[str, QWidget | QLayout, QWidget]) -> QFormLayout:
    """Fields below each other: the label, what stands beside it, and the control that the label's key reaches."""
    layout = QFormLayout()
    layout.setHorizontalSpacing(12)
    layout.setVerticalSpacing(8)
    layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    for text, content, buddy in fields:
        layout.addRow(field_label(text, buddy), content)
    return layout


def rounded_time(seconds: float) -> str:
    """A time in the unit that suits it: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
