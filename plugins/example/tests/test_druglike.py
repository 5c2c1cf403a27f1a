"""The figures of the example plugin, against numbers known from elsewhere."""

from __future__ import annotations

import pytest

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.plugins import App, EditError
from gpff_desktop.session.workbench import Workbench
from gpff_druglike import figures, plugin, select_rotatable_bonds

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
STEARIC_ACID = "CCCCCCCCCCCCCCCCCC(=O)O"


def test_figures_of_aspirin_are_those_of_the_literature() -> None:
    aspirin = from_smiles(ASPIRIN)
    assert figures.tpsa(aspirin) == pytest.approx(63.6, abs=0.05)
    assert figures.log_p(aspirin) == pytest.approx(1.31, abs=0.01)
    assert figures.qed(aspirin) == pytest.approx(0.55, abs=0.01)
    values = {rule.name: rule.value for rule in figures.rules(aspirin)}
    assert values["Molecular weight"] == pytest.approx(180.16, abs=0.01)
    assert (values["Hydrogen-bond donors"], values["Hydrogen-bond acceptors"]) == (1, 4)
    assert all(rule.kept for rule in figures.rules(aspirin))


def test_a_fatty_acid_breaks_the_rules_of_log_p_and_of_rotatable_bonds() -> None:
    broken = [rule.name for rule in figures.rules(from_smiles(STEARIC_ACID)) if not rule.kept]
    assert broken == ["logP", "Rotatable bonds"]


def test_the_command_selects_both_ends_of_every_rotatable_bond_and_says_if_there_is_none() -> None:
    app = App(Workbench())
    app.document.add([from_smiles("CCCC")])
    select_rotatable_bonds(app)
    assert app.selection == [1, 2]
    app.document.add([from_smiles("c1ccccc1")])
    with pytest.raises(EditError, match="no rotatable bond"):
        select_rotatable_bonds(app)


def test_it_adds_three_columns_a_panel_and_a_command() -> None:
    assert plugin.summary() == "1 command, 1 panel, 3 columns"
