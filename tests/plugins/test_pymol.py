"""The PyMOL plugin, in PyMOL where it can be imported, otherwise in a stand-in for what it calls."""

import importlib.util

import numpy as np
import pytest

from gpff_desktop import elements
from gpff_desktop.chemistry.building.smiles import from_smiles
from tests.plugins import stand_in_pymol


@pytest.fixture
def bare(monkeypatch):
    """A PyMOL."""
    if not importlib.util.find_spec("pymol"):
        yield stand_in_pymol.install(monkeypatch)
        return
    import pymol2

    with pymol2.PyMOL() as session:
        yield session.cmd


@pytest.fixture
def cmd(bare, importable, monkeypatch, direct):
    """A PyMOL with the plugin's commands."""
    importable("pymol")
    from gpff_pymol import commands

    monkeypatch.setattr(commands, "bridge", direct)
    commands.register(bare)
    return bare


@pytest.fixture
def commands(cmd):
    from gpff_pymol import commands

    return commands


def put(cmd, name, smiles):
    """Make an object of a SMILES."""
    from gpff_pymol.molecules import as_model

    structure = from_smiles(smiles)
    values = {
        "elements": [elements.symbol(z) for z in structure.numbers],
        "coordinates": structure.positions.tolist(),
        "bonds": structure.bonds.tolist(),
    }
    cmd.load_model(as_model(values), name, state=1)
    return name


def places(cmd, name, state=1):
    return np.array([atom.coord for atom in cmd.get_model(name, state).atom])


def symbols(cmd, name, state=1):
    return [atom.symbol for atom in cmd.get_model(name, state).atom]


def refused(commands, command, *arguments, **options):
    with pytest.raises(commands.CmdException) as error:
        command(*arguments, **options)
    line = str(error.value.args[0])
    assert "\n" not in line
    return line


def test_relaxing_makes_a_new_object_in_which_what_is_not_selected_has_not_moved(cmd, commands, capsys):
    put(cmd, "drawn", "CCO")
    before = places(cmd, "drawn")
    made = commands.gpff_relax("drawn and index 4+5+6+7+8+9", nfe=6, animate=1, _self=cmd)
    assert made == "drawn_relaxed"
    assert np.array_equal(places(cmd, "drawn"), before), "the user's object is left alone"
    assert np.array_equal(places(cmd, made)[:3], before[:3])
    assert not np.array_equal(places(cmd, made)[3:], before[3:])
    assert symbols(cmd, made) == symbols(cmd, "drawn")
    assert np.linalg.norm(places(cmd, made) - before, axis=1).max() < 0.5, "PyMOL sorts atoms; each got its own place"
    assert cmd.get_title(made, 1).startswith(("valid", "not valid"))
    run = f"{made}_run"
    assert np.allclose(places(cmd, run, cmd.count_states(run)), places(cmd, made), atol=1e-3)
    assert "drawn_relaxed: moved" in capsys.readouterr().out
    again = commands.gpff_relax("drawn", _self=cmd)
    assert again != made, "nothing is replaced"
    assert again in cmd.get_names("all")


def test_the_state_that_is_shown_is_relaxed(cmd, commands, direct):
    put(cmd, "drawn", "CCO")
    further = (places(cmd, "drawn") + 3).tolist()
    cmd.create("drawn", "drawn", 1, 2)
    cmd.alter_state(2, "drawn", "(x, y, z) = next(places)", space={"places": iter(further), "next": next})
    put(cmd, "still", "CC")
    cmd.frame(2)
    made = commands.gpff_relax("drawn", nfe=3, _self=cmd)
    assert np.allclose(direct.asked[-1][1]["structure"]["coordinates"], further)
    assert cmd.count_states(made) == 1
    commands.gpff_relax("still", nfe=3, _self=cmd)
    assert len(direct.asked[-1][1]["structure"]["elements"]) == 8, "an object with fewer states shows its last"


