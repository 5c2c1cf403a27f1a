"""Locks: atoms that nothing moves or deletes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer

from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.ask_bar import AskBar
from gpff_desktop.gui.edits import Edits
from gpff_desktop.gui.match_bar import MatchBar
from gpff_desktop.session.editor_steering import SeveralMatchesError

_MENU = "Edit/Lock"


class Locking:
    """What locks and unlocks.

    Parameters
    ----------
    edits
        Where atoms are locked.
    bar, match_bar
        Ask for patterns, and which of several matches is meant.
    """

    def __init__(self, edits: Edits, bar: AskBar, match_bar: MatchBar) -> None:
        self._edits, self._editor, self._bar, self._match_bar = edits, edits.editor, bar, match_bar

    def commands(self) -> list[Command]:
        """The locks in the Edit menu."""
        atoms = (self._edits.can_edit, "Open a structure first")
        selection, locks = (self._edits.has_selection, "Select atoms first"), (self._has_locks, "No atom is locked")
        return [
            self._command(
                "toggle", "Lock or unlock selection", self._editor.toggle_lock, "L", "lock-outline",
                "Lock the selected atoms, or unlock them if they all are", selection,
            ),
            self._command(
                "all-but", "Lock all but selection", self._editor.lock_all_but, "", "lock-plus-outline",
                "Unlock the selected atoms and lock all others", selection,
            ),
            self._command(
                "smarts", "Lock by SMARTS…", self.ask_smarts, "", "lock-pattern",
                "Lock a match of a SMARTS pattern, such as a scaffold", atoms,
            ),
            self._command(
                "none", "Unlock all", self._unlock_all, "", "lock-open-variant-outline", "Unlock all atoms", locks
            ),
        ]  # fmt: skip

    def ask_smarts(self) -> None:
        """Ask for a SMARTS pattern and lock its matches."""
        self._bar.ask("SMARTS to lock", "c1ccccc1", "Lock", self._lock_smarts)

    def _lock_smarts(self, smarts: str) -> None:
        self._edits.open()
        try:
            self._editor.lock_match(smarts)
        except SeveralMatchesError as several:
            choose = lambda number: self._edits.do(lambda: self._editor.lock_match(smarts, number))  # noqa: E731
            # The line with the pattern goes away first.
            matches, bar = several.matches, self._match_bar
            QTimer.singleShot(0, bar, lambda: bar.ask(matches, choose))

    def _unlock_all(self) -> None:
        self._editor.unlock(self._edits.document.required().locked)

    def _has_locks(self) -> bool:
        return bool(self._edits.entry and self._edits.entry.locked)

    def _command(
        self, name: str, title: str, act: Callable[[], None], keys: str, icon: str, hint: str,
        when: tuple[Callable[[], bool], str],
    ) -> Command:  # fmt: skip
        enabled, needs = when
        asks = title.endswith("…")
        return Command(
            f"lock.{name}",
            title,
            _MENU,
            act if asks else lambda: self._edits.do(act),
            keys,
            f"mdi6.{icon}",
            hint,
            enabled_when=enabled,
            needs=needs,
            scope=self._edits.canvas.native if len(keys) == 1 else None,
        )
