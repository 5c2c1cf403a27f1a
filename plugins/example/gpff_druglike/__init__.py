"""Drug-likeness in GPFF Desktop: three columns, a command and a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpff_desktop.plugins import App, Column, Command, EditError, Panel, Plugin
from gpff_druglike import figures

if TYPE_CHECKING:
    from gpff_druglike.panel import RulesPanel


def select_rotatable_bonds(app: App) -> None:
    """Select the atoms at the ends of all rotatable bonds."""
    atoms = figures.rotatable_atoms(app.document.required().structure)
    if not atoms:
        raise EditError("this structure has no rotatable bond")
    app.editor.select(atoms)


def make_panel(app: App) -> RulesPanel:
    """The panel; Qt is not loaded before it is wanted."""
    from gpff_druglike.panel import RulesPanel

    return RulesPanel(app)


plugin = Plugin(
    "Drug-likeness",
    api=1,
    commands=(
        Command(
            "select-rotatable-bonds",
            "Select rotatable bonds",
            select_rotatable_bonds,
            hint="Select the atoms at the ends of bonds that turn freely",
            icon="mdi6.rotate-3d-variant",
            shortcut="Ctrl+Alt+B",
            enabled_when=lambda app: app.structure is not None,
            needs="Open a structure first",
        ),
    ),
    panels=(
        Panel(
            "rules",
            "Drug-likeness",
            make_panel,
            hint="The rule of five and the like for the structure on view",
            icon="mdi6.pill",
        ),
    ),
    columns=(
        Column("qed", "QED", figures.qed, hint="Quantitative estimate of drug-likeness, 0 to 1"),
        Column("log-p", "logP", figures.log_p, hint="Octanol–water partition coefficient, by Crippen's contributions"),
        Column("tpsa", "TPSA", figures.tpsa, unit="Å²", hint="Topological polar surface area", digits=1),
    ),
)
