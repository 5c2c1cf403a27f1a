"""The small window of the plugin: every button is one of the commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymol import CmdException, cmd
from pymol.Qt import QtWidgets

from . import commands

_windows: list[Dialog] = []
"""PyMOL keeps no plugin's window alive."""


def show() -> None:
    """Bring up the window; there is one."""
    if not _windows:
        _windows.append(Dialog())
    _windows[0].show()
    _windows[0].raise_()


class Dialog(QtWidgets.QDialog):
    """Asks what to generate, relax or grow, and runs the command.

    Parameters
    ----------
    to
        The PyMOL that the commands work in.
    """

    def __init__(self, to: Any = cmd, parent: Any = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("GPFF")
        self.setMinimumWidth(360)
        self._cmd = to
        self.selection, self.formula, self.add = (
            _line("sele", "The molecule that is selected; what is not selected stays where it is"),
            _line("C7H10N2O2", "Formula of the molecules to generate"),
            _line("CH3", "Formula of what is to grow in place of the selected hydrogens"),
        )
        self.count = _number(10, 1, 1000, "How many molecules are made")
        self.nfe = _number(60, 1, 512, "Network evaluations for each: more take longer and come out better")
        self.mode = QtWidgets.QComboBox()
        self.mode.addItems(["relaxation", "diffusion"])
        self.mode.setToolTip("Relaxation needs fewer evaluations, diffusion samples what the model has learnt")
        self.animate = QtWidgets.QCheckBox("Keep the &steps as states of another object")
        self.status = QtWidgets.QLabel("Ready")
        self.status.setWordWrap(True)
        self.status.setMinimumHeight(3 * self.status.fontMetrics().lineSpacing())
        self.buttons = self._buttons()
        self.stop_button = _button("&Stop", "End the run; what it has reached is kept", commands.gpff_stop)
        self._lay_out()
        self._set_running(False)
        commands.watch(self._on_message)

    def _buttons(self) -> dict[str, Any]:
        return {
            "relax": _button("&Relax", "Relax the selected molecule", self._relax),
            "generate": _button("&Generate", "Generate molecules of the formula", self._generate),
            "grow": _button("Gro&w", "Let something grow at the selected atoms", self._grow),
            "open": _button("&Open in GPFF Desktop", "Open the selected atoms in a window of their own", self._open),
        }

    def _lay_out(self) -> None:
        layout = QtWidgets.QGridLayout(self)
        rows = (
            ("Se&lection", self.selection, "relax"),
            ("&Formula", self.formula, "generate"),
            ("&Add", self.add, "grow"),
            ("&Molecules", self.count, ""),
            ("&Evaluations", self.nfe, ""),
            ("Mo&de", self.mode, ""),
        )
        for row, (title, widget, button) in enumerate(rows):
            label = QtWidgets.QLabel(title)
            label.setBuddy(widget)
            widget.setAccessibleName(title.replace("&", ""))
            layout.addWidget(label, row, 0)
            layout.addWidget(widget, row, 1)
            if button:
                layout.addWidget(self.buttons[button], row, 2)
        layout.addWidget(self.animate, len(rows), 0, 1, 3)
        layout.addWidget(self.buttons["open"], len(rows) + 1, 0, 1, 2)
        layout.addWidget(self.stop_button, len(rows) + 1, 2)
        layout.addWidget(self.status, len(rows) + 2, 0, 1, 3)
        layout.setColumnStretch(1, 1)

    def _relax(self) -> None:
        self._run(commands.gpff_relax, self.selection.text(), self.nfe.value(), int(self.animate.isChecked()))

    def _generate(self) -> None:
        self._run(commands.gpff_generate, self.formula.text(), **self._how())

    def _grow(self) -> None:
        self._run(commands.gpff_grow, self.selection.text(), self.add.text(), **self._how())

    def _open(self) -> None:
        self._run(commands.gpff_open, self.selection.text())

    def _how(self) -> dict[str, Any]:
        animate = int(self.animate.isChecked())
        return {
            "count": self.count.value(), "nfe": self.nfe.value(), "mode": self.mode.currentText(), "animate": animate,
        }  # fmt: skip

    def _run(self, command: Callable[..., str | None], *arguments: Any, **options: Any) -> None:
        self._set_running(True)
        self.status.setText("Starting; the first run loads the model")
        try:
            command(*arguments, **options, _self=self._cmd)
        except CmdException as error:
            self.status.setText(str(error.args[0] if error.args else error).strip())
        finally:
            self._set_running(False)

    def _on_message(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "said":
            self.status.setText(message["text"])
        elif message["type"] == "step":
            self.status.setText(f"Evaluation {message['step']} of {message['budget']}")

    def _set_running(self, running: bool) -> None:
        for button in self.buttons.values():
            button.setEnabled(not running)
        self.stop_button.setEnabled(running)


def _line(text: str, hint: str) -> Any:
    line = QtWidgets.QLineEdit(text)
    line.setToolTip(hint)
    return line


def _number(value: int, least: int, most: int, hint: str) -> Any:
    spin = QtWidgets.QSpinBox()
    spin.setRange(least, most)
    spin.setValue(value)
    spin.setToolTip(hint)
    return spin


def _button(title: str, hint: str, clicked: Callable[[], object]) -> Any:
    button = QtWidgets.QPushButton(title)
    button.setToolTip(hint)
    button.setAutoDefault(False)
    button.clicked.connect(lambda *_: clicked())
    return button
