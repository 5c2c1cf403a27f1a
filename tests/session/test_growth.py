"""Growing on a scaffold: compositions with odds, conformers to start from, and whether the scaffold survived."""

import math

import numpy as np
import pytest

from gpff_desktop import elements
from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.session.growth import conformer_prior, growth_odds, growth_requests
from gpff_desktop.session.requests import RequestError
from gpff_desktop.session.scaffold import scaffold_kept
from gpff_desktop.structure import Structure

COMPOSITIONS = ("C7H8O", "C2H6", "C7H7NO2", "C8H10", "C6H6", "C6H7N", "C12H22")
TOLUENE = from_smiles("Cc1ccccc1")
RING = tuple(range(1, 7))


@pytest.fixture
def card(tiny_card):
    return tiny_card(compositions=COMPOSITIONS)


def kept(scaffold, atoms):
    return Structure(scaffold.numbers[list(atoms)], scaffold.positions[list(atoms)])


def test_compositions_hold_the_scaffold_and_a_few_heavy_atoms_more(card):
    odds = growth_odds(card, kept(TOLUENE, RING), up_to_heavy=2)
    assert list(odds) == ["C7H8O", "C8H10", "C6H7N"]
    assert sum(odds.values()) == pytest.approx(1)
    assert odds["C7H8O"] / odds["C8H10"] == pytest.approx(4)


def test_counts_of_the_card_take_the_place_of_its_order(tiny_card):
    card = tiny_card(compositions=COMPOSITIONS, data={"composition_counts": {"C6H7N": 30, "C7H8O": 10, "C9H9": 0}})
    assert growth_odds(card, kept(TOLUENE, RING)) == pytest.approx({"C6H7N": 0.75, "C7H8O": 0.25})


def test_requests_keep_the_scaffold_and_place_the_rest(card):
    suggestions = growth_requests(card, TOLUENE, RING, up_to_heavy=3, n=2, seed=3, count=4, nfe=5)
    assert len({item.request.formula for item in suggestions}) == 2
    for item in suggestions:
        assert (item.request.count, item.request.nfe, item.request.seed) == (4, 5, 3)
        assert item.request.kept().formula == "C6"
        assert elements.formula(np.concatenate([[6] * 6, item.request.added()])) == item.request.formula
        assert elements.formula(item.request.added()) == item.added
    assert [item.odds for item in suggestions] == sorted((item.odds for item in suggestions), reverse=True)


def test_compositions_are_drawn_by_their_odds(card):
    first = [growth_requests(card, TOLUENE, RING, 2, n=1, seed=seed)[0].request.formula for seed in range(300)]
    odds = growth_odds(card, kept(TOLUENE, RING), 2)
    for formula, chance in odds.items():
        assert first.count(formula) / 300 == pytest.approx(chance, abs=4 * math.sqrt(chance / 300))


def test_the_model_that_comes_with_the_program_has_suggestions_for_a_ring():
    from gpff_desktop.engine.checkpoint import load_card
    from gpff_desktop.session.models import find_model

    suggestions = growth_requests(load_card(find_model("qm9")), TOLUENE, RING, n=5)
    assert len(suggestions) == 5


def test_where_nothing_fits_one_line_says_what_to_do(card):
    with pytest.raises(
        RequestError, match=r"knows no composition that adds up to 4 heavy atoms to C12; name a formula"
    ):
        growth_odds(card, Structure([6] * 12, np.arange(36).reshape(12, 3)))
    with pytest.raises(RequestError, match="at least one heavy atom"):
        growth_odds(card, kept(TOLUENE, RING), up_to_heavy=0)


def test_a_conformer_starts_where_it_is_asked_to():
    prior = conformer_prior("CCO", 0.2, (5.0, 0.0, 0.0))
    np.testing.assert_allclose(np.mean(prior.positions, axis=0), [5.0, 0.0, 0.0], atol=1e-9)
    assert elements.formula(prior.numbers) == "C2H6O"
    with pytest.raises(ValueError, match="SMILES"):
        conformer_prior("((")


# Whether the scaffold survived


def grown(structure, locked):
    """A result: the locked atoms first."""
    order = [*locked, *(k for k in range(len(structure)) if k not in locked)]
    return Structure(structure.numbers[order], structure.positions[order])


def test_a_scaffold_that_is_still_there_is_kept():
    assert scaffold_kept(grown(TOLUENE, RING), TOLUENE, RING) == ""


def test_a_bond_that_was_lost_or_made_is_named():
    positions = TOLUENE.positions.copy()
    positions[0] += 10 * (positions[0] - positions[1])
    torn = TOLUENE.with_positions(positions).with_bonds(None)
    assert scaffold_kept(torn, TOLUENE, range(7)) == "a bond was lost between atoms 1 and 2 of the scaffold"
    apart = TOLUENE.with_bonds(np.array([bond for bond in TOLUENE.bonds if set(bond[:2]) != {0, 1}]))
    assert scaffold_kept(TOLUENE, apart, range(7)) == "a bond was made between atoms 1 and 2 of the scaffold"


def test_stereo_that_was_lost_is_named():
    chiral = from_smiles("C[C@H](F)O")
    locked = tuple(range(4))
    assert scaffold_kept(grown(chiral, locked), chiral, locked) == ""
    numbers, positions = chiral.numbers, chiral.positions.copy()
    hydrogen = next(int(b) if a == 1 else int(a) for a, b, _ in chiral.bonds if 1 in (a, b) and 1 in numbers[[a, b]])
    positions[hydrogen] += 20
    assert "stereocentre at atom 2" in scaffold_kept(Structure(numbers, positions), chiral, locked)
    olefin = from_smiles("C/C=C/C")
    locked = tuple(range(4))
    assert scaffold_kept(grown(olefin, locked), olefin, locked) == ""
    butane = from_smiles("CCCC")
    assert "double bond between atoms 2 and 3" in scaffold_kept(grown(butane, locked), olefin, locked)


def test_an_aromatic_ring_that_was_lost_is_named():
    dienone = from_smiles("CC1=CCC=CC1=O")
    lost = "the aromatic ring of atoms 1, 2, 3, 4, 5, 6 of the scaffold was lost"
    assert scaffold_kept(grown(dienone, RING), TOLUENE, RING) == lost
    assert scaffold_kept(grown(dienone, RING), dienone, RING) == ""
    assert scaffold_kept(grown(dienone, RING), TOLUENE, RING[:5]) == "", "what is not held may become another ring"
