"""Packed data sets: reading, indexing, splitting, and the cache of a database."""

import contextlib
import os
import sqlite3
import time

import numpy as np
import pytest
from ase import Atoms
from ase.db import connect
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.data.database import cache_path
from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.structure import Structure


def random_structures(count, seed=0):
    rng = np.random.default_rng(seed)
    return [
        Structure(rng.choice([1, 6, 8], size=n), rng.normal(size=(n, 3)), title=f"molecule {i}")
        for i, n in enumerate(rng.integers(1, 7, size=count))
    ]


@pytest.fixture
def dataset():
    return PackedDataset.from_structures(random_structures(200))


def write_database(path, structures, unit="Ang"):
    with connect(path) as database:
        database.metadata = {"_distance_unit": unit, "_property_unit_dict": {}}
        for structure in structures:
            database.write(Atoms(structure.numbers, structure.positions), data={"title": structure.title})


def assert_same(one, other):
    np.testing.assert_array_equal(one.n_atoms, other.n_atoms)
    np.testing.assert_array_equal(one.numbers, other.numbers)
    np.testing.assert_array_equal(one.positions, other.positions)
    np.testing.assert_array_equal(one.titles, other.titles)


@given(count=st.integers(1, 30), seed=st.integers(0, 1000))
def test_packing_keeps_every_structure(count, seed):
    structures = random_structures(count, seed)
    dataset = PackedDataset.from_structures(structures)
    assert len(dataset) == count
    for i, structure in enumerate(structures):
        np.testing.assert_array_equal(dataset.structure(i).numbers, structure.numbers)
        np.testing.assert_allclose(dataset.structure(i).positions, structure.positions, atol=1e-6)
        assert dataset.structure(i).title == structure.title
        assert dataset.formula(i) == structure.formula


def test_arrays_have_the_promised_types_and_cannot_be_written(dataset):
    for array, dtype in ((dataset.n_atoms, "int64"), (dataset.numbers, "uint8"), (dataset.positions, "float32")):
        assert array.dtype == dtype
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert dataset.offsets.dtype == np.int64
    assert dataset.offsets[0] == 0
    assert dataset.offsets[-1] == len(dataset.numbers)


def test_saved_npz_reads_back_the_same(dataset, tmp_path):
    dataset.save(tmp_path / "set.npz")
    assert_same(load_dataset(tmp_path / "set.npz"), dataset)
    assert [p.name for p in tmp_path.iterdir()] == ["set.npz"]


def test_structures_of_more_than_255_atoms_survive_saving(tmp_path):
    large = Structure(np.ones(300), np.random.default_rng(0).normal(size=(300, 3)))
    PackedDataset.from_structures([large]).save(tmp_path / "large.npz")
    assert load_dataset(tmp_path / "large.npz").n_atoms.tolist() == [300]


def test_a_failed_save_leaves_the_old_file(dataset, tmp_path):
    dataset.save(tmp_path / "set.npz")
    before = (tmp_path / "set.npz").read_bytes()

    class Unwritable:
        def __array__(self, *_args, **_kwargs):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        dataset.save(tmp_path / "set.npz", extra=Unwritable())
    assert (tmp_path / "set.npz").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["set.npz"]


def test_ids_become_titles(tmp_path):
    np.savez(tmp_path / "ids.npz", n_atoms=[1, 1], numbers=[1, 2], positions=np.zeros((2, 3)), ids=[7, 12])
    assert load_dataset(tmp_path / "ids.npz").structure(1).title == "12"


def test_frames_of_one_molecule_are_unrolled(tmp_path):
    frames = np.random.default_rng(0).normal(size=(5, 3, 3))
    np.savez(tmp_path / "frames.npz", numbers=[8, 1, 1], positions=frames)
    dataset = load_dataset(tmp_path / "frames.npz")
    assert [dataset.formula(i) for i in range(len(dataset))] == ["H2O"] * 5
    np.testing.assert_allclose(dataset.structure(3).positions, frames[3], atol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"n_atoms": [2], "numbers": [1], "positions": np.zeros((1, 3))}, "adds up to 2"),
        ({"n_atoms": [1], "numbers": [1], "positions": np.full((1, 3), np.nan)}, "structure 1 has a coordinate"),
        ({"n_atoms": [1], "numbers": [0], "positions": np.zeros((1, 3))}, "outside 1 to 118"),
        ({"n_atoms": [1], "numbers": [262], "positions": np.zeros((1, 3))}, "outside 1 to 118"),
        ({"n_atoms": [1, 0], "numbers": [1], "positions": np.zeros((1, 3))}, "structure 2 holds no atoms"),
        ({"numbers": [1, 1], "positions": np.zeros((2, 3))}, "no n_atoms"),
        ({"energies": [1.0]}, "must hold n_atoms"),
    ],
)
def test_unfit_npz_is_refused_by_name(tmp_path, arrays, complaint):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(ValueError, match=rf"bad\.npz.*{complaint}"):
        load_dataset(tmp_path / "bad.npz")


