"""Writing: all or nothing, whatever goes wrong; what has no room in a format is refused by number."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.chemistry.formats import (
    FORMATS,
    FormatError,
    read_structures,
    readable_suffixes,
    writable_suffixes,
    write_structures,
)
from gpff_desktop.structure import Structure

ALL = pytest.mark.parametrize("suffix", writable_suffixes())


@pytest.fixture(scope="module")
def ethanol() -> Structure:
    return from_smiles("CCO").with_title("ethanol").with_properties(model="small", seed="7")


def refusal(path: Path, structures, **options) -> str:
    with pytest.raises(FormatError) as error:
        write_structures(path, structures, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


@ALL
def test_an_existing_file_is_replaced_only_on_request(tmp_path, suffix, ethanol):
    path = tmp_path / f"file{suffix}"
    path.write_text("precious")
    with pytest.raises(FileExistsError, match="--force"):
        write_structures(path, [ethanol])
    assert path.read_text() == "precious"
    write_structures(path, [ethanol], overwrite=True)
    assert read_structures(path).structures[0].title == "ethanol"
    assert os.listdir(tmp_path) == [path.name]


@ALL
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


def no_space(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class NearlyFull:
    """An open file on a disk with room for 40 more letters."""

    def __init__(self, file):
        self.file, self.room = file, 40

    def write(self, text):
        self.room -= len(text)
        return self.file.write(text) if self.room > 0 else no_space()

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


def fill_disk_on_write(monkeypatch) -> None:
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda *args, **options: NearlyFull(opened(*args, **options)))


def fill_disk_on_fsync(monkeypatch) -> None:
    monkeypatch.setattr(os, "fsync", no_space)


@ALL
@pytest.mark.parametrize("fill", [fill_disk_on_write, fill_disk_on_fsync])
def test_a_full_disk_is_named_and_the_old_file_stays(tmp_path, monkeypatch, suffix, fill, ethanol):
    path = tmp_path / f"file{suffix}"
    path.write_text("precious")
    with monkeypatch.context() as full:
        fill(full)
        message = refusal(path, [ethanol] * (1 if FORMATS[suffix].single else 20), overwrite=True)
    assert "No space left" in message
    assert "another folder" in message
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == [path.name]


@ALL
def test_a_folder_that_may_not_be_written_is_named(tmp_path, monkeypatch, suffix, ethanol):
    opened = Path.open

    def forbidden(path, mode="r", *args, **options):
        if "w" in mode:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(path, mode, *args, **options)

    with monkeypatch.context() as read_only:
        read_only.setattr(Path, "open", forbidden)
        message = refusal(tmp_path / f"file{suffix}", [ethanol])
    assert "Permission denied" in message
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("folder", ["none", "plain"])
def test_a_folder_that_is_none_is_refused(tmp_path, folder, ethanol):
    (tmp_path / "plain").write_text("a file")
    assert "cannot write" in refusal(tmp_path / folder / "file.sdf", [ethanol])
    assert os.listdir(tmp_path) == ["plain"]


def test_the_longest_name_is_written(tmp_path, ethanol):
    path = tmp_path / f"{'n' * 251}.sdf"
    write_structures(path, [ethanol])
    assert read_structures(path).structures[0].title == "ethanol"


def test_a_name_that_is_too_long_or_a_folder_is_refused(tmp_path, ethanol):
    assert "cannot write" in refusal(tmp_path / f"{'n' * 300}.sdf", [ethanol])
    (tmp_path / "folder.sdf").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.sdf", [ethanol], overwrite=True)


def test_saving_through_a_link_changes_the_file_behind_it(tmp_path, ethanol):
    write_structures(tmp_path / "real.sdf", [ethanol])
    (tmp_path / "link.sdf").symlink_to(tmp_path / "real.sdf")
    write_structures(tmp_path / "link.sdf", [ethanol.with_title("other")], overwrite=True)
    assert (tmp_path / "link.sdf").is_symlink()
    assert read_structures(tmp_path / "real.sdf").structures[0].title == "other"


@ALL
def test_nothing_to_write_is_refused(tmp_path, suffix, ethanol):
    assert "no structures to write" in refusal(tmp_path / f"file{suffix}", [])
    empty = Structure([], np.empty((0, 3)))
    assert "structure 1 holds no atoms" in refusal(tmp_path / f"file{suffix}", [empty])
    assert os.listdir(tmp_path) == []


def test_formats_that_are_only_read_say_what_to_write_instead(tmp_path, ethanol):
    for suffix in set(readable_suffixes()) - set(writable_suffixes()):
        assert "suffixes that can be written are .sdf" in refusal(tmp_path / f"file{suffix}", [ethanol])


def test_a_mol_file_holds_one_structure(tmp_path, ethanol):
    assert "one structure only" in refusal(tmp_path / "file.mol", [ethanol, ethanol])
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("coordinate", [-999.9996, 9999.9996, 1e6])
def test_an_atom_beyond_the_columns_of_pdb_is_refused_by_number(tmp_path, coordinate, ethanol):
    far = Structure([6, 6], [[0, 0, 0], [0, coordinate, 0]], np.empty((0, 3)))
    message = refusal(tmp_path / "file.pdb", [ethanol, far])
    assert "structure 2" in message
    assert "atom 2 is too far out" in message
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("coordinate", [-999.9994, 9999.9994])
def test_an_atom_in_the_last_place_of_pdb_comes_back(tmp_path, coordinate):
    write_structures(tmp_path / "file.pdb", [Structure([6], [[coordinate, 0, 0]])])
    assert read_structures(tmp_path / "file.pdb").structures[0].positions[0, 0] == round(coordinate, 3)


def test_more_atoms_than_pdb_can_number_are_refused(tmp_path):
    many = Structure(np.full(100_000, 2), np.zeros((100_000, 3)), np.empty((0, 3)))
    assert "room for 99999 atoms" in refusal(tmp_path / "file.pdb", [many])


def test_bonds_that_make_no_molecule_are_refused_as_smiles_by_number(tmp_path, ethanol):
    knot = Structure([6] * 6, np.random.default_rng(0).normal(size=(6, 3)), [(0, i, 1) for i in range(1, 6)])
    message = refusal(tmp_path / "file.smi", [ethanol, knot])
    assert "structure 2 cannot be written as SMILES" in message
    assert os.listdir(tmp_path) == []


def test_progress_is_told_after_each_structure(tmp_path, ethanol):
    seen: list[int] = []
    write_structures(tmp_path / "file.sdf", [ethanol] * 3, progress=seen.append)
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(("n_atoms", "version"), [(999, "V2000"), (1000, "V3000")])
def test_sdf_changes_to_v3000_where_v2000_has_no_room(tmp_path, n_atoms, version):
    line = np.zeros((n_atoms, 3))
    line[:, 0] = np.arange(n_atoms)
    write_structures(tmp_path / "file.sdf", [Structure(np.full(n_atoms, 2), line, np.empty((0, 3)))])
    assert version in (tmp_path / "file.sdf").read_text().split("\n")[3]


def test_coordinates_too_long_for_v2000_survive(tmp_path):
    far = Structure([6, 6], [[-123456.25, 0, 0], [0, 99999.5, 0]], np.empty((0, 3)))
    write_structures(tmp_path / "file.sdf", [far])
    back = read_structures(tmp_path / "file.sdf").structures[0]
    np.testing.assert_allclose(back.positions, far.positions, rtol=0, atol=10.0 ** -(FORMATS[".sdf"].decimals or 0))
