"""Growing on the structure on view: what is selected says where, the panel says what."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from gpff_desktop import elements
from gpff_desktop.gui.actions import Command
from gpff_desktop.gui.generate_panel import GeneratePanel
from gpff_desktop.gui.grow_panel import GrowPanel, Offer
from gpff_desktop.gui.messages import GenerateSettings, LoadedModel, RunResult
from gpff_desktop.gui.runs import Runs
from gpff_desktop.session.attachment import Site, growth_site
from gpff_desktop.session.workbench import Workbench


class Growing(QObject):
    """Between the selection, the Grow panel and the runs.

    Parameters
    ----------
    workbench
        Holds the scaffold.
    runs
        Generate the completions, one composition after the other.
    panel
        Says what to grow.
    settings
        The panel that says how runs are done.

    Attributes
    ----------
    panel
        The Grow panel.
    changed
        Signal without arguments: it grows elsewhere, or starts from another cloud.
    wanted
        Signal without arguments: the user wants to grow something, but has to say more in the panel.
    """

    changed = Signal()
    wanted = Signal()

    def __init__(
        self, workbench: Workbench, runs: Runs, panel: GrowPanel, settings: GeneratePanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench, self._runs, self.panel, self._settings = workbench, runs, panel, settings
        self.site: Site | None = None
        self._error = ""
        self._known: object = ()  # not even that nothing is open
        self._offered: object = None
        self._suggested = ""
        self._waiting: deque[GenerateSettings] = deque()
        self._connect()
        self._on_document()

    # What the user can do

    def grow(self) -> None:
        """Generate completions of the scaffold; where something is missing the panel says what."""
        if why_not := self._why_not():
            self._workbench.warned.emit(why_not)
            self.wanted.emit()
            return
        self._waiting.extend(self._run_of(formula) for formula in self.panel.formulas())
        self._next()

    def can_grow(self) -> bool:
        """Whether there is a model, a structure and no run."""
        entry = self._workbench.document.entry
        return self._runs.is_ready() and entry is not None and bool(len(entry.structure))

    def commands(self) -> list[Command]:
        """What the Run menu offers."""
        return [
            Command(
                "run.grow",
                "Grow",
                "Run",
                self.grow,
                "Ctrl+Shift+G",
                "mdi6.source-branch-plus",
                "Let something grow in place of the selected hydrogens",
                enabled_when=self.can_grow,
                needs="A model, a structure and no other run are needed",
                in_toolbar=True,
            )
        ]

    def cloud(self, n_points: int) -> np.ndarray | None:
        """Points `[n_points, 3]` in Å where new atoms would start; None if that is not settled."""
        formulas = self.panel.formulas()
        if self._why_not() or self.site is None or not formulas:
            return None
        from gpff_desktop.session.starting import cloud

        added = self.site.added(formulas[0])
        start = self.site.start(len(added), self.panel.width_of_cloud)
        return cloud(start, added, self.site.scaffold.atoms.positions, n_points)

    # What happens

    def _run_of(self, formula: str) -> GenerateSettings:
        site = self.site
        assert site is not None
        added = site.added(formula)
        return replace(
            self._settings.choices(),
            numbers=elements.parse_formula(formula),
            count=self.panel.count,
            scaffold=site.scaffold,
            prior=site.start(len(added), self.panel.width_of_cloud),
            name=f"+ {elements.formula(added)}",
        )

    def _next(self) -> None:
        if self._waiting:
            self._runs.generate_as(self._waiting.popleft())

    def _on_ended(self, result: RunResult) -> None:
        if result.stopped:
            self._waiting.clear()
        self._next()

    def _on_failed(self, _: str) -> None:
        self._waiting.clear()

    def _on_model(self, model: LoadedModel) -> None:
        self.panel.formula.set_domain(model.elements, model.largest)
        self._offered = None
        self._refresh()

    def _on_document(self) -> None:
        entry = self._workbench.document.entry
        known = (entry.key, entry.structure, entry.selected, entry.locked, entry.title) if entry else None
        if known == self._known:
            return
        self._known = known
        self.site, self._error = None, "open a structure to grow on, or draw one"
        if entry is not None and len(entry.structure):
            try:
                self.site, self._error = growth_site(entry.structure, entry.selected, entry.locked), ""
            except ValueError as error:
                self._error = str(error)
        self._suggest_formula()
        self._refresh()
        self.changed.emit()

    def _suggest_formula(self) -> None:
        """A methyl group in place of each hydrogen, unless the user has typed something that can grow here."""
        if self.site is None:
            return
        atoms = self.site.scaffold.atoms.numbers.tolist() + [6, 1, 1, 1] * len(self.site.given_up)
        typed = self.panel.formula.text
        if typed in ("", self._suggested) or self._added(typed)[1]:
            self._suggested = elements.formula(atoms)
            self.panel.formula.set_formula(self._suggested)

    def _refresh(self) -> None:
        entry, site = self._workbench.document.entry, self.site
        title = f"{entry.title}: " if entry else ""
        self.panel.set_site(f"{title}{site.text}, the rest stays" if site else "", _sentence(self._error))
        self.panel.set_added(*self._added(self.panel.formula.text))
        if self.panel.by_size:
            self._offer()
        self.panel.set_ready(self._why_not())

    def _added(self, formula: str) -> tuple[str, str]:
        """What a typed formula adds, and what is wrong with it; what the formula box says itself is left to it."""
        if self.site is None or self.panel.formula.error:
            return "", ""
        try:
            return f"Adds {elements.formula(self.site.added(formula))}", ""
        except ValueError as error:
            return "", str(error)

    def _offer(self) -> None:
        """Draw compositions that fit the scaffold."""
        model, site = self._runs.model, self.site
        wanted = (model, site, self.panel.heavy, self.panel.number)
        if wanted == self._offered:
            return
        self._offered = wanted
        if model is None or model.card is None or site is None:
            self.panel.set_offers([])
            return
        # Loads torch, which the model has loaded by now.
        from gpff_desktop.session.growth import drawn, growth_odds

        try:
            odds = growth_odds(model.card, site.scaffold.atoms, self.panel.heavy, len(site.given_up))
        except ValueError as error:
            self.panel.set_offers([], _sentence(str(error)))
            return
        chosen = drawn(odds, self.panel.number, self._settings.choices().seed)
        self.panel.set_offers([Offer(one, elements.formula(site.added(one)), odds[one]) for one in chosen])

    def _why_not(self) -> str:
        if self._error:
            return _sentence(self._error)
        if not self._runs.is_ready():
            return "A model and no other run are needed"
        if not self.panel.by_size:
            return self.panel.formula.error or self._added(self.panel.formula.text)[1]
        return "" if self.panel.formulas() else "Tick a composition to grow"

    def _connect(self) -> None:
        worker, panel = self._runs.worker, self.panel
        self._workbench.document.changed.connect(lambda *_: self._on_document())
        worker.model_loaded.connect(self._on_model)
        worker.run_ended.connect(self._on_ended)
        worker.run_failed.connect(self._on_failed)
        self._runs.changed.connect(self._refresh)
        panel.changed.connect(self._refresh)
        panel.changed.connect(self.changed)
        panel.size_changed.connect(self._refresh)
        panel.grow_clicked.connect(self.grow)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
