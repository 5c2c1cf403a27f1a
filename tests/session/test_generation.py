"""Requests and jobs: what may be asked for, and results that can be made again."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.engine.field import DomainError
from gpff_desktop.engine.interventions import Intervention
from gpff_desktop.engine.samplers import SAMPLERS, SamplerSettings
from gpff_desktop.engine.steering import (
    Angle,
    Box,
    Constraint,
    Distance,
    FromStructure,
    InRegion,
    Isotropic,
    Mixture,
    NearAtom,
    RigidGroup,
    Shape,
    Shaped,
    Sphere,
    Wall,
)
from gpff_desktop.session.defaults import defaults_for
from gpff_desktop.session.generation import (
    RUN_KEY,
    GenerationRequest,
    RelaxationRequest,
    RequestError,
    generate,
    relax,
    repeat_request,
)
from gpff_desktop.structure import Structure

SCAFFOLD = Structure(
    [6, 1, 8, 7], [[1e3 / 3, 0.1, 0.2], [0.0, 1.0, 1.0 / 7], [2.0, 0.3, 0.0], [0.1, -1.2, 1.1]], title="piece"
)


@pytest.fixture(scope="module")
def field(tiny_field):
    return tiny_field(sha256="ab" * 32)


def finished(job):
    *_, last = job.steps
    return job.structures(last)


# What may be asked for


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"count": 0}, "count must be at least 1"),
        ({"nfe": 0}, "NFE budget must be at least 1"),
        ({"mode": "magic"}, "unknown mode 'magic'; use relaxation or diffusion"),
        ({"sampler": "euler"}, "unknown sampler 'euler'; there are direct, "),
        ({"sampler": "heun"}, "'heun' is not of relaxation mode; its samplers are direct, damped, lbfgs"),
        ({"start_width": 0.0}, "start width must be positive"),
        ({"start_width": float("nan")}, "start width must be positive"),
        ({"start_width": float("inf")}, "start width must be positive"),
        ({"noise": -0.1}, "noise must not be negative"),
        ({"locked": (0,)}, "locked atoms but no scaffold"),
        ({"scaffold": SCAFFOLD}, "lock at least one atom"),
        ({"scaffold": SCAFFOLD, "locked": (4,)}, "cannot lock atom 5: the scaffold has 4 atoms"),
        ({"scaffold": SCAFFOLD, "locked": (-1, 2)}, "cannot lock atom 0: the scaffold has 4 atoms"),
        ({"scaffold": SCAFFOLD, "locked": (0, 3)}, "formula CH4 lacks atoms of the locked scaffold CN"),
        ({"scaffold": SCAFFOLD, "locked": (0, 1), "formula": "CH"}, "leaves no atom to place"),
        ({"formula": ""}, "is not a formula"),
        ({"formula": "water"}, "is not a formula"),
        ({"formula": "Xx2"}, "unknown element 'Xx'"),
    ],
)
def test_a_request_that_cannot_be_is_refused_in_one_line(values, message):
    with pytest.raises(RequestError, match=message) as refused:
        GenerationRequest(**{"formula": "CH4", **values})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"structures": ()}, "nothing to relax"),
        ({"nfe": 0}, "NFE budget must be at least 1"),
        ({"f_max": -1.0}, "f_max must not be negative"),
        ({"f_max": float("nan")}, "f_max must not be negative"),
        ({"sampler": "direct"}, "'direct' does not relax in place; use lbfgs or damped"),
    ],
)
def test_a_relaxation_that_cannot_be_is_refused_in_one_line(values, message):
    with pytest.raises(RequestError, match=message) as refused:
        RelaxationRequest(**{"structures": (SCAFFOLD,), **values})
    assert "\n" not in str(refused.value)


def test_what_the_model_does_not_know_is_refused_before_the_run(field):
    with pytest.raises(DomainError, match="does not know Cl"):
        generate(field, GenerationRequest("CH3Cl"))
    with pytest.raises(DomainError, match="C30H62 has 92 atoms"):
        generate(field, GenerationRequest("C30H62"))
    with pytest.raises(DomainError, match="does not know Si"):
        relax(field, RelaxationRequest((Structure([14, 1], np.eye(3)[:2]),)))
    with pytest.raises(ValueError, match="cannot lock atom 5"):
        relax(field, RelaxationRequest((SCAFFOLD,), locked=(4,)))


def test_diffusion_needs_a_start_wider_than_its_last_level(field):
    with pytest.raises(RequestError, match=r"a start width above its last noise level, 0\.05"):
        generate(field, GenerationRequest("CH4", mode="diffusion", start_width=0.01))


def test_a_scaffolds_unlocked_atoms_are_given_up_and_placed_anew():
    request = GenerationRequest("C2H3NO", scaffold=SCAFFOLD, locked=(3, 0, 3))
    np.testing.assert_array_equal(request.kept().numbers, [6, 7])
    np.testing.assert_array_equal(request.kept().positions, SCAFFOLD.positions[[0, 3]])
    assert sorted(request.added().tolist()) == [1, 1, 1, 6, 8]


requests = st.builds(
    GenerationRequest,
    formula=st.sampled_from(["C2H3NO", "C3H9NO2"]),
    count=st.integers(1, 5),
    nfe=st.integers(1, 500),
    seed=st.integers(0, 2**62),
    start_width=st.none() | st.floats(0.1, 30),
    noise=st.none() | st.floats(0, 3),
    sampler=st.sampled_from([None, "direct", "lbfgs"]),
    settings=st.none() | st.builds(SamplerSettings, noise=st.floats(0, 3), rho=st.floats(0.1, 9)),
)


@given(request=requests, with_scaffold=st.booleans())
def test_a_request_comes_back_from_json(request, with_scaffold):
    if with_scaffold:
        request = GenerationRequest(**{**vars(request), "scaffold": SCAFFOLD, "locked": (0, 2)})
    back = GenerationRequest.from_dict(json.loads(json.dumps(request.as_dict())))
    assert back.as_dict() == request.as_dict()
    np.testing.assert_array_equal(back.added(), request.added())
    without = {"scaffold": None, "locked": ()}
    assert {**vars(back), **without} == {**vars(request), **without}
    if with_scaffold:
        np.testing.assert_array_equal(back.kept().positions, request.kept().positions)


# Last atom of the second of two candidates of C2H5NO with seed 11, at its start and after five evaluations, in Å.
KNOWN = {
    ("direct", False): ([-0.678874232, 0.046021073, 0.054014273], [-0.6346, -0.1112, 0.0542]),
    ("direct", True): ([166.726128383, 2.51940505, 0.356814362], [176.9903, 0.5554, 0.3961]),
    ("lbfgs", False): ([-0.678874232, 0.046021073, 0.054014273], [-0.6346, -0.1112, 0.0542]),
    ("lbfgs", True): ([166.726128383, 2.51940505, 0.356814362], [169.156, 1.9967, 0.3679]),
    ("reverse-sde", False): ([-4.525828216, 0.306807156, 0.360095156], [-1.765, 4.3242, 7.8331]),
    ("reverse-sde", True): ([166.779744777, 19.912700331, -1.304570918], [190.2647, 13.6395, -24.8792]),
    ("heun", False): ([-4.525828216, 0.306807156, 0.360095156], [-4.7594, -4.1817, 1.0528]),
    ("heun", True): ([166.779744777, 19.912700331, -1.304570918], [198.646, 22.8716, -2.7323]),
}


@pytest.mark.parametrize(("name", "with_scaffold"), KNOWN)
def test_a_seed_means_the_same_coordinates_as_ever(field, name, with_scaffold):
    scaffold = {"scaffold": SCAFFOLD, "locked": (0, 3)} if with_scaffold else {}
    request = GenerationRequest("C2H5NO", 2, SAMPLERS[name].mode, name, nfe=5, seed=11, **scaffold)
    job = generate(field, request)
    start, end = KNOWN[name, with_scaffold]
    np.testing.assert_allclose(job.start.positions[-1], start, atol=1e-8)
    np.testing.assert_allclose(finished(job)[1].positions[-1], end, atol=2e-3)


# Priors and constraints


STEERED = {
    "prior": Shaped(1.2, (4.0, 1.0, 1.0)),
    "constraints": (
        Distance((0, 1), 1.6), Angle((2, 3, 4), 100.0, weight=2.0), Wall(Sphere((166.0, 0.0, 0.0), 250.0)),
        Shape((3.0, 1.0, 1.0)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("with_scaffold", [False, True])
@pytest.mark.parametrize("name", ["direct", "adaptive-heun"])
def test_a_steered_run_can_be_made_again_and_meets_its_constraints(field, name, with_scaffold):
    scaffold = {"scaffold": SCAFFOLD, "locked": (3,)} if with_scaffold else {}
    request = GenerationRequest("C2H5NO", 2, SAMPLERS[name].mode, name, nfe=4, seed=1, **scaffold, **STEERED)
    first = finished(generate(field, request))
    again, *_ = repeat_request(first[1])
    assert again.prior == request.prior
    assert again.constraints == request.constraints
    for one, other in zip(first, finished(generate(field, again)), strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
        assert np.linalg.norm(one.positions[0] - one.positions[1]) == pytest.approx(1.6, abs=1e-3)
    properties = first[0].properties
    assert properties["GPFF_prior"] == "shaped"
    length, angle = properties["GPFF_deviation"].split(", ")
    assert float(length.removesuffix(" Å")) <= 1e-3
    assert float(angle.removesuffix("°")) > 0.1, "an angle that is only pulled at is told as well"
    assert properties["GPFF_constraints"].startswith("distance 1-2 = 1.6 Å; angle 3-4-5 = 100°; wall (sphere)")


def test_diffusion_begins_at_the_width_of_the_prior(field):
    request = GenerationRequest("C2H5NO", mode="diffusion", nfe=3, prior=InRegion(Box((0, 0, 0), (12, 12, 12))))
    provenance = generate(field, request).provenance
    assert provenance["request"]["settings"]["sigma_max"] == pytest.approx(12 / 12**0.5)
    chosen = generate(field, replace(request, start_width=5.0)).provenance
    assert chosen["request"]["settings"]["sigma_max"] == 5.0


def test_a_rigid_group_takes_its_shape_from_the_structure_it_starts_from(field):
    water = Structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    prior = Mixture((((0, 1, 2), FromStructure.of(water, 0.3)),), Isotropic(1.5))
    request = GenerationRequest("CH6O", nfe=3, prior=prior, constraints=(RigidGroup((0, 1, 2)),))
    (made,) = finished(generate(field, request))
    np.testing.assert_array_equal(made.numbers[:3], water.numbers)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        apart = np.linalg.norm(water.positions[i] - water.positions[j])
        assert np.linalg.norm(made.positions[i] - made.positions[j]) == pytest.approx(apart, abs=1e-9)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"constraints": (Distance((0, 9), 1.0),)}, "there is no atom 10 among 9"),
        ({"constraints": (Distance((0, 1), 1.0), Distance((0, 1), 2.0))}, "contradicts"),
        ({"constraints": (RigidGroup((0, 1)),)}, "no known shape"),
        ({"constraints": ("distance",)}, "records of"),
        ({"constraints": (Wall(Sphere((0, 0, 0), 0.2)),)}, "too small for 9 atoms"),
        ({"prior": InRegion(Sphere((0, 0, 0), 0.2))}, "too small for 9 atoms"),
        ({"prior": NearAtom(0, 1.0)}, "cannot start around atom 1"),
        ({"prior": FromStructure.of(SCAFFOLD)}, "the two must agree"),
        (
            {"prior": FromStructure.of(SCAFFOLD), "formula": "CHNO", "mode": "diffusion", "start_width": 0.01},
            "last noise",
        ),
        ({"formula": "CHO", "scaffold": SCAFFOLD, "locked": (0, 1)}, "a single atom to place"),
    ],
)
def test_steering_that_cannot_be_is_refused_in_one_line(field, values, message):
    with pytest.raises(RequestError, match=message) as refused:
        generate(field, GenerationRequest(**{"formula": "C2H5NO", **values}))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("sampler", ["lbfgs", "damped"])
def test_relaxation_meets_constraints_in_every_structure(field, sampler):
    other = Structure([6, 1, 1, 1, 1, 7], np.random.default_rng(0).normal(size=(6, 3)))
    constraints = (Distance((2, 3), 1.3), RigidGroup((0, 1)))
    request = RelaxationRequest((SCAFFOLD, other), (1,), nfe=4, f_max=0.0, sampler=sampler, constraints=constraints)
    for before, after in zip((SCAFFOLD, other), finished(relax(field, request)), strict=True):
        np.testing.assert_array_equal(after.positions[1], before.positions[1])
        assert np.linalg.norm(after.positions[2] - after.positions[3]) == pytest.approx(1.3, abs=1e-3)
        apart = [np.linalg.norm(s.positions[0] - s.positions[1]) for s in (before, after)]
        assert apart[0] == pytest.approx(apart[1], abs=1e-6)
        record = json.loads(after.properties[RUN_KEY])
        assert [Constraint.from_dict(item) for item in record["constraint_records"]] == list(constraints)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"locked": (0, 1, 2)}, "a single atom is free"),
        ({"constraints": (Distance((0, 4), 1.0),)}, "there is no atom 5 among 4"),
        ({"locked": (0, 1), "constraints": (Distance((0, 1), 1.0),)}, "cannot be met .* unlock one of its atoms"),
    ],
)
def test_a_relaxation_whose_constraints_cannot_be_met_is_refused(field, values, message):
    with pytest.raises(RequestError, match=message):
        relax(field, RelaxationRequest((SCAFFOLD,), **values))


# Results


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_result_can_be_made_again_to_the_same_coordinates(field, name):
    request = GenerationRequest("C2H5NO", count=3, mode=SAMPLERS[name].mode, sampler=name, nfe=5, seed=11)
    first = finished(generate(field, request))
    again, model, sha256 = repeat_request(first[1])
    assert (model, sha256) == ("tiny", "ab" * 32)
    for one, other in zip(first, finished(generate(field, again)), strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
        assert one.properties == other.properties
    assert not np.array_equal(first[0].positions, first[1].positions)


def test_a_result_can_be_made_again_when_the_models_defaults_have_changed(field, tiny_field):
    """A card's defaults are scanned anew without its weights, and so its hash, changing."""
    first = finished(generate(field, GenerationRequest("CH4", nfe=6)))[0]
    rescanned = tiny_field(
        sha256="ab" * 32,
        defaults={
            "automatic": {"relaxation": "damped"},
            "samplers": {"direct": [{"nfe": 6, "start_width": 9.0, "noise": 1.0, "step": 0.5, "noise_end": 0.2}]},
        },
    )
    again = finished(generate(rescanned, repeat_request(first)[0]))[0]
    np.testing.assert_array_equal(again.positions, first.positions)


