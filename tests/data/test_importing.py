"""Importing data sets: every kind of source, what is left out, and that nothing is ever half done."""

import io
import os
import tarfile
from hashlib import sha256

import numpy as np
import pytest
from ase import Atoms
from ase.db import connect
from ase.db.sqlite import SQLite3Database

import gpff_desktop
from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.data.importing import import_dataset
from gpff_desktop.data.inspecting import CLOSEST
from gpff_desktop.data.manifest import read_manifest
from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.data.qm9 import parse_qm9
from gpff_desktop.data.rules import ImportRules
from gpff_desktop.data.sources import iterate_sources
from gpff_desktop.structure import Structure

QM9_METHANE = """5
gdb 1\t157.7118\t157.70997\t157.70699\t0.\t13.21\t-0.3877\t0.1171\t0.5048\t35.3641\t0.044749\t-40.47893\t6.469\t
C\t-0.0126981359\t 1.0858041578\t 0.0080009958\t-0.535689
H\t 0.002150416\t-0.0060313176\t 0.0019761204\t 0.133921
H\t 1.0117308433\t 1.4637511618\t 2.7657*^-4\t 0.133922
H\t-0.540815069\t 1.4475266138\t-0.8766437152\t 0.133923
H\t-0.5238136345\t 1.4379326443\t 0.9063972942\t 0.133923
1341.307\t1341.3284\t1341.365\t1562.6731\t1562.7453\t3038.3205\t3151.6034\t3151.6788\t3151.7078
C\tC\t
InChI=1S/CH4/h1H4\tInChI=1S/CH4/h1H4
"""

WATER = Structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]], title="water")
WATERS = [WATER.with_positions(WATER.positions * (1 + 0.01 * index)) for index in range(10)]
METHANOL = Structure(
    [6, 8, 1, 1, 1, 1], [[0, 0, 0], [1.4, 0, 0], [-0.4, 1, 0], [-0.4, -0.5, 0.9], [-0.4, -0.5, -0.9], [1.7, 0.9, 0]]
)


def run(sources, target, **options):
    *_, last = import_dataset(sources, target, **options)
    assert last.finished
    return last


def archive_of(path, members, compression="bz2"):
    with tarfile.open(path, f"w:{compression}") as archive:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))


