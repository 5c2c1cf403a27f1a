"""The contract of every file format: what is written comes back, to the precision that the format states."""

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.chemistry.formats import (
    FORMATS,
    iterate_structures,
    read_structures,
    readable_suffixes,
    writable_suffixes,
    write_structures,
)
from gpff_desktop.chemistry.formats.smiles import canonical
from gpff_desktop.structure import Structure

WITH_POSITIONS = [suffix for suffix in writable_suffixes() if FORMATS[suffix].keeps_positions]
MANY = [suffix for suffix in WITH_POSITIONS if not FORMATS[suffix].single]
FAR = 900.0
AWKWARD = [
    "",
    " ",
    "a\nb",
    "a\n\nb",
    "\n",
    "$$$$",
    "$$$$ more",
    "> <x>",
    ">x",
    '"',
    '"a"',
    "\\",
    "'single'",
    'a "b" c',
    "é\u2028\x85",
    "分子 🧪",
    "k=v",
    "=",
    "M  END",
    "ENDMDL",
    "REMARK   6 GPFF {",
    "12",
    "#",
    "\r",
    "\0",
    "\t",
    "  two   spaces  ",
    "long " * 300,
]
VALUES = st.text(max_size=30) | st.sampled_from(AWKWARD)
NAMES = st.text(min_size=1, max_size=15) | st.sampled_from(["title", "_title", "Properties", "a b", "x=y", "<n>", '"'])
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def structures(draw) -> Structure:
    n_atoms = draw(st.integers(1, 8))
    floats = st.floats(-FAR, FAR, allow_nan=False, allow_infinity=False)
    pairs = [(a, b) for a in range(n_atoms) for b in range(a)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6)) if pairs else []
    return Structure(
        draw(arrays(np.int64, n_atoms, elements=st.integers(1, 118))),
        draw(arrays(np.float64, (n_atoms, 3), elements=floats)),
        np.array([(a, b, draw(st.integers(1, 3))) for a, b in chosen], dtype=np.int64).reshape(-1, 3),
        draw(VALUES),
        draw(st.dictionaries(NAMES, VALUES, max_size=4)),
    )


def normal(bonds: np.ndarray) -> list[tuple[int, int, int]]:
    """Bonds in an order that does not depend on how they were listed."""
    return sorted((min(a, b), max(a, b), order) for a, b, order in bonds.tolist())


def assert_same(back: Structure, original: Structure, suffix: str) -> None:
    entry = FORMATS[suffix]
    np.testing.assert_array_equal(back.numbers, original.numbers)
    tolerance = 0.0 if entry.decimals is None else 0.6 * 10.0**-entry.decimals
    np.testing.assert_allclose(back.positions, original.positions, rtol=0, atol=tolerance)
    assert back.title == original.title
    if entry.keeps_bonds:
        assert normal(back.bonds) == normal(original.bonds)
    if entry.keeps_properties:
        assert dict(back.properties) == dict(original.properties)


@pytest.mark.parametrize("suffix", WITH_POSITIONS)
@given(structure=structures())
@example(structure=Structure([1], [[0, 0, 0]], np.empty((0, 3)), "$$$$", {"": "x", "n\nm": "\n\n> <a>\n$$$$\n"}))
@example(structure=Structure([1], [[0, 0, 0]], np.empty((0, 3)), "M  END", {"title": "", "\ud800": "\udfff"}))
@QUICK
def test_what_is_written_comes_back(tmp_path, suffix, structure):
    path = tmp_path / f"file{suffix}"
    write_structures(path, [structure], overwrite=True)
    result = read_structures(path)
    assert result.problems == []
    assert len(result.structures) == 1
    assert_same(result.structures[0], structure, suffix)


@pytest.mark.parametrize("suffix", MANY)
@given(several=st.lists(structures(), min_size=2, max_size=5))
@settings(QUICK, max_examples=15)
def test_many_records_come_back_in_their_order(tmp_path, suffix, several):
    path = tmp_path / f"file{suffix}"
    assert write_structures(path, iter(several), overwrite=True) == len(several)
    back = list(iterate_structures(path))
    assert len(back) == len(several)
    for one, original in zip(back, several, strict=True):
        assert_same(one, original, suffix)


@pytest.mark.parametrize("suffix", WITH_POSITIONS)
@pytest.mark.parametrize("title", AWKWARD)
def test_awkward_titles_and_values_come_back(tmp_path, suffix, title):
    structure = Structure([8], [[0, 0, 0]], np.empty((0, 3)), title, {"note": title, title: "x"})
    path = tmp_path / f"file{suffix}"
    write_structures(path, [structure])
    assert_same(read_structures(path).structures[0], structure, suffix)