def test_around_locked_atoms_the_settings_are_those_that_suit_scaffolds(tiny_field):
    plain = [{"nfe": 6, "start_width": 9.0, "noise": 1.0}]
    around = [{"nfe": 6, "start_width": 2.0, "noise": 0.5}, {"nfe": 60, "start_width": 3.0, "noise": 0.7}]
    field = tiny_field(defaults={"samplers": {"direct": plain, "damped": plain}, "scaffold": {"direct": around}})
    whole = GenerationRequest("C2H5NO", nfe=6)
    scaffold = replace(whole, scaffold=SCAFFOLD, locked=(0,))

    def used(request):
        provenance = generate(field, request).provenance
        return provenance["start_width"], provenance.get("noise")

    assert used(whole) == (9.0, 1.0)
    assert used(scaffold) == (2.0, 0.5)
    assert used(replace(scaffold, nfe=50)) == (3.0, 0.7)
    assert used(replace(scaffold, noise=0.1)) == (2.0, 0.1)
    assert used(replace(scaffold, sampler="damped"))[0] == 9.0, "what was not scanned around scaffolds is as usual"


def test_candidates_do_not_depend_on_how_many_are_asked_for(field):
    few, many = (finished(generate(field, GenerationRequest("CH4O", count=n, nfe=4, seed=2))) for n in (1, 3))
    np.testing.assert_allclose(few[0].positions, many[0].positions, atol=1e-5)


