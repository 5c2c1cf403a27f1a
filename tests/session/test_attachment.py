"""Where a scaffold grows: what is given up, what stays, and where the new atoms start."""

import numpy as np
import pytest

from gpff_desktop.chemistry.building.smiles import from_smiles
from gpff_desktop.engine.priors import Noise
from gpff_desktop.engine.steering import NearPoint, Surroundings
from gpff_desktop.session.attachment import growth_site
from gpff_desktop.session.entry import EditError
from gpff_desktop.session.growth import growth_odds
from gpff_desktop.session.requests import GenerationRequest

BENZENE = from_smiles("c1ccccc1")


def test_selected_hydrogens_are_given_up_and_all_else_stays():
    site = growth_site(BENZENE, [7, 9])
    assert site.given_up == (7, 9)
    assert site.attachments == (1, 3)
    assert site.text == "C2, C4 give up H8, H10"
    assert site.scaffold.kept == (0, 1, 2, 3, 4, 5, 6, 8, 10, 11)
    assert site.scaffold.atoms.formula == "C6H4"


def test_a_heavy_atom_gives_up_one_of_its_hydrogens_that_is_not_locked():
    ethane = from_smiles("CC")
    first = growth_site(ethane, [0])
    assert first.attachments == (0,)
    (given,) = first.given_up
    (other,) = growth_site(ethane, [0], frozenset({given})).given_up
    assert other != given
    assert growth_site(ethane, [0, given]).given_up == (given,), "its hydrogen is chosen already"


@pytest.mark.parametrize(
    ("structure", "selected", "locked", "message"),
    [
        (BENZENE, [], (), "select an atom to grow from"),
        (from_smiles("FC(F)(F)F"), [1], (), "C2 has no hydrogen to give up"),
        (from_smiles("[H][H]"), [0], (), "H1 is bonded to no atom that could grow"),
        (BENZENE, [7], (7,), "H8 is locked; unlock it"),
        (BENZENE, [1], range(12), "H8 is locked; unlock it"),
    ],
)
def test_where_nothing_can_grow_one_line_says_what_to_do(structure, selected, locked, message):
    with pytest.raises(EditError, match=message):
        growth_site(structure, selected, frozenset(locked))


def test_a_formula_must_hold_the_scaffold_and_two_atoms_more():
    site = growth_site(BENZENE, [6])
    assert sorted(site.added("C7H8").tolist()) == [1, 1, 1, 6]
    with pytest.raises(EditError, match="C5H12 lacks atoms of the scaffold C6H5; add what is to grow to it"):
        site.added("C5H12")
    with pytest.raises(EditError, match="adds one atom to C6H5"):
        site.added("C6H6")
    with pytest.raises(ValueError, match="formula"):
        site.added("C6(")


def test_new_atoms_start_where_the_hydrogens_pointed():
    site = growth_site(BENZENE, [6, 7])
    n_added = 2000
    start = site.start(n_added, 0.5)
    kept = site.scaffold.atoms.positions
    points = start.draw(n_added, [0], Noise([0]), Surroundings(kept))[0].numpy()
    ways = [BENZENE.positions[h] - BENZENE.positions[c] for c, h in ((0, 6), (1, 7))]
    for share, carbon, way in zip((points[::2], points[1::2]), (0, 1), ways, strict=True):
        there = BENZENE.positions[carbon] + 2.0 * way / np.linalg.norm(way)
        np.testing.assert_allclose(share.mean(axis=0), there, atol=0.1)
        np.testing.assert_allclose(share.std(axis=0), 0.5, atol=0.05)
    alone = growth_site(BENZENE, [6]).start(4)
    assert isinstance(alone, NearPoint)
    request = GenerationRequest("C8H10", scaffold=BENZENE, locked=site.scaffold.kept, prior=site.start(8))
    assert len(request.added()) == 8


def test_only_what_can_be_bonded_to_the_open_valences_is_suggested(tiny_card):
    card = tiny_card(compositions=("C7H8", "C7H10", "C7H9", "C7H6", "C6H6O", "C6H8O"))
    kept = growth_site(BENZENE, [6]).scaffold.atoms
    assert list(growth_odds(card, kept, open_valences=1)) == ["C7H8", "C7H6", "C6H6O"]
    assert len(growth_odds(card, kept)) > 3
