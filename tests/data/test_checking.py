"""The check of a data set: what it finds, what rules would leave, and that the import leaves out just that."""

import json
import math
from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.db import connect

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.data.checking import THUMBNAILS, check_sources
from gpff_desktop.data.importing import import_dataset
from gpff_desktop.data.inspecting import Inspector
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.data.rules import FEWEST, Fault, ImportRules
from gpff_desktop.structure import Structure

WATER = Structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
EVERYTHING = ImportRules(drop_duplicates=False, drop_overlapping=False)

SPOILT = {
    Fault.UNREADABLE: "1\nnan\nHe nan 0 0\n",
    Fault.PERIODIC: '1\nLattice="9 0 0 0 9 0 0 0 9" Properties=species:S:1:pos:R:3\nHe 0 0 0\n',
    Fault.OVERLAPPING: "2\nclose\nF 0 0 0\nF 0 0 0.1\n",
    Fault.FRAGMENTS: "2\napart\nHe 0 0 0\nHe 0 0 5\n",
    Fault.OFF_EQUILIBRIUM: "2\nlong\nO 0 0 0\nH 0 0 1.15\n",
    Fault.DUPLICATE: "2\nagain\nH 0 0.74 0\nH 0 0 0\n",
}
GOOD = "2\ngood\nH 0 0 0\nH 0 0 0.74\n"


@pytest.fixture(scope="module")
def sample():
    return PackedDataset.from_npz("resources/datasets/qm9_sample.npz")


@pytest.fixture
def spoilt_file(tmp_path):
    path = tmp_path / "spoilt.xyz"
    path.write_text(GOOD + "".join(SPOILT.values()))
    return path


def report_on(*sources, **options):
    *_, last = check_sources(sources, **options)
    return last.report


def imported(sources, target, rules):
    *_, last = import_dataset(sources, target, rules=rules)
    return last


def test_every_fault_is_found_and_named_by_file_and_number(spoilt_file):
    report = report_on(spoilt_file)
    assert report.faults == dict.fromkeys(SPOILT, 1)
    assert [(p.fault, p.record) for p in report.problems] == [(fault, n) for n, fault in enumerate(SPOILT, start=2)]
    assert {p.file for p in report.problems} == {"spoilt.xyz"}
    assert all(p.message and "\n" not in p.message for p in report.problems)


def test_equilibrium_molecules_have_no_faults(sample, tmp_path):
    sample.save(tmp_path / "set.npz")
    report = report_on(tmp_path / "set.npz")
    assert (report.n_records, report.n_structures, report.n_kept(), report.faults) == (200, 200, 200, {})
    assert report.unusable() == ""
    assert report.sizes == {size: len(found) for size, found in sample.by_size().items()}
    assert report.n_formulas == len(sample.compositions())
    assert sum(report.elements.values()) == len(sample.numbers)
    assert sum(report.nearest.counts) == 200
    assert next(iter(report.bond_lengths)) == "C–H"
    lengths = report.bond_lengths["C–H"]
    assert lengths.edges[0] == pytest.approx(1.06)
    assert lengths.edges[-1] < 1.16


@pytest.mark.parametrize(
    "rules",
    [
        ImportRules(),
        EVERYTHING,
        ImportRules(drop_fragments=True),
        ImportRules(drop_off_equilibrium=True, drop_duplicates=False),
        ImportRules(min_atoms=2),
        ImportRules(max_atoms=1, drop_overlapping=False),
        ImportRules(elements=frozenset({1, 2}), drop_fragments=True),
    ],
    ids=lambda rules: str(rules.as_dict().values()),
)
def test_import_leaves_out_just_what_the_check_said(spoilt_file, tmp_path, rules):
    with spoilt_file.open("a") as file:
        file.write("1\nsingle\nNe 0 0 0\n")
    report = report_on(spoilt_file)
    progress = imported([spoilt_file], tmp_path / "out.db", rules)
    assert progress.left_out == report.left_out(rules)
    assert progress.n_kept == report.n_kept(rules)
    assert Counter(p.fault for p in progress.problems) == progress.left_out


def test_rules_given_to_the_check_are_those_it_reports_on(spoilt_file):
    rules = ImportRules(drop_fragments=True)
    assert report_on(spoilt_file, rules=rules).n_kept() == report_on(spoilt_file).n_kept(rules)