def test_other_seeds_give_other_candidates(field):
    one, other = (finished(generate(field, GenerationRequest("CH4O", nfe=4, seed=s)))[0] for s in (1, 2))
    assert np.abs(one.positions - other.positions).max() > 0.1


def test_a_result_explains_itself(field):
    request = GenerationRequest("C2H5NO", 2, nfe=7, seed=3, start_width=1.2, noise=0.3, scaffold=SCAFFOLD, locked=(0,))
    results = finished(generate(field, request))
    assert [s.title for s in results] == ["C2H5NO 1", "C2H5NO 2"]
    properties = dict(results[1].properties)
    record = json.loads(properties.pop(RUN_KEY))
    assert float(properties.pop("GPFF_sigma")) >= 0
    assert properties == {
        "GPFF_model": "tiny",
        "GPFF_model_sha256": "ab" * 32,
        "GPFF_sampler": "direct",
        "GPFF_seed": "3",
        "GPFF_start_width": "1.2",
        "GPFF_noise": "0.3",
        "GPFF_n_locked": "1",
        "GPFF_candidate": "2",
        "GPFF_nfe": "7",
    }
    assert record["request"]["nfe"] == 7
    assert "\n" not in results[0].properties[RUN_KEY]


def test_noise_is_recorded_for_samplers_that_read_it_alone(field):
    request = GenerationRequest("CH4", mode="diffusion", sampler="heun", nfe=3, noise=0.3)
    assert "GPFF_noise" not in finished(generate(field, request))[0].properties


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_scaffolds_locked_atoms_stay_exactly_where_they_are(field, name):
    request = GenerationRequest(
        "C2H4NO", count=2, mode=SAMPLERS[name].mode, sampler=name, nfe=4, scaffold=SCAFFOLD, locked=(3, 0)
    )
    job = generate(field, request)
    for step in job.steps:
        for structure in job.structures(step):
            np.testing.assert_array_equal(structure.numbers[:2], [6, 7])
            np.testing.assert_array_equal(structure.positions[:2], SCAFFOLD.positions[[0, 3]])
            assert structure.formula == "C2H4NO"
            assert structure.properties["GPFF_n_locked"] == "2"


