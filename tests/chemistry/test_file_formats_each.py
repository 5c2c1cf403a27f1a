"""What is special to one format, and that the files of other programs open and theirs read ours."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.db import connect
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from gpff_desktop.chemistry.convert import from_smiles, to_rdkit
from gpff_desktop.chemistry.formats import FormatError, open_records, read_structures, write_structures
from gpff_desktop.data.packed import load_dataset
from gpff_desktop.structure import Structure


@pytest.fixture(scope="module")
def ethanol() -> Structure:
    return from_smiles("CCO").with_title("ethanol").with_properties(model="small", seed="7")


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_sdf_gets_perceived_bonds_and_charges_that_other_programs_understand(tmp_path):
    nitromethane = from_smiles("C[N+](=O)[O-]").with_bonds(None).with_properties(note="two\nlines")
    write_structures(tmp_path / "file.sdf", [nitromethane])
    mol = next(iter(Chem.SDMolSupplier(str(tmp_path / "file.sdf"))))
    assert Chem.MolToSmiles(mol) == "C[N+](=O)[O-]"
    assert mol.GetProp("note") == "two\nlines"


def test_sdf_with_aromatic_bonds_is_kekulized(tmp_path):
    mol = Chem.AddHs(Chem.MolFromSmiles("c1ccccc1"))
    rdDistGeom.EmbedMolecule(mol, randomSeed=1)
    block = Chem.MolToMolBlock(mol, kekulize=False)
    assert "  1  2  4" in block
    orders = read_structures(written(tmp_path / "file.mol", block)).structures[0].bonds[:, 2]
    assert sorted(orders) == [1] * 9 + [2] * 3


def test_a_molecule_that_fails_sanitisation_opens_from_sdf(tmp_path):
    odd = Structure([6] + [1] * 6, np.random.default_rng(0).normal(size=(7, 3)), [(0, i, 1) for i in range(1, 7)])
    write_structures(tmp_path / "file.sdf", [odd])
    np.testing.assert_array_equal(read_structures(tmp_path / "file.sdf").structures[0].bonds, odd.bonds)


def test_extended_xyz_is_understood_by_ase(tmp_path, ethanol):
    from ase.io import read

    write_structures(tmp_path / "file.xyz", [ethanol.with_properties(prior="a cloud, 'wide'")])
    atoms = read(tmp_path / "file.xyz")
    np.testing.assert_array_equal(atoms.numbers, ethanol.numbers)
    np.testing.assert_allclose(atoms.positions, ethanol.positions, atol=1e-12)
    assert atoms.info["prior"] == "a cloud, 'wide'"
    assert atoms.info["title"] == "ethanol"


def test_xyz_of_other_programs_opens(tmp_path):
    plain = "2\n a comment = with signs\nC 0 0 0\n8\t1.2*^-1 1D0 -1\n\n"
    extended = (
        '1\nLattice="1 0 0 0 1 0 0 0 1" Properties=pos:R:3:forces:R:3:species:S:1 pbc="F F F" ok\n1 2 3 9 9 9 cl\n'
    )
    first, second = read_structures(written(tmp_path / "file.xyz", "\ufeff" + plain + extended)).structures
    assert first.title == " a comment = with signs"
    np.testing.assert_array_equal(first.numbers, [6, 8])
    np.testing.assert_allclose(first.positions[1], [0.12, 1, -1])
    assert (second.formula, second.positions.tolist()) == ("Cl", [[1, 2, 3]])
    assert dict(second.properties) == {
        "Lattice": "1 0 0 0 1 0 0 0 1",
        "pbc": "F F F",
        "ok": "T",
        "greatest_force": "15.5885",
    }


def pdb_models(*smiles: str, connect: bool = True) -> str:
    blocks = [Chem.MolToPDBBlock(to_rdkit(from_smiles(one))).replace("END\n", "") for one in smiles]
    text = "".join(f"MODEL     {n:4d}\n{block}ENDMDL\n" for n, block in enumerate(blocks, start=1)) + "END\n"
    return text if connect else "".join(line for line in text.splitlines(True) if not line.startswith("CONECT"))


def test_pdb_models_of_other_programs_open_one_by_one_with_their_bonds(tmp_path):
    text = "TITLE     TWO OF\nTITLE    2 THEM\n" + pdb_models("C=O", "C=O")
    result = read_structures(written(tmp_path / "file.pdb", text))
    assert result.problems == []
    expected = from_smiles("C=O")
    for structure in result.structures:
        np.testing.assert_array_equal(structure.numbers, expected.numbers)
        np.testing.assert_allclose(structure.positions, expected.positions, atol=1e-3)
        assert structure.title == "TWO OF THEM"
        assert sorted(structure.bonds[:, 2]) == [1, 1, 2]
    assert len(result.structures) == 2


def test_bonds_are_not_known_if_a_pdb_file_names_only_some(tmp_path):
    (molecule,) = read_structures(written(tmp_path / "none.pdb", pdb_models("CCO", connect=False))).structures
    assert molecule.bonds is None
    lines = pdb_models("CCO").splitlines(True)
    some = "".join(line for line in lines if not line.startswith("CONECT    1"))
    (molecule,) = read_structures(written(tmp_path / "some.pdb", some)).structures
    assert molecule.bonds is None


def test_our_pdb_is_understood_by_rdkit(tmp_path):
    acetone = from_smiles("CC(=O)C")
    write_structures(tmp_path / "file.pdb", [acetone])
    mol = Chem.MolFromPDBFile(str(tmp_path / "file.pdb"), removeHs=False, proximityBonding=False)
    assert Chem.MolToSmiles(Chem.RemoveHs(mol)) == "CC(C)=O"
    np.testing.assert_allclose(mol.GetConformer().GetPositions(), acetone.positions, atol=1e-3)


def test_our_pdb_keeps_to_eighty_columns(tmp_path, ethanol):
    write_structures(tmp_path / "file.pdb", [ethanol.with_title("é" * 500).with_properties(run="  x" * 300)] * 2)
    lines = (tmp_path / "file.pdb").read_text().split("\n")
    assert max(map(len, lines)) == 80
    assert all(line == line.rstrip() and line.isascii() for line in lines)


ATOM = "HETATM    1 {name} LIG A   1       1.000   2.000   3.000  1.00  0.00          {element:>2}\n"


@pytest.mark.parametrize(
    ("name", "element", "number"),
    [(" C1 ", "C", 6), ("CL1 ", "CL", 17), (" CA ", "", 6), ("CA  ", "", 20), ("1H  ", "", 1), (" D1 ", "D", 1)],
)
def test_the_element_of_a_pdb_atom_is_found_by_its_column_or_else_its_name(tmp_path, name, element, number):
    path = written(tmp_path / "file.pdb", ATOM.format(name=name, element=element))
    assert read_structures(path).structures[0].numbers.tolist() == [number]


def test_an_unknown_pdb_atom_is_named_by_its_line_and_the_next_model_opens(tmp_path):
    good = ATOM.format(name=" C1 ", element="C")
    text = f"MODEL        1\n{good}{ATOM.format(name='QQ1 ', element='QQ')}ENDMDL\nMODEL        2\n{good}ENDMDL\n"
    result = read_structures(written(tmp_path / "file.pdb", text))
    assert [one.formula for one in result.structures] == ["C"]
    assert [(problem.record, problem.line) for problem in result.problems] == [(1, 3)]


def test_of_two_places_of_a_pdb_atom_the_first_is_taken(tmp_path):
    first, second = (ATOM.format(name=" C1 ", element="C").replace(" LIG", f"{mark}LIG") for mark in "AB")
    assert len(read_structures(written(tmp_path / "file.pdb", first + second)).structures[0]) == 1


def test_smiles_are_embedded_and_bad_lines_listed(tmp_path):
    path = written(tmp_path / "file.smi", "# comment\nCCO ethanol\nnonsense here\n\nC#N\nCO\ta name\twith tabs\n")
    result = read_structures(path)
    formulas = [(one.title, one.formula) for one in result.structures]
    assert formulas == [("ethanol", "C2H6O"), ("C#N", "CHN"), ("a name\twith tabs", "CH4O")]
    assert [(problem.record, problem.line) for problem in result.problems] == [(2, 3)]


def test_smiles_are_canonical_and_keep_stereo_from_the_coordinates(tmp_path):
    molecules = [
        from_smiles(smiles).with_title(f"m {n}") for n, smiles in enumerate(["OCC", "F[C@](C)(Cl)Br", "F/C=C/F"])
    ]
    write_structures(tmp_path / "file.smi", molecules)
    lines = [line.split(" ", 1) for line in (tmp_path / "file.smi").read_text().splitlines()]
    assert lines == [["CCO", "m 0"], [Chem.CanonSmiles("F[C@](C)(Cl)Br"), "m 1"], ["F/C=C/F", "m 2"]]


MOL2 = """# made by hand
@<TRIPOS>MOLECULE
formamide
 6 5 0 0 0