@pytest.mark.parametrize(
    "wrong", [{"min_atoms": 0}, {"min_atoms": 5, "max_atoms": 4}, {"elements": frozenset()}], ids=str
)
def test_rules_that_nothing_passes_are_refused(wrong):
    with pytest.raises(ValueError, match=r"atom|element"):
        ImportRules(**wrong)


@pytest.mark.parametrize("force", [0.01, 0.2])
def test_forces_tell_minima_from_other_structures_in_every_format(tmp_path, force):
    atoms = Atoms("OH2", WATER.positions * 1.2)  # its bonds alone would be suspect
    forces = np.array([[0, 0, force], [0, 0, 0], [0, 0, 0]])
    atoms.calc = SinglePointCalculator(atoms, forces=forces)
    with connect(tmp_path / "ase.db") as database:
        database.write(atoms)
    with connect(tmp_path / "schnetpack.db") as database:
        database.metadata = {"_distance_unit": "Ang", "_property_unit_dict": {"forces": "kcal/mol/Ang"}}
        database.write(Atoms("OH2", atoms.positions), data={"forces": forces * 23.0605})
    np.savez(tmp_path / "set.npz", n_atoms=[3], numbers=atoms.numbers, positions=atoms.positions, forces=forces)
    atoms.write(tmp_path / "frames.extxyz")
    for name in ("ase.db", "schnetpack.db", "set.npz", "frames.extxyz"):
        report = report_on(tmp_path / name)
        assert report.greatest_force == pytest.approx(force, rel=1e-4), name
        assert (Fault.OFF_EQUILIBRIUM in report.faults) == (force > 0.05), name


def test_periodic_cells_are_refused_by_name_in_every_format(tmp_path):
    cell = Atoms("OH2", WATER.positions, cell=[9, 9, 9], pbc=True)
    molecule = Atoms("OH2", WATER.positions, cell=[9, 9, 9], pbc=False)
    for atoms, periodic in ((cell, True), (molecule, False)):
        with connect(tmp_path / f"{periodic}.db") as database:
            database.write(atoms)
        atoms.write(tmp_path / f"{periodic}.extxyz")
        for suffix in (".db", ".extxyz"):
            report = report_on(tmp_path / f"{periodic}{suffix}")
            assert (Fault.PERIODIC in report.faults) == periodic, suffix
    cell.write(tmp_path / "crystal.pdb", format="proteindatabank")
    assert report_on(tmp_path / "crystal.pdb").problems[0].message.startswith("it is a periodic cell")
    no_crystal = (tmp_path / "crystal.pdb").read_text().replace("    9.000", "    1.000")
    (tmp_path / "molecule.pdb").write_text(no_crystal)
    assert Fault.PERIODIC not in report_on(tmp_path / "molecule.pdb").faults


def test_progress_counts_up_and_only_the_last_has_the_report(sample, tmp_path):
    sample.save(tmp_path / "a.npz")
    write_structures(tmp_path / "b.sdf", [sample.structure(index) for index in range(50)])
    steps = list(check_sources([tmp_path], chunk=40))
    assert [step.n_read for step in steps] == [40, 80, 120, 160, 200, 240, 250]
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] == 1
    assert [step.report is not None for step in steps] == [False] * 6 + [True]
    assert steps[-1].report.faults == {Fault.DUPLICATE: 50}
    assert steps[-1].file == "b.sdf"


def test_thumbnails_are_of_all_sizes(sample, tmp_path):
    sample.save(tmp_path / "set.npz")
    thumbnails = report_on(tmp_path / "set.npz").thumbnails
    sizes = [len(one.structure) for one in thumbnails]
    assert len(sizes) == THUMBNAILS
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (sample.n_atoms.min(), sample.n_atoms.max())
    for one in thumbnails:
        np.testing.assert_array_equal(one.structure.numbers, sample.structure(one.record - 1).numbers)


def test_thumbnails_of_one_size_are_drawn_from_the_whole_file(tmp_path):
    waters = [WATER.with_positions(WATER.positions * (1 + 0.001 * index)) for index in range(100)]
    write_structures(tmp_path / "set.xyz", waters)
    records = [one.record for one in report_on(tmp_path / "set.xyz").thumbnails]
    assert len(set(records)) == THUMBNAILS
    assert max(records) > 50