def test_nothing_is_computed_before_the_first_step_is_drawn(field, counting):
    counted = counting(field)
    counted.check = field.check
    job = generate(counted, GenerationRequest("CH4", count=2, nfe=3))
    assert len(job) == 2
    assert counted.calls == 0
    next(job.steps)
    assert counted.calls == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no generated structure"),
        ("{", "record of the run is damaged"),
        ("[]", "record of the run is damaged"),
        ('{"model": "m", "model_sha256": ""}', "no generated structure"),
        ('{"request": "text", "model": "m", "model_sha256": ""}', "record of the run is damaged"),
        ('{"request": {"surprise": 1}, "model": "m", "model_sha256": ""}', "record of the run is damaged"),
        ('{"request": {"formula": "CH4", "nfe": "x"}, "model": "m", "model_sha256": ""}', "damaged"),
        ('{"request": {"formula": "CH4", "count": 0}, "model": "m", "model_sha256": ""}', "count must be"),
    ],
)
def test_a_record_that_cannot_be_repeated_is_refused_in_one_line(text, message):
    structure = SCAFFOLD if text is None else SCAFFOLD.with_properties(**{RUN_KEY: text})
    with pytest.raises(RequestError, match=message) as refused:
        repeat_request(structure)
    assert "\n" not in str(refused.value)


