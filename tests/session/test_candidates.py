"""Candidates: what is said about them, who repeats whom, and how far atoms moved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.session import judgement
from gpff_desktop.session.candidates import CandidateList, lock_drift, rmsd_to_start
from gpff_desktop.session.judgement import Judgement, judge_arrays, judge_structure
from gpff_desktop.session.trajectory import Trajectory
from gpff_desktop.structure import Structure

WATER = Structure([8, 1, 1], [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]])
TURN = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def said(smiles: str) -> Judgement:
    return Judgement(bool(smiles), smiles, "" if smiles else "2 separate pieces")


def filled(count: int) -> CandidateList:
    candidates = CandidateList()
    candidates.add([WATER] * count)
    return candidates


class Told:
    """Writes down every event of a list."""

    def __init__(self, candidates: CandidateList) -> None:
        self.events: list[tuple] = []
        candidates.added.connect(lambda keys: self.events.append(("added", keys)))
        candidates.updated.connect(lambda key: self.events.append(("updated", key)))
        candidates.removed.connect(lambda keys: self.events.append(("removed", keys)))


def test_a_valid_candidate_is_judged_with_smiles_bonds_picture_and_strain() -> None:
    ethanol = from_smiles("CCO")
    found = judge_arrays(ethanol.numbers, ethanol.positions)
    assert (found.valid, found.smiles, found.reason) == (True, "CCO", "")
    assert len(found.bonds) == 8
    assert found.picture.startswith(b"\x89PNG")
    assert found.strain == pytest.approx(0.0, abs=0.5)
    bent = judge_structure(ethanol.with_positions(ethanol.positions * 1.05))
    assert bent.strain is not None
    assert bent.strain > 1.0


def test_what_is_not_valid_has_a_reason_and_neither_picture_nor_strain() -> None:
    found = judge_structure(WATER.with_positions(WATER.positions * 4))
    assert not found.valid
    assert found.reason
    assert (found.smiles, found.picture, found.strain) == ("", b"", None)


def test_a_structure_too_large_to_minimise_has_no_strain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "LARGEST_STRAINED", 2)
    found = judge_structure(WATER)
    assert found.valid
    assert found.strain is None


def test_novelty_is_told_against_what_is_known_and_only_for_valid_molecules() -> None:
    assert said("CCO").against({"CCO"}).novel is False
    assert said("CCO").against({"CO"}).novel is True
    assert said("CCO").against(None).novel is None
    assert said("").against({"CO"}).novel is None


def test_every_change_is_told_once_it_can_be_read() -> None:
    candidates = CandidateList()
    told = Told(candidates)
    candidates.updated.connect(lambda key: candidates.duplicate_of(key))
    first, second = candidates.add([WATER, WATER], run="Run 1")
    candidates.set_judgement(first, said("O"))
    candidates.star(second)
    candidates.star(second)
    candidates.remove([first, 99])
    candidates.clear()
    candidates.clear()
    assert told.events == [
        ("added", (first, second)),
        ("updated", first),
        ("updated", second),
        ("removed", (first,)),
        ("removed", (second,)),
    ]


def test_bonds_of_the_judge_are_taken_where_the_candidate_had_none() -> None:
    candidates = CandidateList()
    own = np.array([[1, 2, 1]])
    bare, bonded = candidates.add([WATER, WATER.with_bonds(own)])
    judged = judge_structure(WATER)
    for key in (bare, bonded):
        candidates.set_judgement(key, judged)
    assert candidates[bare].structure.bonds.tolist() == judged.bonds.tolist() != []
    assert candidates[bonded].structure.bonds.tolist() == own.tolist()


def test_a_judgement_that_comes_too_late_is_dropped() -> None:
    candidates = filled(1)
    candidates.clear()
    candidates.set_judgement(1, said("O"))
    assert len(candidates) == 0


def test_keys_are_never_used_twice() -> None:
    candidates = filled(2)
    candidates.clear()
    assert candidates.add([WATER]) == [3]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["O", "CO", "", "remove"])), max_size=25))
def test_duplicates_are_those_of_the_first_valid_one_whatever_the_order_of_answers(acts: list[tuple[int, str]]) -> None:
    candidates = filled(6)
    shown = {key: candidates.duplicate_of(key) for key in range(1, 7)}
    candidates.updated.connect(lambda key: shown.__setitem__(key, candidates.duplicate_of(key)))
    for key, act in acts:
        if act == "remove":
            candidates.remove([key])
        else:
            candidates.set_judgement(key, said(act))
    seen: dict[str, int] = {}
    for candidate in candidates:
        smiles = candidate.judgement.smiles if candidate.judgement else ""
        first = seen.setdefault(smiles, candidate.key) if smiles else candidate.key
        assert candidates.duplicate_of(candidate.key) == (None if first == candidate.key else first)
        assert shown[candidate.key] == candidates.duplicate_of(candidate.key), "a change was not told"
    assert f"{len(seen)} unique" in candidates.summary() or not len(candidates)


def test_the_summary_counts_what_is_valid_unique_and_new() -> None:
    candidates = filled(4)
    for key, smiles in enumerate(("O", "O", "CO", ""), start=1):
        candidates.set_judgement(key, said(smiles).against({"CO"}))
    assert candidates.summary() == "4 candidates · 3 valid (75 %) · 2 unique · 1 new"
    assert filled(1).summary() == "1 candidate · 0 valid · 0 unique"
    assert CandidateList().summary() == "No candidates yet"


def test_noise_and_energy_are_read_from_what_the_run_noted() -> None:
    candidates = CandidateList()
    noted = WATER.with_properties(GPFF_sigma="0.0421", GPFF_energy="1.5")
    keys = candidates.add([noted, WATER, WATER.with_properties(GPFF_sigma="rubbish", GPFF_energy="nan")])
    assert [(candidates[k].sigma, candidates[k].energy) for k in keys] == [(0.0421, 1.5), (None, None), (None, None)]


def test_distance_from_the_start_ignores_turning_unless_atoms_are_locked() -> None:
    turned = WATER.with_positions(WATER.positions @ TURN + 3.0)
    assert rmsd_to_start(turned, WATER) == pytest.approx(0.0, abs=1e-6)
    assert rmsd_to_start(turned, WATER, frozenset({0})) == pytest.approx(
        np.sqrt(((turned.positions - WATER.positions) ** 2).sum(axis=1).mean())
    )
    assert rmsd_to_start(WATER, Structure([8], [[0, 0, 0]])) is None
    assert rmsd_to_start(Structure([], []), Structure([], [])) is None


def test_lock_drift_is_exactly_zero_for_atoms_that_stayed_and_else_the_largest_distance() -> None:
    moved = WATER.positions.copy()
    moved[1] += [0.3, 0.0, 0.4]
    moved[2] += [0.1, 0.0, 0.0]
    assert f"{lock_drift(WATER.with_positions(moved), WATER, frozenset({0})):.3f}" == "0.000"
    assert lock_drift(WATER.with_positions(moved), WATER, frozenset({0, 1, 2})) == pytest.approx(0.5)
    assert lock_drift(WATER, WATER, frozenset()) is None
    with pytest.raises(ValueError, match="not those of the candidate"):
        lock_drift(WATER, WATER, frozenset({3}))


def test_a_run_around_a_scaffold_has_a_drift_but_no_distance_from_the_start() -> None:
    scaffold = Structure(WATER.numbers[:2], WATER.positions[:2])
    candidates = CandidateList()
    trajectory = Trajectory.of_structures([WATER, WATER])
    (key,) = candidates.add([WATER], "Run 1", [trajectory], [scaffold], locked=[0, 1])
    found = candidates[key]
    assert (found.rmsd_to_start, found.lock_drift, found.run) == (None, 0.0, "Run 1")
    assert found.trajectory is trajectory


def test_lists_that_do_not_fit_together_are_refused_and_nothing_is_added() -> None:
    candidates = CandidateList()
    with pytest.raises(ValueError, match="zip"):
        candidates.add([WATER, WATER], starts=[WATER])
    assert not len(candidates)


def test_restored_candidates_keep_all_but_their_keys() -> None:
    first = filled(2)
    first.set_judgement(1, said("O"))
    first.set_judgement(2, said("O"))
    first.star(2)
    second = filled(1)
    keys = second.restore(first)
    assert keys == [2, 3]
    assert second[3].starred
    assert second.duplicate_of(3) == 2