def test_smiles_are_counted_when_asked_for(tmp_path):
    broken = Structure([6, 1], [[0, 0, 0], [1.1, 0, 0]])
    write_structures(tmp_path / "set.xyz", [WATER, WATER.with_positions(WATER.positions * 1.01), broken])
    assert report_on(tmp_path / "set.xyz").smiles is None
    figures = report_on(tmp_path / "set.xyz", smiles=math.inf).smiles
    assert (figures.n_judged, figures.n_valid, figures.n_distinct) == (3, 2, 1)
    figures = report_on(tmp_path / "set.xyz", smiles=1).smiles
    assert (figures.n_judged, figures.n_valid, figures.n_distinct) == (1, 1, 1)


def test_too_few_structures_are_said_to_be_too_few(tmp_path, sample):
    write_structures(tmp_path / "one.xyz", [WATER])
    assert report_on(tmp_path / "one.xyz").unusable() == (
        "1 of 1 records would be kept, but a training needs 10 at least, of which one is held out to measure it; "
        "add structures"
    )
    sample.subset(np.arange(FEWEST)).save(tmp_path / "enough.npz")
    assert report_on(tmp_path / "enough.npz").unusable() == ""


def test_all_duplicates_are_said_to_be_duplicates(tmp_path):
    write_structures(tmp_path / "same.xyz", [WATER] * 30)
    assert "1 of 30 records would be kept (29 duplicate)" in report_on(tmp_path / "same.xyz").unusable()


def test_a_source_without_a_readable_record_says_what_is_wrong_with_the_first(tmp_path):
    (tmp_path / "bad.xyz").write_text(SPOILT[Fault.UNREADABLE])
    assert (
        "bad.xyz, record 1: atom 1 has a coordinate that is not a number" in report_on(tmp_path / "bad.xyz").unusable()
    )


def test_any_element_can_be_checked_and_imported(tmp_path):
    oganesson = Structure([118, 118], [[0, 0, 0], [3, 0, 0]])
    write_structures(tmp_path / "og.xyz", [oganesson])
    assert report_on(tmp_path / "og.xyz").elements == {"Og": 2}
    assert imported([tmp_path / "og.xyz"], tmp_path / "og.db", ImportRules()).n_kept == 1


def test_large_structures_are_looked_at_too(tmp_path):
    grid = np.stack(np.meshgrid(*[np.arange(11) * 1.5] * 3), axis=-1).reshape(-1, 3)
    turned = grid[::-1] @ np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    write_structures(tmp_path / "grid.xyz", [Structure(np.full(len(xyz), 6), xyz) for xyz in (grid, turned)])
    report = report_on(tmp_path / "grid.xyz")
    assert report.faults == {Fault.DUPLICATE: 1}
    assert report.sizes == {1331: 2}


@pytest.mark.parametrize("n_atoms", [1, 2, 30, 250])
@pytest.mark.parametrize("scale", [0.0, 1e-300, 1e5, 1e29])
def test_no_coordinates_are_too_strange_to_be_looked_at(n_atoms, scale):
    structure = Structure(np.full(n_atoms, 6), scale * np.random.default_rng(0).standard_normal((n_atoms, 3)))
    inspector = Inspector()
    expected = Fault.UNREADABLE if scale == 1e29 else Fault.DUPLICATE
    inspector.inspect(structure)
    assert expected in inspector.inspect(structure).faults


def test_unreadable_records_count_for_nothing_else(tmp_path):
    far = WATER.with_positions(WATER.positions * 1e9)
    write_structures(tmp_path / "far.xyz", [WATER, far])
    report = report_on(tmp_path / "far.xyz")
    assert (report.n_records, report.n_structures, report.sizes) == (2, 1, {3: 1})
    assert report.elements == {"H": 2, "O": 1}
    assert "another unit" in report.problems[0].message


def test_the_report_is_fit_for_json(spoilt_file):
    report = json.loads(json.dumps(report_on(spoilt_file).as_dict()))
    assert report["faults"]["duplicate"] == 1
    assert report["problems"][0]["fault"] == "unreadable"
    assert report["rules"]["elements"] is None


@pytest.mark.parametrize(("name", "error"), [("missing.sdf", FileNotFoundError), ("list.smi", ValueError)])
def test_sources_that_cannot_be_checked_are_refused_at_once(tmp_path, name, error):
    (tmp_path / "list.smi").write_text("CCO\n")
    with pytest.raises(error, match=name.split(".")[0]):
        check_sources([tmp_path / name])
    with pytest.raises(ValueError, match="nothing to check"):
        check_sources([])