@pytest.mark.parametrize("name", ["text.npz", "text.db", "text.txt"])
def test_files_that_are_no_data_set_are_refused(tmp_path, name):
    (tmp_path / name).write_text("nothing of the sort " * 100)
    with pytest.raises(ValueError, match=name):
        load_dataset(tmp_path / name)


@pytest.mark.parametrize("name", ["missing.npz", "missing.db"])
def test_missing_file_is_named_and_not_created(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=name):
        load_dataset(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_sizes_and_compositions_cover_every_structure_once(dataset):
    for groups, key in (
        (dataset.by_size(), lambda i: dataset.n_atoms[i]),
        (dataset.compositions(), dataset.formula),
    ):
        assert sorted(np.concatenate(list(groups.values())).tolist()) == list(range(len(dataset)))
        assert all(key(i) == name for name, indices in groups.items() for i in indices)


def test_subset_takes_structures_in_the_given_order(dataset):
    part = dataset.subset(np.array([5, 0, 17]))
    assert part.titles.tolist() == ["molecule 5", "molecule 0", "molecule 17"]
    np.testing.assert_array_equal(part.structure(2).positions, dataset.structure(17).positions)


def test_split_by_composition_shares_no_formula(dataset):
    training, validation = dataset.split(0.2, seed=1)
    assert len(training) + len(validation) == len(dataset)
    assert 0 < len(validation) <= 0.2 * len(dataset)
    assert not training.compositions().keys() & validation.compositions().keys()


def test_split_depends_on_the_seed_alone(dataset):
    assert_same(dataset.split(0.2, seed=1)[1], dataset.split(0.2, seed=1)[1])
    assert dataset.split(0.2, seed=1)[1].titles.tolist() != dataset.split(0.2, seed=2)[1].titles.tolist()


def test_split_by_structure_has_exactly_the_asked_size(dataset):
    assert len(dataset.split(0.15, seed=0, by="structure")[1]) == 30


def test_one_composition_cannot_be_split_by_composition():
    same = PackedDataset.from_structures([Structure([6], [[0, 0, 0]])] * 10)
    with pytest.raises(ValueError, match="split by structure"):
        same.split(0.2, seed=0)
    assert len(same.split(0.2, seed=0, by="structure")[1]) == 2


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 2])
def test_impossible_fractions_are_refused(dataset, fraction):
    with pytest.raises(ValueError, match="between 0 and 1"):
        dataset.split(fraction, seed=0)


def test_database_equals_its_packed_copy(dataset, tmp_path):
    write_database(tmp_path / "set.db", [dataset.structure(i) for i in range(20)])
    expected = dataset.subset(np.arange(20))
    assert_same(load_dataset(tmp_path / "set.db"), expected)
    assert cache_path(tmp_path / "set.db").exists()
    assert_same(load_dataset(tmp_path / "set.db"), expected)


def test_packed_copy_is_used_while_the_database_stays_and_renewed_when_it_changes(dataset, tmp_path):
    path = tmp_path / "set.db"
    write_database(path, [dataset.structure(0)])
    load_dataset(path)
    stamp = cache_path(path).stat().st_mtime_ns
    load_dataset(path)
    assert cache_path(path).stat().st_mtime_ns == stamp
    write_database(path, [dataset.structure(1)])
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1))
    assert len(load_dataset(path)) == 2


def test_spoilt_packed_copy_is_replaced(dataset, tmp_path):
    path = tmp_path / "set.db"
    write_database(path, [dataset.structure(0)])
    cache_path(path).write_bytes(b"PK\x03\x04 cut short")
    assert len(load_dataset(path)) == 1


def test_foreign_sqlite_file_is_refused_and_left_as_it_was(tmp_path):
    path = tmp_path / "history.db"
    with contextlib.closing(sqlite3.connect(path)) as foreign:
        foreign.execute("CREATE TABLE visits (address TEXT)")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="holds no systems"):
        load_dataset(path)
    assert path.read_bytes() == before


def test_lengths_of_a_database_in_bohr_are_converted(tmp_path):
    write_database(tmp_path / "bohr.db", [Structure([1, 1], [[0, 0, 0], [1.4, 0, 0]])], unit="Bohr")
    assert load_dataset(tmp_path / "bohr.db").positions[1, 0] == pytest.approx(0.7408, abs=1e-4)


def test_unknown_unit_of_length_is_refused(tmp_path):
    write_database(tmp_path / "ells.db", [Structure([1], [[0, 0, 0]])], unit="ell")
    with pytest.raises(ValueError, match="ell"):
        load_dataset(tmp_path / "ells.db")