SMALL
NO_CHARGES

@<TRIPOS>ATOM
      1 C1   0.000  0.000  0.000 C.2   1 LIG 0.0
      2 O1   1.200  0.000  0.000 O.2   1 LIG 0.0
      3 N1  -0.700  1.150  0.000 N.am  1 LIG 0.0
      4 H1  -0.600 -0.900  0.000 H     1 LIG 0.0
      5 H2  -1.700  1.150  0.000 H     1 LIG 0.0
      6 H3  -0.200  2.030  0.000 H     1 LIG 0.0
@<TRIPOS>BOND
     1 1 2 2
     2 1 3 am
     3 1 4 1
     4 3 5 1
     5 3 6 1
"""


def test_mol2_opens_with_bonds_and_titles_and_names_bad_atoms_by_line(tmp_path):
    bad = [MOL2.replace("C.2 ", "Du  "), MOL2.replace(" 1.200", "   nan"), MOL2.replace("C.2 ", "Qq.9")]
    result = read_structures(written(tmp_path / "file.mol2", MOL2 + "".join(bad) + MOL2))
    for structure in result.structures:
        assert (structure.title, structure.formula) == ("formamide", "CH3NO")
        assert structure.bonds.tolist() == [[0, 1, 2], [0, 2, 1], [0, 3, 1], [2, 4, 1], [2, 5, 1]]
    n_lines = MOL2.count("\n")
    assert len(result.structures) == 2
    assert [problem.record for problem in result.problems] == [2, 3, 4]
    assert [problem.line for problem in result.problems[:1]] == [n_lines + 9]


def test_aromatic_rings_of_mol2_are_kekulized(tmp_path):
    ring = [(np.cos(a), np.sin(a)) for a in np.arange(6) * np.pi / 3]
    atoms = "".join(f"{i + 1} C{i} {1.4 * x:.3f} {1.4 * y:.3f} 0 C.ar 1 L 0\n" for i, (x, y) in enumerate(ring))
    atoms += "".join(f"{i + 7} H{i} {2.5 * x:.3f} {2.5 * y:.3f} 0 H 1 L 0\n" for i, (x, y) in enumerate(ring))
    bonds = "".join(f"{i + 1} {i + 1} {(i + 1) % 6 + 1} ar\n{i + 7} {i + 1} {i + 7} 1\n" for i in range(6))
    text = f"@<TRIPOS>MOLECULE\nring\n12 12\nSMALL\nNO_CHARGES\n\n@<TRIPOS>ATOM\n{atoms}@<TRIPOS>BOND\n{bonds}"
    (benzene,) = read_structures(written(tmp_path / "file.mol2", text)).structures
    assert sorted(benzene.bonds[:, 2]) == [1] * 9 + [2] * 3


def database(path: Path, count: int, unit: str = "Ang") -> Path:
    with connect(path) as opened:
        opened.metadata = {"_distance_unit": unit}
        for index in range(count):
            opened.write(Atoms("HF", [[0, 0, 0], [0.9, 0, index]]), data={"title": f"row {index}"}, energy_ev=index / 2)
    return path


def test_a_database_opens_row_by_row_with_titles_and_keys(tmp_path):
    with open_records(database(tmp_path / "set.db", 700)) as records:
        seen = [(record, records.fraction) for record in records]
    assert [one.title for one, _ in seen] == [f"row {index}" for index in range(700)]
    assert [one.positions[1, 2] for one, _ in seen] == list(range(700))
    assert dict(seen[3][0].properties) == {"energy_ev": "1.5"}
    assert seen[349][1] == pytest.approx(0.5)


def test_lengths_of_a_database_in_bohr_become_angstroms(tmp_path):
    (molecule,) = read_structures(database(tmp_path / "set.db", 1, "Bohr")).structures
    assert molecule.positions[1, 0] == pytest.approx(0.9 * 0.529177, abs=1e-5)


def test_bad_rows_of_a_database_are_listed_by_number(tmp_path):
    path = database(tmp_path / "set.db", 3)
    with connect(path) as opened:
        opened.write(Atoms("H", [[0, 0, np.nan]]))
        opened.write(Atoms("X", [[0, 0, 0]]))
        opened.write(Atoms())
    result = read_structures(path)
    assert len(result.structures) == 3
    assert [problem.record for problem in result.problems] == [4, 5, 6]


def test_a_damaged_database_gives_the_rows_before_the_damage(tmp_path):
    path = database(tmp_path / "set.db", 600)
    content = bytearray(path.read_bytes())
    hole = content.index(b"row 400") // 4096 * 4096
    content[hole : hole + 4096] = bytes(4096)
    path.write_bytes(content)
    result = read_structures(path)
    titles = [one.title for one in result.structures]
    assert titles == [f"row {index}" for index in range(len(titles))]
    assert 0 < len(titles) <= 400
    (problem,) = result.problems
    assert problem.record == len(titles) + 1
    assert "damaged" in problem.message


def test_a_database_cut_short_is_refused(tmp_path):
    path = database(tmp_path / "set.db", 20)
    path.write_bytes(path.read_bytes()[:9_000])
    with pytest.raises(FormatError, match=r"set\.db is not an ASE database: .*malformed"):
        read_structures(path)


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
    first, second = read_structures(packed(tmp_path / "set.npz")).structures
    assert (first.title, second.title) == ("helium", "hydrogen")
    assert (second.formula, second.positions.tolist()) == ("H2", [[3, 4, 5], [6, 7, 8]])
    assert dict(second.properties) == {"ids": "11"}


def test_a_packed_set_without_titles_is_called_by_its_numbers(tmp_path):
    assert read_structures(packed(tmp_path / "set.npz", titles=None)).structures[1].title == "11"


def test_packed_frames_of_one_molecule_open(tmp_path):
    frames = np.random.default_rng(0).normal(size=(5, 3, 3))
    np.savez(tmp_path / "set.npz", numbers=[8, 1, 1], positions=frames, energy=np.arange(5.0))
    opened = read_structures(tmp_path / "set.npz").structures
    np.testing.assert_array_equal([one.positions for one in opened], frames)
    assert [one.properties["energy"] for one in opened] == ["0.0", "1.0", "2.0", "3.0", "4.0"]


def test_bad_structures_of_a_packed_set_are_listed(tmp_path):
    path = packed(tmp_path / "set.npz", numbers=np.array([0, 1, 1]))
    result = read_structures(path)
    assert [one.formula for one in result.structures] == ["H2"]
    assert [problem.record for problem in result.problems] == [1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": None}, "must hold n_atoms, numbers and positions"),
        ({"n_atoms": np.array([1, 5])}, "adds up to 6 atoms"),
        ({"n_atoms": np.array([-1, 4])}, "not a list of numbers of atoms"),
        ({"n_atoms": np.array([[1, 2]])}, "not a list of numbers of atoms"),
        ({"titles": np.array(["one"])}, "1 titles for 2 structures"),
        ({"ids": np.array([{}, {}], dtype=object)}, "cannot be read"),
    ],
)
def test_a_packed_set_that_is_not_one_is_refused(tmp_path, changes, message):
    with pytest.raises(FormatError, match=message):
        read_structures(packed(tmp_path / "set.npz", **changes))


def test_a_database_with_a_row_that_is_no_structure_is_not_trained_on(tmp_path):
    path = database(tmp_path / "set.db", 3)
    with connect(path) as opened:
        opened.write(Atoms("H", [[0, 0, np.nan]]))
    with pytest.raises(ValueError, match=r"set\.db: row 4 is not a structure"):
        load_dataset(path)