# Relaxation


@pytest.mark.parametrize("sampler", ["lbfgs", "damped"])
def test_relaxation_keeps_what_a_structure_says_of_itself(field, sampler):
    rough = Structure(
        SCAFFOLD.numbers, SCAFFOLD.positions / 1e2, bonds=[[0, 1, 1]], title="mine",
        properties={"colour": "red", "GPFF_seed": "5", "GPFF_start_width": "1.5"},
    )  # fmt: skip
    request = RelaxationRequest((rough,), locked=(1,), nfe=3, f_max=0.0, sampler=sampler)
    (relaxed,) = finished(relax(field, request))
    assert relaxed.title == "mine"
    np.testing.assert_array_equal(relaxed.bonds, rough.bonds)
    np.testing.assert_array_equal(relaxed.positions[1], rough.positions[1])
    assert not np.array_equal(relaxed.positions[0], rough.positions[0])
    assert relaxed.properties["colour"] == "red"
    assert relaxed.properties["GPFF_sampler"] == sampler
    assert relaxed.properties["GPFF_nfe"] == "3"
    assert "GPFF_seed" not in relaxed.properties  # that of an earlier run
    assert "GPFF_start_width" not in relaxed.properties


def test_a_relaxed_structure_is_not_taken_for_a_generated_one(field):
    generated = finished(generate(field, GenerationRequest("CH4", nfe=2)))[0]
    (relaxed,) = finished(relax(field, RelaxationRequest((generated,), nfe=2)))
    with pytest.raises(RequestError, match="no generated structure"):
        repeat_request(relaxed)


