"""Models as files: what was exported comes back, and nothing else gets in."""

import gzip
import json
import zipfile

import pytest
import torch

from gpff_desktop.chemistry.known import KNOWN, write_known
from gpff_desktop.engine.checkpoint import CARD, WEIGHTS, CheckpointError, load_model, save_model
from gpff_desktop.session import model_files, models
from gpff_desktop.session.model_files import (
    ModelFileError,
    export_model,
    free_name,
    install_file,
    install_folder,
    remove_model,
)
from gpff_desktop.session.models import DEFAULT_MODEL, find_model, installed_models


@pytest.fixture(autouse=True)
def theirs(tmp_path, monkeypatch):
    """The user's models."""
    monkeypatch.setenv(models.FOLDER_VARIABLE, str(tmp_path / "theirs"))
    return tmp_path / "theirs"


@pytest.fixture
def folder(tmp_path, tiny_network, tiny_card):
    save_model(tmp_path / "run", tiny_network(), tiny_card(name="mine", licence="MIT"))
    write_known(tmp_path / "run" / KNOWN, ["C", "CC"])
    return tmp_path / "run"


@pytest.fixture
def file(folder, tmp_path):
    export_model(str(folder), tmp_path / "mine.gpffmodel")
    return tmp_path / "mine.gpffmodel"


def names():
    return [model.name for model in installed_models()]


def repacked(file, change):
    """The file with its parts `{name: bytes}` changed, or a list of parts that may hold a name twice."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = change(parts) or parts
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in changed if isinstance(changed, list) else changed.items():
            archive.writestr(name, data)
    return file


def test_an_exported_model_is_installed_as_it_was(folder, file, theirs):
    assert install_file(file).name == "mine"
    assert install_file(file, name="other").path == theirs / "other"
    network, card = load_model(find_model("other"))
    original = load_model(folder)
    assert card.as_dict() == {**original[1].as_dict(), "name": "other"}
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in original[0].state_dict().items())
    assert (theirs / "mine" / KNOWN).read_bytes() == (folder / KNOWN).read_bytes()


def test_a_name_that_is_taken_gets_a_number(folder, theirs):
    assert [install_folder(folder).name for _ in range(3)] == ["mine", "mine-2", "mine-3"]
    assert install_folder(folder, name=DEFAULT_MODEL).name == f"{DEFAULT_MODEL}-2"
    assert free_name("MINE") == "MINE-4"
    assert load_model(theirs / "mine-2")[1].name == "mine-2"


def test_ones_own_models_can_be_removed_and_the_shipped_one_cannot(folder):
    install_folder(folder)
    remove_model("mine")
    assert names() == [DEFAULT_MODEL]
    with pytest.raises(ModelFileError, match="came with the program and cannot be removed"):
        remove_model(DEFAULT_MODEL)
    for name in ("mine", "../run"):
        with pytest.raises(CheckpointError, match="there is no model"):
            remove_model(name)
    with pytest.raises(ModelFileError, match="is the folder of a model"):
        remove_model(str(folder))
    assert folder.is_dir()


def test_an_export_overwrites_nothing_unasked(folder, file, tmp_path):
    with pytest.raises(FileExistsError, match="--force"):
        export_model(str(folder), file)
    export_model(str(folder), file, overwrite=True)
    with pytest.raises(ModelFileError, match=r"\*\.gpffmodel"):
        export_model(str(folder), tmp_path / "mine.zip")
    (folder / WEIGHTS).write_bytes(b"")
    with pytest.raises(CheckpointError, match="do not match its card"):
        export_model(str(folder), tmp_path / "damaged.gpffmodel")
    assert not (tmp_path / "damaged.gpffmodel").exists()


def card_with(**changes):
    return lambda parts: parts.update({CARD: json.dumps({**json.loads(parts[CARD]), **changes}).encode()})


def network_with(**changes):
    def change(parts):
        card = json.loads(parts[CARD])
        card["network"].update(changes)
        parts[CARD] = json.dumps(card).encode()

    return change


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda parts: parts.pop(WEIGHTS) and None, "does not hold one"),
        (lambda parts: [*parts.items(), (CARD, parts[CARD])], "does not hold one"),
        (lambda parts: parts.update({"../evil.py": b""}), "holds '../evil.py', which is no part of a model"),
        (lambda parts: parts.update({"/etc/passwd": b""}), "no part of a model"),
        (lambda parts: parts.update({"extra.pkl": b""}), "no part of a model"),
        (lambda parts: parts.update({WEIGHTS: parts[WEIGHTS][:-4]}), "do not match its card"),
        (lambda parts: parts.update({CARD: b"{"}), "cannot be read"),
        (lambda parts: parts.update({CARD: b"[" * 100_000}), "cannot be read"),
        (lambda parts: parts.update({KNOWN: b"no gzip"}), "list of known molecules .* damaged"),
        (lambda parts: parts.update({KNOWN: gzip.compress(b"\xff\xfe")}), "list of known molecules .* damaged"),
        (card_with(format=99), "not of format 1"),
        (card_with(data=[]), "damaged"),
        (card_with(licence=3), "damaged"),
        (card_with(elements=[]), "damaged"),
        (card_with(elements=[1, 200]), "damaged"),
        (card_with(name="../../up"), "cannot be the name"),
        (card_with(name="con"), "cannot be the name"),
        (card_with(surprise=1), "damaged"),
        (network_with(features=100_000), "too large"),
        (network_with(interactions=10**9), "too large"),
        (network_with(features=16), "do not fit"),
    ],
)
def test_a_foreign_file_is_refused_in_one_line_and_leaves_nothing(file, theirs, change, message):
    with pytest.raises(ValueError, match=message) as error:
        install_file(repacked(file, change))
    assert "\n" not in str(error.value)
    assert ".partial" not in str(error.value)  # a folder that is nobody's but the program's
    assert names() == [DEFAULT_MODEL]
    assert list(theirs.iterdir()) == []


def test_a_file_that_is_no_archive_is_refused(tmp_path, file):
    with pytest.raises(FileNotFoundError):
        install_file(tmp_path / "nowhere.gpffmodel")
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(ModelFileError, match="is not the file of a model"):
        install_file(file)


def test_what_unpacks_to_more_than_a_model_is_refused(file, theirs, monkeypatch):
    sound = file.read_bytes()
    monkeypatch.setitem(model_files.LARGEST, KNOWN, 1_000_000)
    bomb = repacked(file, lambda parts: parts.update({KNOWN: b"\0" * 2_000_000}))
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(ModelFileError, match="too large for a model"):
        install_file(bomb)
    lying = bomb.read_bytes().replace((2_000_000).to_bytes(4, "little"), (500).to_bytes(4, "little"))
    bomb.write_bytes(lying)
    with pytest.raises(ModelFileError):
        install_file(bomb)
    monkeypatch.setattr(model_files, "_LARGEST_LIST", 1_000_000)
    file.write_bytes(sound)
    with pytest.raises(ModelFileError, match="too large for a model"):
        install_file(repacked(file, lambda parts: parts.update({KNOWN: gzip.compress(b"C" * 2_000_000)})))
    assert list(theirs.iterdir()) == []