@pytest.mark.parametrize("suffix", WITH_POSITIONS)
def test_every_element_comes_back(tmp_path, suffix):
    grid = np.arange(118 * 3).reshape(118, 3).astype(float)
    everything = Structure(np.arange(1, 119), grid, np.empty((0, 3)), "every element")
    write_structures(tmp_path / f"file{suffix}", [everything])
    assert_same(read_structures(tmp_path / f"file{suffix}").structures[0], everything, suffix)


def large_chain(n_atoms: int) -> Structure:
    chain = np.zeros((n_atoms, 3))
    chain[:, 0] = 1.5 * np.arange(n_atoms) - 900
    return Structure(np.full(n_atoms, 6), chain, [(i, i + 1, 1) for i in range(n_atoms - 1)], "chain")


@pytest.mark.parametrize("suffix", WITH_POSITIONS)
@pytest.mark.parametrize("n_atoms", [999, 1000, 3000])
def test_thousands_of_atoms_come_back(tmp_path, suffix, n_atoms):
    write_structures(tmp_path / f"file{suffix}", [large_chain(n_atoms)])
    assert_same(read_structures(tmp_path / f"file{suffix}").structures[0], large_chain(n_atoms), suffix)


@pytest.mark.parametrize("suffix", WITH_POSITIONS)
def test_the_stated_decimals_are_kept_and_no_more_are_promised(tmp_path, suffix):
    fine = Structure([2], [[1 / 3, -2 / 3, 100 / 7]], np.empty((0, 3)))
    write_structures(tmp_path / f"file{suffix}", [fine])
    error = np.abs(read_structures(tmp_path / f"file{suffix}").structures[0].positions - fine.positions).max()
    decimals = FORMATS[suffix].decimals
    assert error == 0 if decimals is None else 0.01 * 10.0**-decimals < error <= 0.51 * 10.0**-decimals


@pytest.mark.parametrize("suffix", WITH_POSITIONS)
def test_where_a_structure_came_from_survives(tmp_path, suffix):
    run = '{"sampler": "Heun", "locked": [1, 2], "formula": "C2H6O", "λ": 0.5}'
    original = from_smiles("CCO").with_properties(GPFF_run=run)
    write_structures(tmp_path / f"file{suffix}", [original])
    assert read_structures(tmp_path / f"file{suffix}").structures[0].properties["GPFF_run"] == run


@pytest.mark.parametrize("suffix", [suffix for suffix in WITH_POSITIONS if FORMATS[suffix].keeps_bonds])
def test_bonds_that_are_not_known_are_perceived_on_writing(tmp_path, suffix):
    benzene = from_smiles("c1ccccc1")
    write_structures(tmp_path / f"file{suffix}", [benzene.with_bonds(None)])
    orders = read_structures(tmp_path / f"file{suffix}").structures[0].bonds[:, 2]
    assert sorted(orders) == [1] * 9 + [2] * 3


MOLECULES = ["CCO", "C#N", "c1ccccc1", "C[C@H](O)F", "C/C=C/C", "C[N+](=O)[O-]", "[H][H]", "O.CC", "O=C1CC1", "[He]"]


@given(chosen=st.lists(st.tuples(st.sampled_from(MOLECULES), VALUES), min_size=1, max_size=3))
@settings(QUICK, max_examples=30)
def test_molecules_come_back_from_smiles(tmp_path, chosen):
    originals = [from_smiles(smiles).with_title(title) for smiles, title in chosen]
    write_structures(tmp_path / "file.smi", originals, overwrite=True)
    result = read_structures(tmp_path / "file.smi")
    assert result.problems == []
    for back, original in zip(result.structures, originals, strict=True):
        assert canonical(back) == canonical(original)
        assert back.formula == original.formula
        assert back.title == (original.title or canonical(original))


def test_every_writable_format_says_what_it_keeps():
    assert set(writable_suffixes()) == {".sdf", ".mol", ".xyz", ".extxyz", ".pdb", ".smi"}
    assert {".mol2", ".db", ".npz"} <= set(readable_suffixes()) - set(writable_suffixes())
    kept = {suffix: (FORMATS[suffix].keeps_bonds, FORMATS[suffix].keeps_properties) for suffix in writable_suffixes()}
    assert kept[".xyz"] == (False, True)
    assert kept[".sdf"] == kept[".pdb"] == (True, True)
