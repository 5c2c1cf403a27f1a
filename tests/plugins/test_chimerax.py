"""The ChimeraX bundle, in a stand-in for what it calls."""

import importlib.util
import inspect
import sys
import tomllib
import types

import numpy as np
import pytest

from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.elements import formula
from tests.plugins import stand_in_chimerax
from tests.plugins.conftest import PLUGINS
from tests.plugins.stand_in_chimerax import AtomicStructure, Element, UserError

BUNDLE = PLUGINS / "chimerax"


@pytest.fixture
def session(monkeypatch):
    return stand_in_chimerax.install(monkeypatch)


@pytest.fixture
def gpff(session, monkeypatch, importable):
    """The bundle as ChimeraX imports it."""
    source = BUNDLE / "src" / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        "gpff_chimerax", source, submodule_search_locations=[str(source.parent)]
    )
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "gpff_chimerax", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def cmd(gpff, monkeypatch, direct):
    from gpff_chimerax import cmd

    monkeypatch.setattr(cmd, "bridge", direct)
    return cmd


def opened(session, smiles, model=None):
    """A model of a SMILES, or a further molecule in one."""
    structure = from_smiles(smiles)
    model = model or AtomicStructure(session, name=smiles)
    atoms = [model.new_atom(f"A{k}", Element(z)) for k, z in enumerate(structure.numbers.tolist())]
    for atom, place in zip(atoms, structure.positions.tolist(), strict=True):
        atom.coord = tuple(place)
    for first, second, _ in structure.bonds.tolist():
        model.new_bond(atoms[first], atoms[second])
    return model


def places(model):
    return np.array([atom.coord for atom in model.atoms])


def formula_of(model):
    return formula([atom.element.number for atom in model.atoms])


def test_relaxing_makes_a_new_model_in_which_what_is_not_named_has_not_moved(cmd, session):
    drawn = opened(session, "CCO")
    drawn.position = "elsewhere"
    before = places(drawn)
    made = cmd.gpff_relax(session, drawn.atoms[3:], evaluations=6, animate=True)
    assert session.added == [made]
    assert np.array_equal(places(drawn), before)
    assert np.array_equal(places(made)[:3], before[:3])
    assert not np.array_equal(places(made)[3:], before[3:])
    assert [atom.name for atom in made.atoms] == [atom.name for atom in drawn.atoms]
    assert sum(len(atom.neighbors) for atom in made.atoms) == sum(len(atom.neighbors) for atom in drawn.atoms)
    assert made.position == "elsewhere"
    assert np.allclose(made.coordsets[made.active_coordset_id], places(made), atol=1e-3)
    assert any("moved" in line for line in session.said)


def test_only_the_molecule_that_is_named_is_sent(cmd, session, direct):
    both = opened(session, "O", opened(session, "CC"))
    cmd.gpff_relax(session, both.atoms[8:], evaluations=3)
    assert direct.asked[-1][1]["structure"]["elements"] == [8, 1, 1]
    with pytest.raises(UserError, match="several molecules"):
        cmd.gpff_relax(session, both.atoms)


def test_generated_molecules_are_the_parts_of_a_new_model(cmd, session):
    made = cmd.gpff_generate(session, "C2H6O", count=2, evaluations=6, seed=3)
    assert [formula_of(part) for part in made.parts] == ["C2H6O", "C2H6O"]
    assert len({atom.name for atom in made.parts[0].atoms}) == 9
    assert any("of 2 valid, seed 3" in line for line in session.said)
    single = cmd.gpff_generate(session, "C2H6", evaluations=3)
    assert formula_of(single) == "C2H6"


def test_something_grows_where_it_was_asked_for_and_all_else_stays(cmd, session, direct):
    ethane = opened(session, "CC")
    grown = cmd.gpff_grow(session, [ethane.atoms[2]], add="CH3", count=1, evaluations=6)
    assert formula_of(grown) == "C3H8"
    assert np.array_equal(places(grown)[:7], np.delete(places(ethane), 2, 0))
    assert direct.asked[-1][1]["at"] == [2]
    cmd.gpff_grow(session, [ethane.atoms[2]], add="CH3", count=1, evaluations=3, replace=True)
    assert direct.asked[-1][1]["locked"] == [0, 1, 3, 4, 5, 6, 7]


def test_conformers_have_the_names_of_the_molecule(cmd, session):
    propanol = opened(session, "CCCO")
    made = cmd.gpff_conformers(session, propanol.atoms, count=2)
    (first, *_) = made.parts or [made]
    assert [atom.name for atom in first.atoms] == [atom.name for atom in propanol.atoms]


def test_named_atoms_open_in_the_desktop_model_by_model(cmd, session, direct):
    cmd.gpff_open(session, opened(session, "CC").atoms + opened(session, "O").atoms)
    assert [structure["title"] for structure in direct.opened] == ["CC", "O"]


def test_what_cannot_be_done_is_told_in_one_line(cmd, session):
    for call, reason in (
        (lambda: cmd.gpff_relax(session, []), "no atoms are named"),
        (lambda: cmd.gpff_relax(session, opened(session, "CCl").atoms), "does not know Cl"),
        (lambda: cmd.gpff_generate(session, "Qq2"), "Qq"),
        (lambda: cmd.gpff_setup(session, "/nowhere/python"), "/nowhere/python"),
    ):
        with pytest.raises(UserError, match=reason) as error:
            call()
        assert "\n" not in str(error.value)


def test_every_command_of_the_metadata_is_registered_with_arguments_that_its_function_has(gpff, cmd):
    metadata = tomllib.loads((BUNDLE / "pyproject.toml").read_text(encoding="utf-8"))
    for name in metadata["tool"]["chimerax"]["command"]:
        gpff.bundle_api.register_command(None, types.SimpleNamespace(name=name), None)
        description, function = stand_in_chimerax.registered[name]
        named = {argument for argument, _ in (*description.required, *description.keyword)}
        assert named == set(inspect.signature(function).parameters) - {"session"}
        assert description.synopsis
    assert set(stand_in_chimerax.registered) == set(cmd._COMMANDS)
    assert metadata["project"]["version"] == gpff.__version__
