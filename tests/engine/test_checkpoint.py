"""A model on disk: what was saved comes back, and nothing else gets in."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gpff_desktop.atomic_file import file_hash
from gpff_desktop.engine import checkpoint
from gpff_desktop.engine.checkpoint import (
    CARD,
    WEIGHTS,
    CheckpointError,
    ModelCard,
    load_card,
    load_model,
    save_model,
)
from gpff_desktop.engine.field import PseudoForceField
from gpff_desktop.engine.network import ForceNetwork


@pytest.fixture
def folder(tmp_path, tiny_network, tiny_card):
    save_model(tmp_path / "tiny", tiny_network(), tiny_card())
    return tmp_path / "tiny"


def rewrite_card(folder, **changes):
    values = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**values, **changes}))


def test_a_model_of_before_networks_were_told_what_stays_is_one_that_is_not_told(tmp_path, tiny_card):
    network = ForceNetwork(replace(tiny_card().network, kept=False))
    save_model(tmp_path, network, tiny_card())
    values = json.loads((tmp_path / CARD).read_text())
    del values["network"]["kept"]
    (tmp_path / CARD).write_text(json.dumps(values))
    loaded, card = load_model(tmp_path)
    assert not card.network.kept
    assert loaded.state_dict().keys() == network.state_dict().keys()


def accept(folder):
    """Make the card vouch for whatever the weights file holds, as an attacker would."""
    rewrite_card(folder, sha256=file_hash(folder / WEIGHTS))


@pytest.mark.parametrize("representation", ["painn", "so3net"])
def test_a_model_comes_back_as_it_was_saved(tmp_path, representation, tiny_network, tiny_card):
    network = tiny_network(representation)
    card = tiny_card(
        representation,
        data={"name": "Größen"},
        recipe={"steps": 3},
        compositions=("CH4", "H2O"),
        figures={"valid": 0.5},
        defaults={"samplers": {"direct": [{"nfe": 6, "start_width": 1.5}]}},
        licence="CC0-1.0",
        created="2026-01-01",
        version="0.1.0",
    )
    written = save_model(tmp_path / "new" / "model", network, card)
    loaded, read = load_model(tmp_path / "new" / "model")
    assert read == written
    assert len(read.sha256) == 64
    assert {**read.as_dict(), "sha256": ""} == {**card.as_dict(), "sha256": ""}
    assert not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())
    for name, value in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)


def test_a_loaded_field_gives_the_same_forces(folder, tiny_field, molecule):
    from gpff_desktop.engine.batch import Batch

    batch = Batch.from_structures([molecule(5), molecule(3)])
    assert torch.equal(PseudoForceField.load(folder, "cpu").forces(batch), tiny_field().forces(batch))


def test_the_card_says_what_the_network_is(tmp_path, tiny_network, tiny_card):
    """Not what the caller claims: the card is what the network is built from again."""
    save_model(tmp_path, tiny_network("so3net"), tiny_card("painn"))
    assert load_model(tmp_path)[1].network.representation == "so3net"


# Each damage, and what the one line says of it


def missing_card(folder):
    (folder / CARD).unlink()


def missing_weights(folder):
    (folder / WEIGHTS).unlink()


def one_bit_changed(folder):
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS).write_bytes(data)


def truncated_weights(folder):
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-100])


def truncated_weights_with_their_hash(folder):
    truncated_weights(folder)
    accept(folder)


def empty_weights_with_their_hash(folder):
    (folder / WEIGHTS).write_bytes(b"")
    accept(folder)


def weights_of_another_size(folder):
    save_file({"head.0.weight": torch.zeros(3)}, folder / WEIGHTS)
    accept(folder)


def pickled_weights(folder):
    torch.save({"a": torch.zeros(3)}, folder / WEIGHTS)
    accept(folder)


def foreign_json(folder):
    (folder / CARD).write_text('{"model": "something else"}')


def a_list_for_a_card(folder):
    (folder / CARD).write_text("[1, 2]")


def no_json(folder):
    (folder / CARD).write_bytes(b"\xff\xfe\x00 no text")


def a_later_format(folder):
    rewrite_card(folder, format=2)


def an_unknown_network(folder):
    rewrite_card(folder, network={"representation": "schnet"})


def a_network_that_is_no_network(folder):
    rewrite_card(folder, network=[1, 2])


def a_network_setting_left_out(folder):
    network = json.loads((folder / CARD).read_text())["network"]
    rewrite_card(folder, network={key: value for key, value in network.items() if key != "bounded"})


def a_width_that_is_no_whole_number(folder):
    values = json.loads((folder / CARD).read_text())
    rewrite_card(folder, network={**values["network"], "features": 8.5})


def an_unknown_entry(folder):
    rewrite_card(folder, surprise=1)


def no_elements(folder):
    rewrite_card(folder, elements=None)


def a_size_that_is_no_number(folder):
    rewrite_card(folder, max_atoms="many")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (missing_card, r"is not a model: it has no card\.json"),
        (missing_weights, r"has no model\.safetensors"),
        (one_bit_changed, r"do not match its card"),
        (truncated_weights, r"do not match its card"),
        (truncated_weights_with_their_hash, r"do not fit its card"),
        (empty_weights_with_their_hash, r"do not fit its card"),
        (weights_of_another_size, r"do not fit its card"),
        (pickled_weights, r"do not fit its card"),
        (foreign_json, r"not of format 1"),
        (a_list_for_a_card, r"is not a card"),
        (no_json, r"cannot be read"),
        (a_later_format, r"not of format 1"),
        (an_unknown_network, r"card is damaged"),
        (a_network_that_is_no_network, r"card is damaged"),
        (a_network_setting_left_out, r"card is damaged \(the network's bounded is missing\)"),
        (a_width_that_is_no_whole_number, r"card"),
        (an_unknown_entry, r"card is damaged"),
        (no_elements, r"card is damaged"),
        (a_size_that_is_no_number, r"card is damaged"),
    ],
)
def test_a_damaged_model_is_refused_in_one_line(folder, damage, message):
    damage(folder)
    with pytest.raises(CheckpointError, match=message) as refused:
        load_model(folder)
    assert "\n" not in str(refused.value)


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_nothing_is_ever_unpickled(folder, tmp_path):
    sprung = tmp_path / "sprung"
    pickle.loads(pickle.dumps(Trap(sprung)))
    assert sprung.exists()  # the trap works
    sprung.unlink()
    (folder / WEIGHTS).write_bytes(pickle.dumps(Trap(sprung)))
    accept(folder)
    with pytest.raises(CheckpointError):
        load_model(folder)
    (folder / CARD).write_bytes(pickle.dumps(Trap(sprung)))
    with pytest.raises(CheckpointError):
        load_card(folder)
    assert not sprung.exists()


def test_saving_leaves_nothing_else_behind(folder):
    assert sorted(path.name for path in folder.iterdir()) == [CARD, WEIGHTS]


def test_a_write_that_fails_leaves_the_old_file_whole(folder, monkeypatch):
    before = (folder / WEIGHTS).read_bytes()

    def disk_full(tensors, path):
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", disk_full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save_tensors(folder / WEIGHTS, {"a": torch.zeros(1)})
    assert (folder / WEIGHTS).read_bytes() == before
    test_saving_leaves_nothing_else_behind(folder)


def test_a_card_that_cannot_be_written_leaves_the_old_one(folder):
    before = (folder / CARD).read_bytes()
    with pytest.raises(TypeError):
        checkpoint.write_json(folder / CARD, {"a": object()})
    assert (folder / CARD).read_bytes() == before
    test_saving_leaves_nothing_else_behind(folder)


def test_a_card_needs_no_more_than_its_first_four_entries(tiny_card):
    values = tiny_card().as_dict()
    least = {key: values[key] for key in ("format", "name", "network", "elements", "max_atoms")}
    assert ModelCard.from_dict(least) == ModelCard("tiny", tiny_card().network, (1, 6, 7, 8), 10)