def test_qm9_file_is_read_with_its_mathematica_exponents():
    methane = parse_qm9(QM9_METHANE)
    assert (methane.formula, methane.title) == ("CH4", "gdb 1")
    assert methane.positions[2, 2] == pytest.approx(2.7657e-4)
    np.testing.assert_allclose(methane.positions[0], [-0.0126981359, 1.0858041578, 0.0080009958])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "gdb"),
        ("3\nwater\n", "gdb"),
        ("\n".join(QM9_METHANE.splitlines()[:4]), "5 atoms are announced"),
        (QM9_METHANE.replace("C\t-0.01", "Qq\t-0.01"), "unknown element 'Qq'"),
    ],
)
def test_spoilt_qm9_text_is_refused(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_qm9(text)


def test_qm9_archive_is_imported_and_its_spoilt_members_are_named(tmp_path):
    members = {
        "a/dsgdb9nsd_000001.xyz": QM9_METHANE,
        "a/dsgdb9nsd_000002.xyz": "5\ngdb 2\t1.0\nC\t0",
        "readme.txt": "x",
    }
    archive_of(tmp_path / "qm9.tar.bz2", members)
    result = run([tmp_path / "qm9.tar.bz2"], tmp_path / "qm9.db")
    assert (result.n_read, result.n_kept, result.n_problems) == (2, 1, 1)
    assert result.problems[0].file == "dsgdb9nsd_000002.xyz"
    assert load_dataset(tmp_path / "qm9.db").structure(0).title == "gdb 1"


@pytest.mark.parametrize("kind", ["", "bz2", "gz", "xz"])
def test_archives_of_every_compression_are_read(tmp_path, kind):
    path = tmp_path / f"set.tar.{kind}".rstrip(".")
    archive_of(path, {"1.xyz": QM9_METHANE}, kind)
    assert [0 < record.fraction <= 1 for record in iterate_sources([path])] == [True]
    assert run([path], tmp_path / "out.db").n_kept == 1


@pytest.mark.parametrize("kind", ["", "bz2", "gz", "xz"])
def test_archive_cut_short_is_noticed(tmp_path, kind):
    path = tmp_path / f"set.tar.{kind}".rstrip(".")
    archive_of(path, {f"{i}.xyz": QM9_METHANE for i in range(3)}, kind)
    with tarfile.open(path) as archive:
        within_last = archive.getmembers()[-1].offset_data + 10
    path.write_bytes(path.read_bytes()[: -40 if kind else within_last])
    records = list(iterate_sources([path]))
    assert records[-1].record == 0
    assert "not a whole tar archive" in records[-1].content


@pytest.mark.parametrize("name", ["set.sdf", "set.xyz", "set.extxyz"])
def test_molecule_files_are_imported(tmp_path, name):
    write_structures(tmp_path / name, [WATER, METHANOL])
    assert run([tmp_path / name], tmp_path / "out.db").n_kept == 2
    dataset = load_dataset(tmp_path / "out.db")
    assert [dataset.formula(i) for i in range(2)] == ["H2O", "CH4O"]
    np.testing.assert_allclose(dataset.structure(0).positions, WATER.positions, atol=1e-4)
    assert dataset.structure(0).title == "water"


def test_packed_sets_and_databases_are_imported(tmp_path):
    PackedDataset.from_structures([WATER, METHANOL]).save(tmp_path / "set.npz")
    run([tmp_path / "set.npz"], tmp_path / "first.db")
    run([tmp_path / "first.db"], tmp_path / "second.db")
    np.testing.assert_array_equal(
        load_dataset(tmp_path / "second.db").numbers, load_dataset(tmp_path / "set.npz").numbers
    )


def test_numbers_of_a_set_without_titles_become_titles(tmp_path):
    np.savez(tmp_path / "ids.npz", n_atoms=[3], numbers=WATER.numbers, positions=WATER.positions, ids=[42])
    run([tmp_path / "ids.npz"], tmp_path / "ids.db")
    assert load_dataset(tmp_path / "ids.db").structure(0).title == "42"


def test_folder_is_imported_with_its_subfolders_but_not_other_files_or_packed_copies(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    write_structures(tmp_path / "in" / "water.xyz", [WATER])
    write_structures(tmp_path / "methanol.xyz", [METHANOL])
    (tmp_path / "in" / "deep" / "dsgdb9nsd_000001.xyz").write_text(QM9_METHANE)
    (tmp_path / "in" / "notes.txt").write_text("not a molecule")
    run([tmp_path / "methanol.xyz"], tmp_path / "in" / "methanol.db")
    load_dataset(tmp_path / "in" / "methanol.db")  # leaves a packed copy
    result = run([tmp_path / "in"], tmp_path / "out.db")
    assert (result.n_kept, result.n_problems) == (3, 0)


def test_unfit_records_are_listed_by_file_and_number_and_the_good_ones_kept(tmp_path):
    overlapping = "2\nclose\nH 0 0 0\nH 0 0 0.1\n"
    unknown = "1\nunknown\nQq 0 0 0\n"
    not_finite = "1\nnan\nHe nan 0 0\n"
    good = "2\ngood\nH 0 0 0\nH 0 0 0.74\n"
    other = "2\ngood\nH 0 0 0\nF 0 0 0.92\n"
    (tmp_path / "mixed.xyz").write_text(good + overlapping + unknown + not_finite + other)
    result = run([tmp_path / "mixed.xyz"], tmp_path / "out.db")
    assert (result.n_read, result.n_kept, result.n_problems) == (5, 2, 3)
    assert [(p.file, p.record) for p in result.problems] == [("mixed.xyz", 2), ("mixed.xyz", 3), ("mixed.xyz", 4)]
    for problem, word in zip(result.problems, ["overlap", "Qq", "not a number"], strict=True):
        assert word in problem.message


def test_the_limit_of_overlap_is_exact(tmp_path):
    near, far = CLOSEST - 1e-3, CLOSEST + 1e-3
    (tmp_path / "pair.xyz").write_text(f"2\n\nH 0 0 0\nH 0 0 {near}\n2\n\nH 0 0 0\nH 0 0 {far}\n")
    assert [p.record for p in run([tmp_path / "pair.xyz"], tmp_path / "out.db").problems] == [1]


def test_unreadable_file_among_others_is_a_problem_not_the_end(tmp_path):
    (tmp_path / "bad.npz").write_bytes(b"not an archive")
    write_structures(tmp_path / "good.sdf", [WATER])
    result = run([tmp_path / "bad.npz", tmp_path / "good.sdf"], tmp_path / "out.db")
    assert result.n_kept == 1
    assert (result.problems[0].file, result.problems[0].record) == ("bad.npz", 0)


def test_nothing_fit_to_keep_is_an_error_that_leaves_nothing(tmp_path):
    (tmp_path / "bad.xyz").write_text("2\n\nH 0 0 0\nH 0 0 0\n")
    with pytest.raises(ValueError, match=r"bad\.xyz, record 1: two atoms overlap"):
        run([tmp_path / "bad.xyz"], tmp_path / "out.db")
    assert [p.name for p in tmp_path.iterdir()] == ["bad.xyz"]


def test_stopped_import_leaves_nothing_behind(tmp_path):
    PackedDataset.from_structures(WATERS).save(tmp_path / "set.npz")
    steps = import_dataset([tmp_path / "set.npz"], tmp_path / "out.db", chunk=3)
    assert next(steps).n_kept == 3
    steps.close()
    assert [p.name for p in tmp_path.iterdir()] == ["set.npz"]


def test_progress_counts_up_chunk_by_chunk_and_finishes_once(tmp_path):
    PackedDataset.from_structures(WATERS).save(tmp_path / "set.npz")
    steps = list(import_dataset([tmp_path / "set.npz"], tmp_path / "out.db", chunk=4))
    assert [(s.n_read, s.finished) for s in steps] == [(4, False), (8, False), (10, False), (10, True)]


def test_existing_database_is_replaced_only_when_asked(tmp_path):
    PackedDataset.from_structures([WATER]).save(tmp_path / "one.npz")
    PackedDataset.from_structures(WATERS[:2]).save(tmp_path / "two.npz")
    run([tmp_path / "one.npz"], tmp_path / "out.db")
    with pytest.raises(FileExistsError, match="--force"):
        run([tmp_path / "two.npz"], tmp_path / "out.db")
    assert len(load_dataset(tmp_path / "out.db")) == 1
    run([tmp_path / "two.npz"], tmp_path / "out.db", overwrite=True)
    assert len(load_dataset(tmp_path / "out.db")) == 2


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("missing.sdf", "out.db", FileNotFoundError),
        ("picture.png", "out.db", ValueError),
        ("empty", "out.db", ValueError),
        ("set.npz", "out.txt", ValueError),
        ("set.npz", "nowhere/out.db", FileNotFoundError),
    ],
)
def test_wrong_input_is_refused_before_anything_is_written(tmp_path, source, target, error):
    (tmp_path / "picture.png").write_bytes(b"png")
    (tmp_path / "empty").mkdir()
    PackedDataset.from_structures([WATER]).save(tmp_path / "set.npz")
    with pytest.raises(error):
        run([tmp_path / source], tmp_path / target)
    assert not (tmp_path / target).exists()


