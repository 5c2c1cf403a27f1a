"""Measuring a model: the same compositions for all, rows one by one, the data's own score beside them."""

import numpy as np
import pytest
import torch

from gpff_desktop.data.packed import PackedDataset, load_dataset
from gpff_desktop.engine.checkpoint import ModelCard
from gpff_desktop.engine.field import DomainError, PseudoForceField
from gpff_desktop.engine.network import ForceNetwork, NetworkSettings
from gpff_desktop.resources_path import resources
from gpff_desktop.session import evaluation
from gpff_desktop.session.evaluation import chosen_structures, evaluate, molecules_of, reference_row
from gpff_desktop.structure import Structure


@pytest.fixture(scope="module")
def field():
    torch.manual_seed(0)
    network = ForceNetwork(NetworkSettings(features=16, interactions=2, radial=16))
    return PseudoForceField(network, ModelCard("tiny", network.settings, (1, 6, 7, 8, 9), 29))


@pytest.fixture(scope="module")
def sample():
    return load_dataset(resources() / "datasets" / "qm9_sample.npz")


class AllKnowing(PseudoForceField):
    """Leads every molecule to the first of the data with its atoms, so that what is measured is known."""

    def __init__(self, field, dataset):
        super().__init__(field.network, field.card)
        homes = [dataset.structure(k) for k in range(len(dataset))]
        self.homes = {tuple(item.numbers): item.positions for item in reversed(homes)}

    def forces(self, batch, kept=None):
        numbers = batch.split(batch.numbers)
        home = torch.from_numpy(np.concatenate([self.homes[tuple(z)] for z in numbers]))
        return 2 * (home - batch.positions)


def figures(rows):
    return [{k: v for k, v in row.as_dict().items() if k != "seconds"} for row in rows]


def test_rows_come_for_every_sampler_and_budget_in_order(field, sample):
    rows = list(evaluate(field, sample, count=5, seed=1, samplers=["direct", "heun"], budgets=[1, 3]))
    assert [(row.sampler, row.nfe) for row in rows] == [("direct", 1), ("direct", 3), ("heun", 1), ("heun", 3)]
    assert all(row.count == 5 and 0 <= row.valid <= 1 and row.seconds > 0 for row in rows)
    assert [row.noise is None for row in rows] == [False, False, True, True]


def test_a_field_that_knows_the_data_scores_as_the_data_do(field, sample):
    known = molecules_of(sample)
    asked = {"count": 20, "seed": 3, "reference_smiles": known}
    (row,) = evaluate(AllKnowing(field, sample), sample, samplers=["damped"], budgets=[2], **asked)
    reference = reference_row(sample, **asked)
    assert (row.valid, row.novel) == (reference.valid, 0.0)
    assert row.atom_stability == pytest.approx(reference.atom_stability, abs=0.02)
    assert row.sigma == pytest.approx(0, abs=1e-6)
    assert (reference.sampler, reference.nfe, reference.sigma) == ("data", 0, None)


def test_pieces_do_not_change_the_figures(field, sample, monkeypatch):
    asked = {"count": 7, "seed": 0, "samplers": ["direct"], "budgets": [2]}
    whole = figures(evaluate(field, sample, **asked))
    monkeypatch.setattr(evaluation, "_MOLECULES_AT_ONCE", 3)
    pieces = figures(evaluate(field, sample, **asked))
    assert pieces[0].pop("sigma") == pytest.approx(whole[0].pop("sigma"), rel=1e-5)
    assert pieces == whole


def test_the_same_seed_gives_the_same_row_and_another_does_not(field, sample):
    asked = {"count": 4, "samplers": ["direct"], "budgets": [2]}
    once, again, other = (figures(evaluate(field, sample, seed=seed, **asked)) for seed in (5, 5, 6))
    assert once == again
    assert once[0]["sigma"] != other[0]["sigma"]


def test_compositions_are_spread_over_the_data(sample):
    order = PackedDataset.from_structures(sample.structure(k).with_title(str(k)) for k in range(len(sample)))
    chosen = [int(item.title) for item in chosen_structures(order, 10, seed=0)]
    assert [k // (len(sample) // 10) for k in chosen] == list(range(10))
    assert len(chosen_structures(sample, len(sample), seed=0)) == len(sample)


def test_overrides_take_the_place_of_defaults(field, sample):
    asked = {"count": 2, "seed": 0, "samplers": ["direct", "heun"], "budgets": [2]}
    rows = list(evaluate(field, sample, overrides={"start_width": 4.0, "noise": 0.25}, **asked))
    assert [row.start_width for row in rows] == [4.0, 4.0]
    assert [row.noise for row in rows] == [0.25, None]


def test_rows_measured_before_are_left_out(field, sample):
    asked = {"count": 2, "seed": 0, "samplers": ["direct", "damped"], "budgets": [1, 2]}
    rows = evaluate(field, sample, skip={("direct", 1), ("damped", 2)}, **asked)
    assert [(row.sampler, row.nfe) for row in rows] == [("direct", 2), ("damped", 1)]


def test_runs_that_blow_up_count_as_not_valid(field, sample):
    class Exploding(AllKnowing):
        def forces(self, batch, kept=None):
            return torch.full_like(batch.positions, torch.nan)

    (row,) = evaluate(Exploding(field, sample), sample, count=3, seed=0, samplers=["direct"], budgets=[1])
    assert (row.valid, row.molecule_stability) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"count": 0}, "at least 1"),
        ({"count": 999}, "holds 200"),
        ({"samplers": ["magic"]}, "magic"),
        ({"budgets": [0]}, "NFE"),
        ({"overrides": {"start_width": -1}}, "width"),
        ({"overrides": {"noise": -1}}, "noise"),
    ],
)
def test_wrong_requests_are_refused_before_anything_is_computed(field, sample, changes, word):
    with pytest.raises(ValueError, match=word):
        evaluate(field, sample, **{"count": 2, "seed": 0, "samplers": ["direct"], "budgets": [1], **changes})


def test_data_that_the_model_does_not_know_are_refused(field):
    dataset = PackedDataset.from_structures([Structure([14, 1], [[0, 0, 0], [0, 0, 1.5]])])
    with pytest.raises(DomainError, match="Si"):
        evaluate(field, dataset, count=1, seed=0, samplers=["direct"], budgets=[1])