def test_generated_molecules_are_states_with_their_verdicts_or_a_group(cmd, commands, capsys):
    made = commands.gpff_generate("C2H6O", count="2", nfe="6", seed="3", animate="1", _self=cmd)
    assert made == "gpff_C2H6O"
    assert cmd.count_states(made) == 2
    for state in (1, 2):
        assert elements.formula([elements.number(one) for one in symbols(cmd, made, state)]) == "C2H6O"
        assert cmd.get_title(made, state).startswith(("valid", "not valid"))
    assert not np.allclose(places(cmd, made, 1), places(cmd, made, 2))
    assert cmd.count_states(f"{made}_run") > 1
    assert "seed 3" in capsys.readouterr().out
    group = commands.gpff_generate("C2H6", count=2, nfe=3, split=1, _self=cmd)
    assert {f"{group}_01", f"{group}_02"} <= set(cmd.get_names("all"))


def test_something_grows_where_it_was_asked_for_and_all_else_stays(cmd, commands, direct):
    put(cmd, "ethane", "CC")
    before = places(cmd, "ethane")
    grown = commands.gpff_grow("ethane and index 3", "CH3", count=1, nfe=6, seed=1, _self=cmd)
    assert np.array_equal(places(cmd, grown)[:7], np.delete(before, 2, 0))
    assert symbols(cmd, grown).count("C") == 3
    assert direct.asked[-1][1]["at"] == [2]
    commands.gpff_grow("ethane and index 3", "CH3", count=1, nfe=3, replace=1, _self=cmd)
    assert direct.asked[-1][1]["locked"] == [0, 1, 3, 4, 5, 6, 7]


def test_conformers_are_states_of_a_copy(cmd, commands):
    put(cmd, "propanol", "CCCO")
    made = commands.gpff_conformers("propanol", count=2, seed=1, _self=cmd)
    assert symbols(cmd, made) == symbols(cmd, "propanol")
    assert not np.allclose(places(cmd, made), places(cmd, "propanol"))


def test_what_is_selected_opens_in_the_desktop_object_by_object(cmd, commands, direct):
    put(cmd, "one", "CC")
    put(cmd, "two", "O")
    commands.gpff_open("all", _self=cmd)
    assert [structure["title"] for structure in direct.opened] == ["one", "two"]
    assert direct.opened[1]["elements"] == ["O", "H", "H"]


def test_what_cannot_be_done_is_told_in_one_line(cmd, commands):
    put(cmd, "one", "CC")
    put(cmd, "two", "CCl")
    assert "nothing is selected by 'nowhere'" in refused(commands, commands.gpff_relax, "nowhere", _self=cmd)
    assert "2 objects" in refused(commands, commands.gpff_relax, "(one or two)", _self=cmd)
    assert "does not know Cl" in refused(commands, commands.gpff_relax, "two", _self=cmd)
    assert "Qq" in refused(commands, commands.gpff_generate, "Qq2", _self=cmd)
    assert "'/nowhere/python'" in refused(commands, commands.gpff_setup, "/nowhere/python")


def test_every_command_is_registered_and_has_help(cmd, commands):
    known = cmd.commands if isinstance(cmd, stand_in_pymol.StandIn) else cmd.keyword
    for name in ("relax", "generate", "grow", "conformers", "open", "stop", "setup"):
        assert f"gpff_{name}" in known
        assert "USAGE" in getattr(commands, f"gpff_{name}").__doc__


def test_the_buttons_of_the_dialogue_run_the_commands_and_say_what_came_of_it(cmd, commands, direct, qtbot):
    from gpff_pymol.dialog import Dialog

    put(cmd, "ethane", "CC")
    dialog = Dialog(to=cmd)
    qtbot.addWidget(dialog)
    dialog.selection.setText("ethane")
    dialog.buttons["relax"].click()
    assert dialog.status.text().startswith("ethane_relaxed: moved")
    dialog.formula.setText("C2H6")
    dialog.count.setValue(2)
    dialog.nfe.setValue(3)
    dialog.buttons["generate"].click()
    assert cmd.count_states("gpff_C2H6") == 2
    dialog.selection.setText("nowhere")
    dialog.buttons["grow"].click()
    assert "nothing is selected by 'nowhere'" in dialog.status.text()
    dialog.stop_button.setEnabled(True)
    dialog.stop_button.click()
    assert direct.asked[-1][0] == "cancel"
