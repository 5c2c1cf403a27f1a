"""Regions, constraints and priors as records: JSON both ways, and what cannot be is refused in one line."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gpff_desktop.engine.priors import Noise
from gpff_desktop.engine.steering import (
    Angle,
    Box,
    Constraint,
    Distance,
    Ellipsoid,
    FromStructure,
    InRegion,
    Isotropic,
    Mixture,
    NearAtom,
    NearPoint,
    Painted,
    Plane,
    Position,
    Prior,
    Region,
    RigidGroup,
    Shape,
    Shaped,
    Sphere,
    SteeringError,
    Surroundings,
    Torsion,
    Wall,
)
from gpff_desktop.engine.steering.regions import outside
from gpff_desktop.structure import Structure

few = settings(max_examples=4, deadline=None)
REGIONS = {
    "sphere": Sphere((1.0, -2.0, 3.0), 2.5),
    "box": Box((0.5, 0.0, -1.0), (2.0, 3.0, 7.0)),
    "ellipsoid": Ellipsoid((0.0, 1.0, 0.0), (1.0, 2.0, 4.0)),
    "painted": Painted(((0.0, 0.0, 0.0, 1.0), (1.0, 0.0, 0.0, 1.2), (6.0, 0.0, 0.0, 0.5))),
}
KEPT = Surroundings(np.array([[10.0, 0.0, 0.0], [12.0, 2.0, -4.0]]))
PIECE = Structure([8, 6, 1], [[0.0, 0.1, 5.0], [1.2, 0.0, 5.0], [1.8, 0.9, 5.5]])
PRIORS = {
    "isotropic": Isotropic(1.5),
    "shaped": Shaped(2.0, (8.0, 1.0, 1.0)),
    "around": NearAtom(1, 0.8),
    "point": NearPoint((10.0, 0.0, 2.0), 0.8),
    "structure": FromStructure.of(PIECE, 0.2),
    "mixture": Mixture((((0, 2), Isotropic(0.5)), ((1,), NearAtom(0, 0.1))), InRegion(REGIONS["box"])),
    **{name: InRegion(region) for name, region in REGIONS.items()},
}
CONSTRAINTS = (
    Distance((0, 1), 1.5),
    Distance((0, 1), 1.5, weight=3.0),
    Angle((0, 1, 2), 109.5),
    Torsion((0, 1, 2, 3), -60.0),
    Plane((0, 1, 2, 3, 4)),
    Position((2,), (0.0, 1.0, 2.0), weight=0.5),
    RigidGroup((0, 1, 2)),
    Wall(REGIONS["painted"]),
    Wall(REGIONS["box"], (1, 2)),
    Shape((4.0, 1.0, 1.0), until=0.5),
)

each_region = pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
each_prior = pytest.mark.parametrize("prior", PRIORS.values(), ids=PRIORS)
numbers = st.floats(-20, 20)
points = st.tuples(numbers, numbers, numbers)


# Records


@pytest.mark.parametrize("record", [*REGIONS.values(), *PRIORS.values(), *CONSTRAINTS], ids=repr)
def test_a_record_comes_back_from_json(record):
    family = next(f for f in (Region, Prior, Constraint) if isinstance(record, f))
    assert family.from_dict(json.loads(json.dumps(record.to_dict()))) == record


@pytest.mark.parametrize(
    ("family", "values", "message"),
    [
        (Prior, {}, "is no prior"),
        (Prior, {"kind": "magic"}, "is no prior"),
        (Prior, {"kind": "isotropic"}, "is no prior"),
        (Prior, {"kind": "isotropic", "sigma": 1.0, "surprise": 2}, "is no prior"),
        (Prior, {"kind": "distance", "atoms": [0, 1], "value": 1.0}, "a distance is no prior"),
        (Prior, {"kind": "isotropic", "sigma": -1.0}, "must be positive"),
        (Constraint, {"kind": "wall", "region": 5}, "a wall needs a region"),
        (Constraint, {"kind": "distance", "atoms": 5, "value": 1.0}, "is no constraint"),
    ],
)
def test_damaged_records_are_refused_in_one_line(family, values, message):
    with pytest.raises(SteeringError, match=message) as refused:
        family.from_dict(values)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Distance((0,), 1.5), "a distance needs 2 atoms, but 1 are named"),
        (lambda: Distance((3, 3), 1.5), "a distance names atom 4 twice"),
        (lambda: Distance((0, 1), 0.0), "a distance must be positive"),
        (lambda: Distance((0, 1), math.nan), "a distance must be positive"),
        (lambda: Distance((0, 1), 1.0, weight=0.0), "the weight of a distance must be positive"),
        (lambda: Angle((0, 1, 2), 181.0), "an angle must lie above 0°"),
        (lambda: Torsion((0, 1, 2, 3), math.inf), "a torsion must lie between"),
        (lambda: Plane((0, 1, 2)), "a plane needs at least 4 atoms"),
        (lambda: Position((0,), (0.0, math.nan, 0.0)), "a position needs three finite numbers"),
        (lambda: Position((0,), (0.0, 1.0)), "a position needs three finite numbers"),
        (lambda: RigidGroup((1,)), "a rigid group needs at least 2 atoms"),
        (lambda: Shape((1.0, 0.0, 1.0)), "must be positive"),
        (lambda: Shape((1.0, 1.0, 1.0), until=0.0), "a share of the evaluations"),
        (lambda: Sphere((0, 0, 0), -1.0), "the radius of a sphere must be positive"),
        (lambda: Box((0, 0, 0), (1, 0, 1)), "the edges of a box must be positive"),
        (lambda: Ellipsoid((0, 0), (1, 1, 1)), "the centre of an ellipsoid needs three"),
        (lambda: Painted(()), "at least one stroke"),
        (lambda: FromStructure((6,), ()), "one position for each of its atoms"),
        (lambda: FromStructure.of(PIECE, -0.1), "must not be negative"),
        (lambda: Mixture((((0, 1), Isotropic(1)), ((1,), Isotropic(2))), Isotropic(1)), "names atom 2 twice"),
        (lambda: Mixture((), PRIORS["mixture"]), "no mixtures themselves"),
    ],
)
def test_a_record_that_cannot_be_is_refused_in_one_line(make, message):
    with pytest.raises(SteeringError, match=message) as refused:
        make()
    assert "\n" not in str(refused.value)


# Regions


@each_region
def test_points_drawn_in_a_region_fill_it_evenly(region):
    drawn = region.draw(4000, torch.Generator().manual_seed(0))
    assert float(outside(region, drawn)[0].max()) < 1e-9
    np.testing.assert_allclose(drawn.mean(0), region.middle, atol=0.25)
    assert float(drawn.var(0).mean()) ** 0.5 == pytest.approx(region.spread, rel=0.1)


def test_where_strokes_of_the_brush_overlap_points_are_no_denser():
    pair = Painted(((0.0, 0.0, 0.0, 1.0), (0.5, 0.0, 0.0, 1.0)))
    drawn = pair.draw(20_000, torch.Generator().manual_seed(0))
    inside = [(drawn - torch.tensor([x, 0.0, 0.0])).norm(dim=-1) <= 1 for x in (0.0, 0.5)]
    overlap = (math.pi / 12) * (4 + 0.5) * (2 - 0.5) ** 2
    expected = overlap / (2 * 4 / 3 * math.pi - overlap)
    assert float((inside[0] & inside[1]).double().mean()) == pytest.approx(expected, abs=0.015)


@each_region
@few
@given(st.lists(points, min_size=1, max_size=8))
def test_the_nearest_point_of_a_region_is_in_it_and_nothing_of_it_is_nearer(region, scattered):
    x = torch.tensor(scattered, dtype=torch.float64)
    nearest = region.nearest(x)
    assert float(outside(region, nearest)[0].max()) < 1e-8
    some = region.draw(300, torch.Generator().manual_seed(0))
    assert (torch.cdist(x, some).amin(1) >= (x - nearest).norm(dim=-1) - 1e-8).all()
    assert torch.equal(region.nearest(some[:50]), some[:50]) or isinstance(region, Painted)


@each_region
@few
@given(margin=st.floats(0.1, 3))
def test_a_grown_region_holds_the_old_one_with_room_to_spare(region, margin):
    larger = region.grown(margin)
    assert larger.volume > region.volume
    away = torch.nn.functional.normalize(torch.randn(200, 3, generator=torch.Generator().manual_seed(1)), dim=-1)
    drawn = region.draw(200, torch.Generator().manual_seed(0)) + 0.99 * margin * away.double() / math.sqrt(3)
    assert float(outside(larger, drawn)[0].max()) < 1e-9


# Priors


@each_prior
def test_a_candidate_is_drawn_from_its_own_stream(prior):
    together = prior.draw(3, range(3), Noise([5, 6, 7]), KEPT)
    assert together.shape == (3, 3, 3)
    assert together.dtype == torch.float64
    alone = prior.draw(3, [0], Noise([6]), KEPT)
    torch.testing.assert_close(together[1:2], alone, rtol=0, atol=1e-12)
    assert not torch.equal(together[0], together[1])


@pytest.mark.parametrize("prior", [p for p in PRIORS.values() if not isinstance(p, (FromStructure, Mixture))], ids=str)
def test_a_prior_is_as_wide_as_it_says(prior):
    cloud = prior.draw(3000, [0], Noise([1]), KEPT)[0]
    assert float(cloud.var(0).mean()) ** 0.5 == pytest.approx(prior.width, rel=0.08)


def test_clouds_lie_about_what_is_kept_and_alone_about_the_origin():
    for prior in (Isotropic(1.0), Shaped(1.0, (1.0, 2.0, 3.0))):
        beside = prior.draw(2000, [0], Noise([1]), KEPT)[0]
        np.testing.assert_allclose(beside.mean(0), KEPT.centre, atol=0.15)
        alone = prior.draw(7, [0], Noise([1]), Surroundings())[0]
        assert float(alone.mean(0).abs().max()) < 1e-12
    near = NearAtom(1, 0.5).draw(2000, [0], Noise([1]), KEPT)[0]
    np.testing.assert_allclose(near.mean(0), KEPT.kept[1], atol=0.1)


def test_a_shaped_cloud_has_the_ratio_of_variances_asked_for():
    cloud = Shaped(2.0, (8.0, 2.0, 1.0)).draw(20_000, [0], Noise([3]), Surroundings())[0]
    variances = cloud.var(0)
    np.testing.assert_allclose(variances / variances[2], [8.0, 2.0, 1.0], rtol=0.06)


def test_a_structure_starts_where_it_is_but_for_its_noise():
    exact = FromStructure.of(PIECE).draw(3, range(2), Noise([0, 1]), Surroundings())
    np.testing.assert_array_equal(exact[1], PIECE.positions)
    noised = torch.cat([FromStructure.of(PIECE, 0.3).draw(3, range(400), Noise(range(400)), KEPT)])
    assert float((noised - exact[0]).std()) == pytest.approx(0.3, rel=0.05)


def test_a_structure_settles_the_order_of_the_atoms_and_must_fit_the_formula():
    np.testing.assert_array_equal(FromStructure.of(PIECE).composition(np.array([1, 6, 8])), [8, 6, 1])
    with pytest.raises(SteeringError, match=r"starting structure is CHO, but the atoms to place are CO2"):
        FromStructure.of(PIECE).composition(np.array([6, 8, 8]))


def test_a_mixture_places_each_atom_by_its_own_prior():
    mixture = Mixture((((4, 0, 2), FromStructure.of(PIECE)),), NearAtom(0, 0.01))
    np.testing.assert_array_equal(mixture.composition(np.array([6, 6, 7, 1, 8])), [6, 6, 1, 7, 8])
    drawn = mixture.draw(5, [0], Noise([0]), KEPT)[0].numpy()
    np.testing.assert_array_equal(drawn[[4, 0, 2]], PIECE.positions)
    np.testing.assert_allclose(drawn[[1, 3]], [KEPT.kept[0]] * 2, atol=0.1)
    assert mixture.known(5) == dict(zip((4, 0, 2), map(tuple, PIECE.positions.tolist()), strict=True))


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: NearAtom(2, 1.0).draw(3, [0], Noise([0]), KEPT), "cannot start around atom 3: only the 2 kept"),
        (lambda: PRIORS["mixture"].draw(2, [0], Noise([0]), KEPT), "the prior names atom 3 of the 2 to place"),
        (lambda: Mixture((((0,), FromStructure.of(PIECE)),), Isotropic(1)).composition(np.array([8, 6])), "not fit"),
    ],
)
def test_a_prior_that_does_not_fit_is_refused_in_one_line(draw, message):
    with pytest.raises(SteeringError, match=message):
        draw()
