"""Fine-tuning: elements that a model has never seen, and what its card says of its origin."""

from dataclasses import replace

import pytest
import torch

from gpff_desktop import elements
from gpff_desktop.data.packed import PackedDataset
from gpff_desktop.engine.checkpoint import load_model, save_model
from gpff_desktop.engine.network import ForceNetwork
from gpff_desktop.structure import Structure
from gpff_desktop.training.description import Description
from gpff_desktop.training.fine_tuning import adopt_elements, require_known_embeddings, told_what_stays
from gpff_desktop.training.run import RunDirectory
from gpff_desktop.training.settings import TrainSettings
from gpff_desktop.training.trainer import Hardware, Trainer

PLAIN = Hardware(torch.device("cpu"), bfloat16=False, compiled=False)
HCNO = (1, 6, 7, 8)


def symbols(number, among):
    return " ".join(
        elements.symbol(z) for z in elements.neighbours(elements.number(number), map(elements.number, among))
    )


@pytest.mark.parametrize(
    ("symbol", "known", "expected"),
    [
        ("S", "H C N O", "O"),  # its group, above
        ("S", "H C N O Se Te", "O Se"),  # its group, on both sides
        ("S", "H C N O Te", "O Te"),
        ("Cl", "H C N O F", "F"),
        ("F", "H C N O", "O"),  # no halogen: the nearest of the p block
        ("B", "H C N O", "C"),
        ("Na", "H C N O", "H"),
        ("Mg", "H C Na", "Na"),  # no alkaline earth: the nearest of the s block
        ("Zn", "H C Fe Cu", "Cu"),
        ("Ce", "H C La", "La"),
        ("Fe", "H C N O", "H C N O"),  # nothing like it: all
    ],
)
def test_an_element_is_most_like_its_neighbours_in_the_periodic_table(symbol, known, expected):
    assert symbols(symbol, known.split()) == expected


@pytest.mark.parametrize("representation", ["painn", "so3net"])
def test_new_elements_begin_like_their_neighbours_and_known_ones_stay(tiny_network, representation):
    network, before = tiny_network(representation), tiny_network(representation)
    assert adopt_elements(network, (*HCNO, 34), [1, 6, 9, 16]) == [9, 16]

    def rows(network):
        return next(v for k, v in network.state_dict().items() if k.endswith("embedding.weight"))

    new, old = rows(network), rows(before)
    assert torch.equal(new[9], old[8])
    assert torch.equal(new[16], (old[8] + old[34]) / 2)
    others = [z for z in range(100) if z not in (9, 16)]
    assert torch.equal(new[others], old[others])


@pytest.mark.parametrize("representation", ["painn", "so3net"])
def test_a_network_that_is_told_what_stays_begins_with_the_forces_it_had(tiny_card, molecule, representation):
    untold = ForceNetwork(replace(tiny_card(representation).network, kept=False))
    told = told_what_stays(untold)
    numbers = torch.tensor(molecule(6).numbers)[None]
    positions = torch.tensor(molecule(6).positions)[None].float()
    kept = torch.arange(6)[None] < 3
    assert told.settings.kept
    assert torch.equal(told(numbers, positions, kept), untold(numbers, positions))
    torch.nn.init.ones_(told.kept)
    assert not torch.allclose(told(numbers, positions, kept), untold(numbers, positions))
    assert told_what_stays(told) is told


def test_an_element_without_a_place_in_the_network_is_refused():
    require_known_embeddings([1, 99])
    with pytest.raises(ValueError, match=r"the data hold Fm, Md; networks know elements up to Es"):
        require_known_embeddings([1, 100, 101])


def test_a_fine_tuned_model_knows_old_and_new_elements_and_where_it_comes_from(
    tmp_path, molecule, tiny_network, tiny_card
):
    parent = save_model(
        tmp_path / "parent",
        tiny_network(),
        tiny_card(max_atoms=9, data={"name": "old"}, compositions=("CH4", "C4"), defaults={"automatic": {}}),
    )
    sulfides = [Structure([16, 6, 9, 1], molecule(4, seed).positions) for seed in range(4)]
    parts = PackedDataset.from_structures(sulfides), PackedDataset.from_structures(sulfides[:1])
    settings = TrainSettings(parent.network, steps=2, batch_size=2)
    run = RunDirectory.create(tmp_path / "run", settings, {})
    description = Description("child", {"name": "new"}, "the laboratory", "CC0-1.0", parent)
    trainer = Trainer(run, settings, description, *parts, PLAIN, tmp_path / "parent")
    start = trainer.optimisation.average.state_dict()["representation.embedding.weight"]
    assert torch.equal(start[9], start[8])
    list(trainer.steps())
    network, card = load_model(run.model_folder)
    assert (card.elements, card.max_atoms, card.licence) == ((1, 6, 7, 8, 9, 16), 9, "CC0-1.0")
    assert card.compositions == ("CHFS", "CH4", "C4")
    assert card.data["elements"] == [1, 6, 9, 16]
    assert (card.data["source"], card.data["licence"]) == ("the laboratory", "CC0-1.0")
    origin = card.data["fine_tuned_from"]
    assert (origin["name"], origin["sha256"], origin["data"]) == ("tiny", parent.sha256, {"name": "old"})
    assert card.defaults == parent.defaults
    assert not torch.equal(network.state_dict()["representation.embedding.weight"][9], start[8])
    fresh = replace(description, parent=None, licence="").card(settings, parts[0], {}, {})
    assert (fresh.elements, fresh.licence) == ((1, 6, 9, 16), "unknown")
    assert not {"fine_tuned_from", "licence"} & fresh.data.keys()
