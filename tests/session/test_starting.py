"""The prior of an open structure, as a run wants it, shown as a cloud, and undone."""

import numpy as np
import pytest

from gpff_desktop import elements
from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.engine.steering import (
    AsDrawn,
    FromStructure,
    InRegion,
    Isotropic,
    Mixture,
    NearAtom,
    NearPoint,
    Sphere,
    SteeringError,
)
from gpff_desktop.session.document import Document
from gpff_desktop.session.editor import Editor
from gpff_desktop.session.entry import EditError
from gpff_desktop.session.requests import GenerationRequest
from gpff_desktop.session.starting import cloud, prior_of_run

ETHANOL = from_smiles("CCO")
FREE = [0, 1, 3, 4, 5, 6, 7, 8]


def test_a_start_around_an_atom_follows_it_into_the_run_kept_or_not():
    assert prior_of_run(NearAtom(2, 0.7), ETHANOL, [0, 2]) == NearAtom(1, 0.7)
    assert prior_of_run(NearAtom(2, 0.7), ETHANOL, [0]) == NearPoint(tuple(ETHANOL.positions[2].tolist()), 0.7)


def test_what_starts_as_drawn_starts_from_the_atoms_that_are_not_kept():
    prior = prior_of_run(AsDrawn(0.2), ETHANOL, [2])
    assert isinstance(prior, FromStructure)
    assert prior.numbers == tuple(ETHANOL.numbers[FREE].tolist())
    np.testing.assert_array_equal(prior.positions, ETHANOL.positions[FREE])
    GenerationRequest("C2H6O", scaffold=ETHANOL, locked=(2,), prior=prior)


def test_a_start_of_some_atoms_leaves_the_others_where_they_are():
    held = Mixture((((0, 2, 8), Isotropic(1.0)),), AsDrawn(0.0))
    prior = prior_of_run(held, ETHANOL, [2])
    request = GenerationRequest("C2H6O", scaffold=ETHANOL, locked=(2,), prior=prior)
    np.testing.assert_array_equal(request.added(), ETHANOL.numbers[FREE])
    points = cloud(prior, request.added(), ETHANOL.positions[[2]], n_points=80).reshape(-1, 8, 3)
    still = [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(points[:, still], np.broadcast_to(ETHANOL.positions[FREE][still], (10, 6, 3)))
    assert points[:, 0].std() > 0.5
    everything = Mixture(((tuple(range(9)), Isotropic(1.0)),), AsDrawn(0.0))
    assert prior_of_run(everything, ETHANOL, []).draw  # nothing is left to start as drawn


def test_a_start_that_names_no_atoms_stays_as_it_is():
    region = InRegion(Sphere((1.0, 2.0, 3.0), 2.0))
    assert prior_of_run(region, ETHANOL, [0, 1]) is region


def test_the_cloud_shown_comes_from_the_prior_itself():
    points = cloud(InRegion(Sphere((5.0, 0.0, 0.0), 2.0)), elements.parse_formula("C2H6O"), np.zeros((0, 3)), 300)
    assert len(points) == 297
    assert np.linalg.norm(points - [5.0, 0.0, 0.0], axis=1).max() <= 2.0
    assert np.linalg.norm(points.mean(axis=0) - [5.0, 0.0, 0.0]) < 0.3


def test_with_all_atoms_locked_nothing_starts_as_drawn():
    with pytest.raises(SteeringError, match="all atoms are locked"):
        prior_of_run(AsDrawn(), ETHANOL, range(9))


def test_a_chosen_start_is_one_step_that_can_be_undone_and_is_told_as_python():
    document = Document()
    editor = Editor(document)
    told = []
    editor.performed.connect(told.append)
    document.add([ETHANOL])
    editor.set_prior(Isotropic(2.0).to_dict())
    assert document.required().prior == Isotropic(2.0)
    assert told == ["editor.set_prior({'kind': 'isotropic', 'sigma': 2.0})"]
    document.undo()
    assert document.required().prior is None
    with pytest.raises(EditError, match="must be positive"):
        editor.set_prior({"kind": "isotropic", "sigma": -1.0})
