"""Exact constraints are met, locked atoms and rigid groups stay what they are, restraints never overshoot."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit.Chem import rdMolTransforms

from gpff_desktop.chemistry.molecules import bare_mol
from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.constraints import Locks
from gpff_desktop.engine.steering import (
    Angle,
    Box,
    Distance,
    Ellipsoid,
    Plane,
    Position,
    RigidGroup,
    Shape,
    Sphere,
    Steering,
    SteeringError,
    Torsion,
    Wall,
    check_constraints,
    check_room,
)
from gpff_desktop.engine.steering.bodies import Bodies
from gpff_desktop.engine.steering.projection import TOLERANCE, Projector
from gpff_desktop.engine.steering.rows import deviations, row_count
from gpff_desktop.structure import Structure

N = 8
few = settings(max_examples=4, deadline=None)
SETS = {
    "distance": [Distance((0, 1), 1.5)],
    "angle": [Angle((0, 1, 2), 109.5)],
    "straight": [Angle((0, 1, 2), 180.0), Distance((0, 1), 1.2), Distance((1, 2), 1.2)],
    "torsion": [Torsion((0, 1, 2, 3), -60.0)],
    "plane": [Plane((1, 2, 3, 4, 5))],
    "position": [Position((2,), (4.0, -1.0, 2.0)), Position((5,), (4.0, 1.0, 2.0))],
    "chain": [Distance((0, 1), 1.5), Distance((1, 2), 1.4), Angle((0, 1, 2), 115.0), Torsion((0, 1, 2, 3), 180.0)],
    "redundant": [Plane((0, 1, 2, 3)), Torsion((0, 1, 2, 3), 180.0), Distance((4, 5), 1.0)],
}
GROUP = (3, 4, 5, 6)
WALLS = [Wall(Sphere((0.0, 0.0, 0.0), 4.0)), Wall(Box((0.5, 0.0, 0.0), (6.0, 6.0, 6.0)), (0, 1, 7))]

each_set = pytest.mark.parametrize("constraints", SETS.values(), ids=SETS)
seeds = st.integers(0, 10**6)
widths = st.sampled_from([0.05, 1.0, 10.0])


def conformers(seed, width=1.0, count=4, n=N):
    return width * torch.randn(count, n, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def projector(constraints=(), groups=(), locked=(), walls=(), seed=0, n=N):
    chosen = torch.zeros(n, dtype=torch.bool)
    chosen[list(locked)] = True
    shape = conformers(seed + 1, 1.5, count=1, n=n).expand(4, -1, -1)
    return Projector(constraints, walls, Bodies(groups, shape, chosen)), shape


def steering(constraints, positions, locked=()):
    """Constraints on conformers `[m, n, 3]`."""
    m, n, _ = positions.shape
    batch = Batch(torch.full((m * n,), 6), positions.flatten(0, 1), torch.full((m,), n))
    return Steering(constraints, batch, Locks.of_atoms(batch, [locked] * m)), batch


# Deviations


@few
@given(seed=seeds)
def test_gradients_are_those_of_the_deviations(seed):
    constraints = [constraint for chosen in SETS.values() for constraint in chosen]
    x = conformers(seed, 1.5, count=2)
    numeric = torch.autograd.functional.jacobian(lambda y: deviations(constraints, y)[0].sum(0), x).permute(1, 0, 2, 3)
    found, gradients = deviations(constraints, x)
    assert found.shape == (2, sum(map(row_count, constraints)))
    torch.testing.assert_close(gradients, numeric, rtol=1e-5, atol=1e-6)


@few
@given(seed=seeds)
def test_angles_and_torsions_are_those_of_rdkit(seed):
    x = conformers(seed, 1.5, count=1)
    mol = bare_mol(Structure([6] * N, x[0].numpy()))
    angle = rdMolTransforms.GetAngleDeg(mol.GetConformer(), 0, 1, 2)
    torsion = rdMolTransforms.GetDihedralDeg(mol.GetConformer(), 0, 1, 2, 3)
    found, _ = deviations([Angle((0, 1, 2), angle), Torsion((0, 1, 2, 3), torsion)], x)
    assert float(found.abs().max()) < 1e-7


def test_deviations_stay_finite_where_atoms_meet_or_lie_on_a_line():
    constraints = [constraint for chosen in SETS.values() for constraint in chosen]
    line = torch.arange(N, dtype=torch.float64)[:, None] * torch.tensor([1.0, 0.0, 0.0])
    found, gradients = deviations(constraints, torch.stack([torch.zeros(N, 3, dtype=torch.float64), line]))
    assert torch.isfinite(found).all()
    assert torch.isfinite(gradients).all()


# Projection


@each_set
@few
@given(seed=seeds, width=widths, locked=st.sampled_from([(), (7,), (6, 7)]))
def test_constraints_are_met_from_anywhere(constraints, seed, width, locked):
    moving, shape = projector(constraints, locked=locked, seed=seed)
    end = moving.project(conformers(seed, width))
    assert float(moving.worst(end).max()) <= TOLERANCE
    assert torch.equal(end[:, list(locked)], shape[:, list(locked)])


@each_set
@few
@given(seed=seeds)
def test_what_meets_the_constraints_already_stays(constraints, seed):
    moving, _ = projector(constraints)
    end = moving.project(conformers(seed))
    torch.testing.assert_close(moving.project(end), end, rtol=0, atol=1e-12)


@each_set
def test_a_conformer_is_moved_no_matter_what_is_beside_it(constraints):
    moving, _ = projector(constraints)
    x = conformers(3, 2.0)
    alone = torch.cat([Projector(constraints, (), Bodies((), x[:1], moving.bodies.locked)).project(c[None]) for c in x])
    torch.testing.assert_close(moving.project(x), alone, rtol=0, atol=1e-9)


@few
@given(seed=seeds)
def test_a_turned_conformer_is_moved_alike(seed):
    constraints = [*SETS["chain"], *SETS["plane"]]
    moving, _ = projector(constraints)
    x = conformers(seed, 1.5)
    turn = torch.linalg.qr(conformers(seed + 1, n=3, count=1)[0])[0]
    torch.testing.assert_close(moving._solve(x @ turn.T), moving._solve(x) @ turn.T, rtol=0, atol=1e-4)


@few
@given(seed=seeds)
def test_a_distance_is_set_by_moving_both_atoms_alike_and_nothing_else(seed):
    x = conformers(seed)
    end = projector(SETS["distance"])[0].project(x)
    torch.testing.assert_close(end[:, 0] - x[:, 0], x[:, 1] - end[:, 1])
    assert torch.equal(end[:, 2:], x[:, 2:])


@few
@given(seed=seeds, width=widths, locked=st.sampled_from([(), (3,), (3, 4), (3, 4, 6), (0,)]))
def test_a_rigid_group_keeps_its_shape(seed, width, locked):
    moving, shape = projector([Distance((5, 7), 3.0)], [GROUP], locked, seed=seed)
    end = moving.project(conformers(seed, width))
    group = list(GROUP)
    torch.testing.assert_close(torch.cdist(end[:, group], end[:, group]), torch.cdist(shape[:, group], shape[:, group]))
    sign = [torch.linalg.det(x[:, group[1:]] - x[:, group[:1]]).sign() for x in (end, shape)]
    assert torch.equal(*sign)
    assert torch.equal(end[:, list(locked)], shape[:, list(locked)])
    assert float(moving.worst(end).max()) <= TOLERANCE


@few
@given(seed=seeds, width=widths)
def test_no_atom_is_left_beyond_a_wall(seed, width):
    walls = [*WALLS, Wall(Ellipsoid((0.0, 0.0, 0.0), (4.0, 3.0, 5.0)), (2, 3))]
    moving, _ = projector(SETS["chain"], walls=walls)
    assert float(moving.worst(moving.project(conformers(seed, width))).max()) <= TOLERANCE


@few
@given(seed=seeds)
def test_walls_leave_atoms_inside_alone(seed):
    x = conformers(seed, 0.3)
    assert torch.equal(projector(walls=WALLS)[0].project(x), x)


def test_a_whole_molecule_goes_to_its_points_rather_than_one_atom():
    moving, _ = projector([Position((2,), (10.0, 0.0, 0.0))])
    x = conformers(0)
    end = moving.project(x)
    torch.testing.assert_close(torch.cdist(end, end), torch.cdist(x, x))


def test_what_is_no_number_stays_and_spoils_no_other():
    moving, _ = projector(SETS["chain"])
    x = conformers(0)
    expected = moving.project(x)
    x[1, 3, 0] = math.nan
    end = moving.project(x)
    torch.testing.assert_close(end[[0, 2, 3]], expected[[0, 2, 3]])
    assert torch.equal(end[1].isnan(), x[1].isnan())


# Restraints


@each_set
@few
@given(seed=seeds, weight=st.sampled_from([1e-3, 1.0, 1e3, 1e9]))
def test_a_restraint_pulls_towards_its_value_and_never_beyond(constraints, seed, weight):
    soft = [type(c)(**{**vars(c), "weight": weight}) for c in constraints]
    moving, _ = projector(soft)
    x = conformers(seed, 1.5)
    before, gradients = deviations(soft, x)
    change = (gradients * (moving.pull(x) - x)[:, None]).sum((-1, -2))
    after = before + change
    assert (after.square().sum(-1) <= before.square().sum(-1) * (1 + 1e-9)).all()
    if len(soft) == 1 and row_count(soft[0]) == 1:
        assert (after * before >= -1e-9).all()


@few
@given(seed=seeds)
def test_a_weak_restraint_is_a_force_and_a_strong_one_a_constraint(seed):
    x = conformers(seed, 1.5)
    deviation, gradients = deviations(SETS["distance"], x)
    weak = projector([Distance((0, 1), 1.5, weight=1e-6)])[0].pull(x)
    torch.testing.assert_close(weak - x, -1e-6 * deviation[..., None] * gradients[:, 0], rtol=1e-4, atol=1e-12)
    strong = projector([Distance((0, 1), 1.5, weight=1e9)])[0].pull(x)
    torch.testing.assert_close(strong, projector(SETS["distance"])[0].project(x), rtol=0, atol=1e-6)


# Shape


@few
@given(seed=seeds, ratio=st.permutations([4.0, 2.0, 1.0]))
def test_a_cloud_takes_the_ratio_of_variances_and_keeps_their_sum(seed, ratio):
    x = conformers(seed, 1.5, n=20)
    held, batch = steering([Shape(tuple(ratio))], x)
    end = held.before(batch.positions, 0.0).view_as(x)
    variances = [
        torch.linalg.eigvalsh((y - y.mean(1, keepdim=True)).mT @ (y - y.mean(1, keepdim=True))) for y in (x, end)
    ]
    torch.testing.assert_close(variances[1].sum(-1), variances[0].sum(-1))
    torch.testing.assert_close(
        variances[1] / variances[1][:, :1], torch.tensor([[1.0, 2.0, 4.0]]).double().expand(4, 3)
    )
    torch.testing.assert_close(end.mean(1), x.mean(1))


def test_a_shape_is_let_go_in_the_end_and_locked_atoms_stay():
    x = conformers(0, n=20)
    held, batch = steering([Shape((8.0, 1.0, 1.0), until=0.5)], x, locked=(3, 4))
    early = held.before(batch.positions, 0.49).view_as(x)
    assert torch.equal(early[:, [3, 4]], x[:, [3, 4]])
    assert not torch.equal(early[:, 5:], x[:, 5:])
    assert torch.equal(held.before(batch.positions, 0.5), batch.positions)


# Contradictions


METHANE = np.array([6, 1, 1, 1, 1])
PLACES = np.array([[0.0, 0, 0], [1.09, 0, 0], [-0.36, 1.03, 0], [-0.36, -0.51, 0.89], [-0.36, -0.51, -0.89]])


@pytest.mark.parametrize(
    ("constraints", "locked", "message"),
    [
        ([Distance((0, 5), 1.0)], (), r"distance 1-6 = 1 Å: there is no atom 6 among 5"),
        ([Distance((0, -1), 1.0)], (), r"there is no atom 0 among 5"),
        ([Distance((0, 1), 1.0), Distance((1, 0), 1.5)], (), r"distance 1-2 = 1 Å contradicts distance 2-1 = 1.5 Å"),
        ([Distance((0, 1), 1.0), Distance((0, 1), 1.0)], (), r"distance 1-2 = 1 Å is given twice"),
        ([Plane((0, 1, 2, 3)), Plane((3, 2, 1, 0))], (), r"contradicts|given twice"),
        ([Shape((1.0, 1.0, 2.0)), Shape((1.0, 1.0, 3.0))], (), "one shape only"),
        ([Distance((0, 1), 2.0)], (0, 1), r"distance 1-2 = 2 Å cannot be met \(0.910 Å off\); unlock one"),
        ([Angle((1, 0, 2), 60.0)], (0, 1, 2), r"angle 2-1-3 = 60° cannot be met \(49.\d° off\); unlock"),
        ([Position((1,), (9.0, 9.0, 9.0))], (1,), r"position of 2 .* cannot be met .* unlock"),
        ([RigidGroup((0, 1)), RigidGroup((1, 2))], (), "atom 2 is in two rigid groups"),
        (
            [RigidGroup((0, 1, 2)), Distance((0, 1), 2.0)],
            (),
            r"rigid group 1-2-3 contradicts distance 1-2|cannot be met",
        ),
        ([Distance((0, 1), 1.0), Distance((1, 2), 1.0), Distance((0, 2), 3.0)], (), "contradict each other"),
        ([Position((0,), (0, 0, 0)), Position((1,), (5, 0, 0)), Distance((0, 1), 1.0)], (), "contradict"),
        ([Wall(Sphere((0, 0, 0), 0.1))], (), "sphere is too small for 5 atoms"),
        ([Wall(Sphere((20, 0, 0), 3.0))], (0,), "cannot be kept .* unlock atoms or move the wall"),
        ([Wall(Sphere((9, 0, 0), 3)), Wall(Sphere((0, 0, 0), 3))], (), r"wall \(sphere\) .* contradicts wall"),
        ([Wall(Sphere((0, 0, 0), 3)), Position((0,), (9.0, 0, 0))], (), r"wall .* contradicts position of 1"),
    ],
)
def test_contradictions_are_found_before_a_run_and_named(constraints, locked, message):
    with pytest.raises(SteeringError, match=message) as refused:
        check_constraints(constraints, METHANE, locked, range(5), PLACES)
    assert "\n" not in str(refused.value)


def test_a_rigid_group_needs_atoms_whose_places_are_known():
    with pytest.raises(SteeringError, match=r"rigid group 1-2 has no known shape: atom 2 starts anywhere"):
        check_constraints([RigidGroup((0, 1))], METHANE, known=(0,))


@pytest.mark.parametrize(
    "constraints",
    [
        [],
        [Distance((0, 1), 1.0), Distance((0, 1), 2.0, weight=1.0)],
        [RigidGroup((0, 1, 2)), Distance((0, 1), 1.09), Distance((0, 3), 1.2)],
        [Wall(Sphere((50, 0, 0), 2.5)), Wall(Box((51, 0, 0), (4, 4, 4)))],
        [Angle((1, 0, 2), 180.0), Angle((3, 0, 4), 180.0), Plane((0, 1, 2, 3, 4))],
        [Shape((4.0, 1.0, 1.0)), Position((0,), (1.0, 2.0, 3.0)), Wall(Sphere((0, 0, 0), 6.0))],
    ],
)
def test_constraints_that_can_hold_are_let_through(constraints):
    check_constraints(constraints, METHANE, (), range(5), PLACES)


def test_constraints_in_reach_of_locked_atoms_are_let_through():
    check_constraints([Distance((0, 2), 1.5), Angle((1, 0, 2), 90.0)], METHANE, (0, 1), range(5), PLACES)


@few
@given(st.integers(1, 60))
def test_room_for_more_atoms_is_more_room(n_atoms):
    def fits(count):
        try:
            check_room(Sphere((0, 0, 0), 2.0), np.full(count, 6))
        except SteeringError:
            return False
        return True

    assert fits(1)
    assert fits(n_atoms) >= fits(n_atoms + 1)
    assert not fits(30)


def test_molecules_of_one_size_may_lock_different_atoms():
    x = conformers(0, count=3)
    batch = Batch(torch.full((3 * N,), 6), x.flatten(0, 1), torch.tensor([N, N, N]))
    locks = Locks.of_atoms(batch, [[0], [1], [0]])
    steering = Steering(SETS["distance"], batch, locks)
    settled = steering.settle(batch.positions)
    assert not steering.unmet(settled)
    assert torch.equal(settled[locks.locked], batch.positions[locks.locked])
    assert not torch.equal(settled[[N, 1, 2 * N + 1]], batch.positions[[N, 1, 2 * N + 1]])