def test_the_manifest_says_where_the_data_come_from_and_what_was_left_out(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write_structures(folder / "b.xyz", [WATER, WATER])
    write_structures(folder / "a.xyz", [METHANOL])
    write_structures(tmp_path / "one.sdf", WATERS[:3])
    rules = ImportRules(elements=frozenset({1, 8}))
    run([folder, tmp_path / "one.sdf"], tmp_path / "out.db", rules=rules)
    manifest = read_manifest(tmp_path / "out.db")
    assert (manifest["n_read"], manifest["n_kept"]) == (6, 3)
    assert manifest["left_out"] == {"duplicate": 2, "element not allowed": 1}
    assert manifest["rules"] == rules.as_dict()
    assert manifest["rules"]["elements"] == ["H", "O"]
    assert manifest["version"] == gpff_desktop.__version__
    hashes = {name: sha256((folder / name).read_bytes()).hexdigest() for name in ("a.xyz", "b.xyz")}
    listing = "".join(f"{digest}  {name}\n" for name, digest in hashes.items())
    of_folder, of_file = manifest["sources"]
    assert (of_folder["name"], of_folder["n_files"]) == ("in", 2)
    assert of_folder["sha256"] == sha256(listing.encode()).hexdigest()
    assert of_file["sha256"] == sha256((tmp_path / "one.sdf").read_bytes()).hexdigest()
    assert of_file["n_bytes"] == (tmp_path / "one.sdf").stat().st_size


def test_data_sets_of_other_programs_have_no_manifest(tmp_path):
    with connect(tmp_path / "plain.db") as database:
        database.write(Atoms("HF", [[0, 0, 0], [0.92, 0, 0]]))
    PackedDataset.from_structures([WATER]).save(tmp_path / "set.npz")
    assert read_manifest(tmp_path / "plain.db") is None
    assert read_manifest(tmp_path / "set.npz") is None
    with pytest.raises(FileNotFoundError, match="missing"):
        read_manifest(tmp_path / "missing.db")
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at" * 50)
    with pytest.raises(ValueError, match=r"text\.db' is not an ASE database"):
        read_manifest(tmp_path / "text.db")


@pytest.mark.parametrize("pages", [2, 12, 40])
def test_a_full_disk_costs_one_line_and_leaves_nothing_behind(tmp_path, monkeypatch, pages):
    sizes = [1 + 0.002 * index for index in range(300)]
    PackedDataset.from_structures([WATER.with_positions(WATER.positions * s) for s in sizes]).save(tmp_path / "set.npz")
    connect_freely = SQLite3Database._connect

    def connect_with_little_room(self):
        connection = connect_freely(self)
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(SQLite3Database, "_connect", connect_with_little_room)
    with pytest.raises(OSError, match=r"cannot write a data set in .* full.*; free some space") as caught:
        run([tmp_path / "set.npz"], tmp_path / "out.db", chunk=50)
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["set.npz"]


def test_a_folder_that_cannot_be_read_is_named_alone_or_among_others(tmp_path, monkeypatch):
    (tmp_path / "in" / "closed").mkdir(parents=True)
    write_structures(tmp_path / "in" / "water.xyz", [WATER])
    scan = os.scandir

    def scan_open_folders(path):
        if "closed" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scan_open_folders)
    with pytest.raises(OSError, match=r"closed' cannot be read \(Permission denied\); check its permissions"):
        run([tmp_path / "in" / "closed"], tmp_path / "out.db")
    result = run([tmp_path / "in"], tmp_path / "out.db")
    assert result.n_kept == 1
    assert "closed" in result.problems[0].message


def test_schnetpack_reads_the_database(tmp_path):
    PackedDataset.from_structures([WATER, METHANOL]).save(tmp_path / "set.npz")
    run([tmp_path / "set.npz"], tmp_path / "out.db")
    import gpff_desktop.engine.compat  # noqa: F401  # isort: skip
    from schnetpack.data import ASEAtomsData

    dataset = ASEAtomsData(str(tmp_path / "out.db"))
    assert (len(dataset), dataset.distance_unit, dataset.metadata["sources"]) == (2, "Ang", ["set.npz"])
    np.testing.assert_allclose(dataset[0]["_positions"].numpy(), WATER.positions, atol=1e-6)


def test_databases_of_other_programs_are_imported(tmp_path):
    with connect(tmp_path / "plain.db") as database:
        database.write(Atoms("HF", [[0, 0, 0], [0.92, 0, 0]]))
    assert run([tmp_path / "plain.db"], tmp_path / "out.db").n_kept == 1