def test_relaxation_on_the_exact_field_ends_at_home(home_field):
    far = SCAFFOLD.with_positions(SCAFFOLD.positions + np.random.default_rng(0).normal(size=(4, 3)) * 0.2)
    shifted = far.with_positions(far.positions - far.centre + SCAFFOLD.centre)
    (relaxed,) = finished(relax(home_field([SCAFFOLD]), RelaxationRequest((shifted,), f_max=1e-6)))
    np.testing.assert_allclose(relaxed.positions, SCAFFOLD.positions, atol=1e-6)
    assert int(relaxed.properties["GPFF_nfe"]) < 10


# Defaults


def test_defaults_are_those_of_the_nearest_scanned_budget(tiny_card):
    rows = [
        {"nfe": 6, "start_width": 1.5, "noise": 0.0, "step": 0.9, "valid": 0.4},
        {"nfe": 60, "start_width": 2.5, "noise": 0.8},
    ]
    card = tiny_card(defaults={"samplers": {"direct": rows, "heun": [{"nfe": 20, "start_width": 8.0, "rho": 3.0}]}})
    for nfe, row in ((1, 0), (6, 0), (18, 0), (20, 1), (60, 1), (5000, 1)):  # nearest in ratio: the border is 19
        defaults = defaults_for(card, "direct", nfe)
        assert defaults.start_width == rows[row]["start_width"]
        assert defaults.settings.noise == rows[row]["noise"]
    assert defaults_for(card, "direct", 6).settings.step == 0.9
    assert defaults_for(card, "heun", 7).settings == SamplerSettings(sigma_max=8.0, rho=3.0)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("nfe", [1, 6, 256])
def test_a_card_without_a_scan_has_defaults_too(tiny_card, name, nfe):
    defaults = defaults_for(tiny_card(), name, nfe)
    assert defaults.start_width > 0
    if SAMPLERS[name].mode == "diffusion":
        assert defaults.settings.sigma_max == defaults.start_width


def test_a_request_overrules_the_defaults(tiny_field):
    rows = [{"nfe": 6, "start_width": 1.5, "noise": 0.7}]
    field = tiny_field(defaults={"automatic": {"relaxation": "direct"}, "samplers": {"direct": rows}})
    told = generate(field, GenerationRequest("CH4", nfe=6, start_width=3.0, noise=0.1)).provenance
    assert (told["start_width"], told["noise"]) == (3.0, 0.1)
    chosen = generate(field, GenerationRequest("CH4", nfe=6)).provenance
    assert (chosen["start_width"], chosen["noise"]) == (1.5, 0.7)


def test_diffusion_starts_at_the_top_of_its_ladder(field):
    job = generate(field, GenerationRequest("C4H4O2", count=40, mode="diffusion", nfe=3, start_width=6.0))
    assert float(job.start.positions.std()) == pytest.approx(6.0, rel=0.1)
    assert job.provenance["request"]["settings"]["sigma_max"] == 6.0
    assert torch.isfinite(next(job.steps).positions).all()


# Changes by hand


def test_a_candidate_changed_by_hand_says_so_and_is_not_repeated(field):
    job = generate(field, GenerationRequest("C2H5NO", 2, nfe=4, seed=1))
    next(job.steps)
    job.intervene(Intervention(1, held={2: (0.5, 0.25, -1.0)}, retyped={0: 8}))
    *_, last = job.steps
    untouched, changed = job.structures(last)
    np.testing.assert_array_equal(changed.positions[2], [0.5, 0.25, -1.0])
    assert changed.numbers[0] == 8
    assert changed.title.startswith(changed.formula)
    assert changed.properties["GPFF_edited"] == "1 change by hand"
    assert "GPFF_edited" not in untouched.properties
    with pytest.raises(RequestError, match=r"changed by hand while it was generated; such a run cannot be repeated$"):
        repeat_request(changed)
    repeat_request(untouched)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Intervention(2, held={0: None}), "there is no candidate 3; the run has 2"),
        (Intervention(0, held={99: None}), "there is no atom 100; the molecule has 9"),
        (Intervention(0, retyped={0: 79}), "does not know Au; choose another element"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_the_run_goes_on(field, change, words):
    job = generate(field, GenerationRequest("C2H5NO", 2, nfe=4, seed=1))
    with pytest.raises(RequestError, match=words):
        job.intervene(change)
    assert "GPFF_edited" not in finished(job)[0].properties
