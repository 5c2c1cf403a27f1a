"""Every file format: what is written comes back; what is broken is named in one line."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rdkit import Chem

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.chemistry.formats import (
    FORMATS,
    FormatError,
    Problem,
    iterate_npz,
    iterate_records,
    iterate_structures,
    read_structures,
    readable_suffixes,
    writable_suffixes,
    write_structures,
)
from gpff_desktop.structure import Structure

MANY = [suffix for suffix in writable_suffixes() if not FORMATS[suffix].single]
# Decimals a format keeps; the others are exact.
DECIMALS = {".sdf": 4, ".mol": 4}

VALUES = st.text(max_size=30) | st.sampled_from(
    [
        "",
        " ",
        "a\nb",
        "a\n\nb",
        "\n",
        "$$$$",
        "> <x>",
        ">x",
        '"',
        '"a"',
        "\\",
        'a "b" c',
        "é\u2028\x85",
        "k=v",
        "M  END",
        "\r",
        "\0",
    ]
)
NAMES = st.text(min_size=1, max_size=15) | st.sampled_from(["title", "_title", "Properties", "a b", "x=y", "<n>", '"'])


@st.composite
def structures(draw) -> Structure:
    n_atoms = draw(st.integers(1, 8))
    floats = st.floats(-1e3, 1e3, allow_nan=False, allow_infinity=False)
    pairs = [(a, b) for a in range(n_atoms) for b in range(a)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6)) if pairs else []
    return Structure(
        draw(arrays(np.int64, n_atoms, elements=st.integers(1, 118))),
        draw(arrays(np.float64, (n_atoms, 3), elements=floats)),
        np.array([(a, b, draw(st.integers(1, 3))) for a, b in chosen], dtype=np.int64).reshape(-1, 3),
        draw(VALUES),
        draw(st.dictionaries(NAMES, VALUES, max_size=4)),
    )


def assert_same(back: Structure, original: Structure, suffix: str) -> None:
    np.testing.assert_array_equal(back.numbers, original.numbers)
    if suffix in DECIMALS:
        np.testing.assert_allclose(back.positions, original.positions, atol=0.6 * 10.0 ** -DECIMALS[suffix])
        np.testing.assert_array_equal(back.bonds, original.bonds)
    else:
        np.testing.assert_array_equal(back.positions, original.positions)
    assert back.title == original.title
    assert dict(back.properties) == dict(original.properties)


@pytest.fixture
def ethanol() -> Structure:
    return from_smiles("CCO").with_title("ethanol").with_properties(model="small", seed="7")


@pytest.mark.parametrize("suffix", writable_suffixes())
@given(structure=structures())
@example(structure=Structure([1], [[0, 0, 0]], np.empty((0, 3)), "$$$$", {"": "x", "n\nm": "\n\n> <a>\n$$$$\n"}))
@example(structure=Structure([1], [[0, 0, 0]], np.empty((0, 3)), "M  END", {"title": "", "\ud800": "\udfff"}))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_comes_back(tmp_path, suffix, structure):
    path = tmp_path / f"file{suffix}"
    write_structures(path, [structure], overwrite=True)
    result = read_structures(path)
    assert result.problems == []
    assert len(result.structures) == 1
    assert_same(result.structures[0], structure, suffix)


@pytest.mark.parametrize("suffix", MANY)
@given(several=st.lists(structures(), min_size=2, max_size=5))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_many_records_come_back_in_their_order(tmp_path, suffix, several):
    path = tmp_path / f"file{suffix}"
    assert write_structures(path, iter(several), overwrite=True) == len(several)
    back = list(iterate_structures(path))
    assert len(back) == len(several)
    for one, original in zip(back, several, strict=True):
        assert_same(one, original, suffix)


@pytest.mark.parametrize("suffix", writable_suffixes())
def test_an_existing_file_is_replaced_only_on_request(tmp_path, suffix, ethanol):
    path = tmp_path / f"file{suffix}"
    path.write_text("precious")
    with pytest.raises(FileExistsError, match="--force"):
        write_structures(path, [ethanol])
    assert path.read_text() == "precious"
    write_structures(path, [ethanol], overwrite=True)
    assert read_structures(path).structures[0].title == "ethanol"


@pytest.mark.parametrize("suffix", writable_suffixes())
def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_rubbish(tmp_path, suffix, ethanol):
    path = tmp_path / f"file{suffix}"
    path.write_text("precious")

    def half():
        yield ethanol
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        write_structures(path, half(), overwrite=True)
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", writable_suffixes())
def test_nothing_to_write_is_refused(tmp_path, suffix):
    with pytest.raises(FormatError, match="no structures to write"):
        write_structures(tmp_path / f"file{suffix}", [])
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("suffix", readable_suffixes())
@pytest.mark.parametrize(
    "content",
    [b"", b"\n \n", bytes(range(256)) * 8, b"hello, world\nthis is prose\n\n\n\n", b"\x00\x01", b"PK\x03\x04"],
)
def test_what_is_no_molecule_file_is_refused_in_one_line(tmp_path, suffix, content):
    path = tmp_path / f"file{suffix}"
    path.write_bytes(content)
    with pytest.raises(FormatError) as error:
        read_structures(path)
    assert "\n" not in str(error.value)
    assert path.name in str(error.value)


@pytest.mark.parametrize("suffix", readable_suffixes())
def test_a_missing_file_and_a_folder_are_refused(tmp_path, suffix):
    with pytest.raises(FormatError, match="there is no file"):
        read_structures(tmp_path / f"none{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(FormatError, match="is a folder"):
        read_structures(tmp_path / f"folder{suffix}")


@pytest.mark.parametrize("suffix", MANY)
def test_a_file_with_the_wrong_suffix_is_refused(tmp_path, suffix, ethanol):
    other = ".xyz" if suffix == ".sdf" else ".sdf"
    write_structures(tmp_path / f"right{suffix}", [ethanol])
    wrong = (tmp_path / f"right{suffix}").rename(tmp_path / f"wrong{other}")
    with pytest.raises(FormatError, match="another format"):
        read_structures(wrong)


@pytest.mark.parametrize("suffix", MANY)
def test_a_file_cut_short_at_any_place_loses_only_its_last_record(tmp_path, suffix, ethanol):
    whole = tmp_path / f"whole{suffix}"
    write_structures(whole, [ethanol, ethanol])
    text = whole.read_text()
    cut = tmp_path / f"cut{suffix}"
    # Both records have the same length; every cut lies within the second, before its last line break.
    for length in range(len(text) // 2 + 8, len(text) - 8, 23):
        cut.write_text(text[:length])
        result = read_structures(cut)
        assert len(result.structures) == 1, text[:length]
        assert [problem.record for problem in result.problems] == [2]
        assert_same(result.structures[0], ethanol, suffix)


@pytest.mark.parametrize(("suffix", "good"), [(".sdf", "   0.0"), (".xyz", " C ")])
def test_a_record_with_a_coordinate_that_is_no_number_is_listed_and_the_rest_opens(tmp_path, suffix, good, ethanol):
    path = tmp_path / f"file{suffix}"
    write_structures(path, [ethanol, ethanol, ethanol])
    lines = path.read_text().split("\n")
    index = len(lines) // 3 + (6 if suffix == ".sdf" else 3)
    lines[index] = "       nan" + lines[index][10:] if suffix == ".sdf" else "C nan 0.0 0.0"
    path.write_text("\n".join(lines))
    result = read_structures(path)
    assert len(result.structures) == 2
    assert [problem.record for problem in result.problems] == [2]
    assert [isinstance(record, Problem) for record in iterate_records(path)] == [False, True, False]


@pytest.mark.parametrize("name", ["file", "file.cif", "file.sdf.zip"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path, name, ethanol):
    (tmp_path / name).write_text("x")
    with pytest.raises(FormatError, match=r"\.sdf, \.mol, \.xyz") as reading:
        read_structures(tmp_path / name)
    with pytest.raises(FormatError, match=r"\.sdf, \.mol, \.xyz") as writing:
        write_structures(tmp_path / name, [ethanol], overwrite=True)
    assert "\n" not in str(reading.value) + str(writing.value)


def test_formats_that_are_only_read_say_what_to_write_instead(tmp_path, ethanol):
    for suffix in set(readable_suffixes()) - set(writable_suffixes()):
        with pytest.raises(FormatError, match="cannot write"):
            write_structures(tmp_path / f"file{suffix}", [ethanol])


def test_a_folder_that_is_not_there_is_refused_on_writing(tmp_path, ethanol):
    with pytest.raises(FormatError, match="cannot write"):
        write_structures(tmp_path / "none" / "file.sdf", [ethanol])


def test_a_mol_file_holds_one_structure(tmp_path, ethanol):
    with pytest.raises(FormatError, match="one structure only"):
        write_structures(tmp_path / "file.mol", [ethanol, ethanol])
    assert os.listdir(tmp_path) == []


def test_progress_is_told_after_each_structure(tmp_path, ethanol):
    seen: list[int] = []
    write_structures(tmp_path / "file.sdf", [ethanol] * 3, progress=seen.append)
    assert seen == [1, 2, 3]


def test_reading_is_streamed(tmp_path, ethanol):
    path = tmp_path / "file.xyz"
    write_structures(path, [ethanol] * 3)
    with path.open("a") as file:
        file.write("junk that is never reached\n")
    records = iterate_structures(path, on_problem=pytest.fail)
    assert_same(next(records), ethanol, ".xyz")


def large_chain(n_atoms: int) -> Structure:
    chain = np.zeros((n_atoms, 3))
    chain[:, 0] = 1.5 * np.arange(n_atoms)
    return Structure(np.full(n_atoms, 6), chain, [(i, i + 1, 1) for i in range(n_atoms - 1)], "chain")


@pytest.mark.parametrize(("n_atoms", "version"), [(999, "V2000"), (1000, "V3000")])
def test_sdf_changes_to_v3000_where_v2000_has_no_room(tmp_path, n_atoms, version):
    path = tmp_path / "file.sdf"
    write_structures(path, [large_chain(n_atoms)])
    assert version in path.read_text().split("\n")[3]
    assert_same(read_structures(path).structures[0], large_chain(n_atoms), ".sdf")


def test_coordinates_too_long_for_v2000_survive(tmp_path):
    far = Structure([6, 6], [[-123456.25, 0, 0], [0, 99999.5, 0]], np.empty((0, 3)))
    write_structures(tmp_path / "file.sdf", [far])
    assert_same(read_structures(tmp_path / "file.sdf").structures[0], far, ".sdf")


def test_sdf_gets_perceived_bonds_and_charges_that_other_programs_understand(tmp_path):
    nitromethane = from_smiles("C[N+](=O)[O-]").with_bonds(None).with_properties(note="two\nlines")
    path = tmp_path / "file.sdf"
    write_structures(path, [nitromethane])
    mol = next(iter(Chem.SDMolSupplier(str(path))))
    assert Chem.MolToSmiles(mol) == "C[N+](=O)[O-]"
    assert mol.GetProp("note") == "two\nlines"


def test_sdf_with_aromatic_bonds_is_kekulized(tmp_path):
    mol = Chem.AddHs(Chem.MolFromSmiles("c1ccccc1"))
    Chem.rdDistGeom.EmbedMolecule(mol, randomSeed=1)
    block = Chem.MolToMolBlock(mol, kekulize=False)
    assert "  1  2  4" in block
    (tmp_path / "file.mol").write_text(block)
    orders = read_structures(tmp_path / "file.mol").structures[0].bonds[:, 2]
    assert sorted(orders) == [1] * 9 + [2] * 3


def test_a_molecule_that_fails_sanitisation_opens(tmp_path):
    odd = Structure([6] + [1] * 6, np.random.default_rng(0).normal(size=(7, 3)), [(0, i, 1) for i in range(1, 7)])
    write_structures(tmp_path / "file.sdf", [odd])
    assert_same(read_structures(tmp_path / "file.sdf").structures[0], odd, ".sdf")


def test_extended_xyz_is_understood_by_ase(tmp_path, ethanol):
    from ase.io import read

    path = tmp_path / "file.xyz"
    write_structures(path, [ethanol.with_properties(prior="a cloud, 'wide'")])
    atoms = read(path)
    np.testing.assert_array_equal(atoms.numbers, ethanol.numbers)
    np.testing.assert_allclose(atoms.positions, ethanol.positions, atol=1e-12)
    assert atoms.info["prior"] == "a cloud, 'wide'"
    assert atoms.info["title"] == "ethanol"


def test_xyz_of_other_programs_opens(tmp_path):
    path = tmp_path / "file.xyz"
    plain = "2\n a comment = with signs\nC 0 0 0\n8 1.2*^-1 1D0 -1\n\n"
    extended = (
        '1\nLattice="1 0 0 0 1 0 0 0 1" Properties=pos:R:3:forces:R:3:species:S:1 pbc="F F F" ok\n1 2 3 9 9 9 cl\n'
    )
    path.write_text("\ufeff" + plain + extended, encoding="utf-8")
    first, second = read_structures(path).structures
    assert first.title == " a comment = with signs"
    np.testing.assert_array_equal(first.numbers, [6, 8])
    np.testing.assert_allclose(first.positions[1], [0.12, 1, -1])
    assert (second.formula, second.positions.tolist()) == ("Cl", [[1, 2, 3]])
    assert dict(second.properties) == {"Lattice": "1 0 0 0 1 0 0 0 1", "pbc": "F F F", "ok": "T"}


@pytest.mark.parametrize("line", ["Xx 0 0 0", "C 0 0", "C a b c", "C 0 0 inf", ""])
def test_a_bad_xyz_frame_is_listed_and_the_next_opens(tmp_path, line):
    (tmp_path / "file.xyz").write_text(f"1\n\n{line}\n1\n\nO 0 0 0\n")
    result = read_structures(tmp_path / "file.xyz")
    assert [structure.formula for structure in result.structures] == ["O"]
    assert [problem.record for problem in result.problems] == [1]


def test_pdb_models_open_one_by_one(tmp_path):
    molecule = from_smiles("CCO")
    from gpff_desktop.chemistry.convert import to_rdkit

    block = Chem.MolToPDBBlock(to_rdkit(molecule)).replace("END\n", "")
    path = tmp_path / "file.pdb"
    path.write_text(f"TITLE     ETHANOL\nMODEL        1\n{block}ENDMDL\nMODEL        2\n{block}ENDMDL\nEND\n")
    result = read_structures(path)
    assert result.problems == []
    assert len(result.structures) == 2
    for structure in result.structures:
        np.testing.assert_array_equal(structure.numbers, molecule.numbers)
        np.testing.assert_allclose(structure.positions, molecule.positions, atol=1e-3)
        assert (structure.title, structure.bonds) == ("ETHANOL", None)


def test_smiles_are_embedded_and_bad_lines_listed(tmp_path):
    path = tmp_path / "file.smi"
    path.write_text("# comment\nCCO ethanol\nnonsense here\n\nC#N\n")
    result = read_structures(path)
    assert [(one.title, one.formula) for one in result.structures] == [("ethanol", "C2H6O"), ("C#N", "CHN")]
    assert [problem.record for problem in result.problems] == [2]


def packed(path: Path, **changes: np.ndarray) -> Path:
    entries = {
        "n_atoms": np.array([1, 2], dtype=np.uint8),
        "numbers": np.array([2, 1, 1], dtype=np.uint8),
        "positions": np.arange(9, dtype=np.float32).reshape(3, 3),
        "titles": np.array(["helium", "hydrogen"]),
        "ids": np.array([10, 11]),
    }
    np.savez(path, **{key: value for key, value in {**entries, **changes}.items() if value is not None})
    return path


def test_a_packed_set_opens_with_titles_and_extra_keys(tmp_path):
    first, second = iterate_npz(packed(tmp_path / "set.npz"))
    assert (first.title, second.title) == ("helium", "hydrogen")
    assert (second.formula, second.positions.tolist()) == ("H2", [[3, 4, 5], [6, 7, 8]])
    assert dict(second.properties) == {"ids": "11"}


def test_a_bad_structure_of_a_packed_set_is_listed(tmp_path):
    path = packed(tmp_path / "set.npz", numbers=np.array([0, 1, 1]))
    result = read_structures(path)
    assert [one.formula for one in result.structures] == ["H2"]
    assert [problem.record for problem in result.problems] == [1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": None}, "lacks the array positions"),
        ({"n_atoms": np.array([1, 5])}, "do not fit together"),
        ({"ids": np.array([{}, {}], dtype=object)}, "not a readable"),
    ],
)
def test_a_packed_set_that_is_not_one_is_refused(tmp_path, changes, message):
    with pytest.raises(FormatError, match=message):
        list(iterate_npz(packed(tmp_path / "set.npz", **changes)))
