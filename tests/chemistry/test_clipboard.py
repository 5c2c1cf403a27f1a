"""The clipboard: what is copied can be pasted; what is pasted from elsewhere is recognised or refused in one line."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from gpff_desktop.chemistry.clipboard import MOST_SMILES, from_text, to_text
from gpff_desktop.chemistry.convert import from_smiles, to_rdkit
from gpff_desktop.chemistry.formats import FORMATS, FormatError
from gpff_desktop.chemistry.formats.sniff import sniff_text
from gpff_desktop.structure import Structure


@pytest.fixture(scope="module")
def molecules() -> list[Structure]:
    return [from_smiles("CCO").with_title("ethanol").with_properties(seed="7"), from_smiles("C#N").with_title("acid")]


def only(text: str) -> Structure:
    result = from_text(text)
    assert result.problems == []
    (structure,) = result.structures
    return structure


def refusal(text: str) -> str:
    with pytest.raises(FormatError) as error:
        from_text(text)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("kind", ["sdf", "xyz", "smiles"])
@pytest.mark.parametrize("count", [1, 2])
def test_what_is_copied_can_be_pasted(molecules, kind, count):
    result = from_text(to_text(molecules[:count], kind))
    assert result.problems == []
    assert len(result.structures) == count
    for back, original in zip(result.structures, molecules, strict=False):
        assert (back.title, back.formula) == (original.title, original.formula)
        if kind != "smiles":
            np.testing.assert_allclose(back.positions, original.positions, atol=1e-4)
            assert back.properties == original.properties
        if kind != "xyz":
            np.testing.assert_array_equal(np.sort(back.bonds[:, 2]), np.sort(original.bonds[:, 2]))


@pytest.mark.parametrize("kind", ["sdf", "xyz", "smiles"])
@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text + "\n \n\t\n\n",
        lambda text: text.replace("\n", "  \n"),
        lambda text: text.rstrip("\n"),
    ],
    ids=["CRLF", "CR", "BOM", "blank lines", "trailing blanks", "no last line break"],
)
def test_line_ends_and_blanks_do_no_harm(molecules, kind, disguise):
    plain = [one.with_properties() for one in molecules]
    result = from_text(disguise(to_text(plain, kind)))
    assert result.problems == []
    assert [one.formula for one in result.structures] == ["C2H6O", "CHN"]


def test_a_mol_block_is_pasted_even_without_its_empty_first_lines():
    block = Chem.MolToMolBlock(to_rdkit(from_smiles("CCO").with_title("")))
    assert only(block).formula == "C2H6O"
    assert only(block.lstrip("\n ").removeprefix("RDKit          3D\n").lstrip("\n")).formula == "C2H6O"


def test_a_pdb_block_is_pasted():
    assert only(Chem.MolToPDBBlock(to_rdkit(from_smiles("CCO")))).formula == "C2H6O"


@pytest.mark.parametrize(
    "text", ["O 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n", "\n  O\t0\t0\t0\nH\t0.96 0 0\n\nH -.24 9.3e-1 0"]
)
def test_atoms_without_their_number_are_pasted_as_atoms_and_not_as_smiles(text):
    water = only(text)
    assert water.formula == "H2O"
    np.testing.assert_allclose(water.positions[2], [-0.24, 0.93, 0])


def test_smiles_are_pasted_with_titles_and_the_bad_one_is_named():
    result = from_text("CCO\tplain ethanol\nc1ccccc1\nrubbish x\n")
    assert [(one.title, one.formula) for one in result.structures] == [("plain ethanol", "C2H6O"), ("c1ccccc1", "C6H6")]
    assert [(problem.record, problem.line) for problem in result.problems] == [(3, 3)]


def test_bad_records_of_a_pasted_file_are_named_by_line(molecules):
    lines = to_text([molecules[1]] * 3, "sdf").split("\n")
    second = lines.index("$$$$") + 1
    lines[second + 5] = "       nan" + lines[second + 5][10:]
    result = from_text("\n".join(lines))
    assert len(result.structures) == 2
    assert [(problem.record, problem.line) for problem in result.problems] == [(2, second + 6)]


@pytest.mark.parametrize(
    "text",
    [
        "The quick brown fox jumps over the lazy dog",
        "https://example.org/page?id=7",
        "no structure was found",
        "1\t2\t3\t4\n5\t6\t7\t8\n",
        "def parse(lines):\n    return None\n",
        "\0\1\2\3" * 20,
        '{"json": [1, 2]}',
        "C" * 6000 + "é",
    ],
)
def test_rubbish_is_refused_with_its_first_words_and_what_is_understood(text):
    message = refusal(text)
    assert "SDF, MOL, XYZ, PDB and SMILES" in message
    assert " ".join(text.split())[:40] in message
    assert len(message) < 150


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t", "\ufeff"])
def test_nothing_to_paste_is_said(text):
    assert "no text" in refusal(text)


@pytest.mark.parametrize(
    "text", ["lorem ipsum dolor " * 600_000, "x" * 10_000_000, "é\n" * 5_000_000, "\n" * 10_000_000]
)
def test_ten_megabytes_of_rubbish_are_refused_by_their_beginning(text):
    assert len(refusal(text)) < 150


@pytest.mark.parametrize("text", ["$$$$\n", "@<TRIPOS>MOLECULE\n", "3\n\nC 0 0 0\n"])
def test_text_that_only_seems_to_be_a_file_is_given_up_early(monkeypatch, text):
    read, entry = [], FORMATS[sniff_text(text)[0]]

    def counted(lines):
        for record in entry.parse(lines):
            read.append(record)
            yield record

    monkeypatch.setitem(FORMATS, sniff_text(text)[0], replace(entry, parse=counted))
    assert "cannot be read (record 1" in refusal(text * 100_000)
    assert len(read) == 100


def test_a_hundred_bad_records_do_not_hide_the_good_ones_around_them():
    bad, good = "1\n\nQq 0 0 0\n", "1\n\nC 0 0 0\n"
    result = from_text(good + 150 * bad + good)
    assert (len(result.structures), len(result.problems)) == (2, 150)


def test_too_many_smiles_are_refused_before_one_is_embedded():
    assert ".smi file" in refusal("CCO\n" * (MOST_SMILES + 1))


@pytest.mark.parametrize(("text", "name"), [("2\nwater\nO 0 0 0\n", "XYZ"), ("C(C)(C)(C)(C)C", "SMILES")])
def test_text_that_is_recognised_but_broken_says_where(text, name):
    assert f"looks like {name} but cannot be read (record 1, line" in refusal(text)


def test_what_cannot_be_said_as_smiles_is_refused_by_number(molecules):
    knot = Structure([6] * 6, np.random.default_rng(0).normal(size=(6, 3)), [(0, i, 1) for i in range(1, 6)])
    with pytest.raises(FormatError, match=r"structure 2 cannot be written as SMILES"):
        to_text([molecules[0], knot], "smiles")


def test_nothing_to_copy_is_refused():
    with pytest.raises(FormatError, match="no structures"):
        to_text([], "sdf")
    with pytest.raises(FormatError, match="structure 1 holds no atoms"):
        to_text([Structure([], np.empty((0, 3)))], "xyz")


@given(text=st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_structures_or_one_line(text):
    message = ""
    try:
        assert from_text(text).structures
    except FormatError as error:
        message = str(error)
    assert "\n" not in message
