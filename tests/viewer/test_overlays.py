"""Padlocks, labels, measurements, arrows, ghosts, the rubber band and the sketch, in pictures and in numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gpff_desktop.structure import Structure
from gpff_desktop.viewer import lettering, style
from gpff_desktop.viewer.canvas import MoleculeCanvas
from gpff_desktop.viewer.ghosts import TINTS
from gpff_desktop.viewer.labels import MOST_LABELS, charge_text, label_texts
from gpff_desktop.viewer.lettering import PADLOCK, atlas
from gpff_desktop.viewer.measurements import Measurement, label_place, measurement_lines
from gpff_desktop.viewer.sketch import Sketch

SIZE = (300, 300)
SCALE = 300 / 6.0
THEMES = pytest.mark.parametrize("theme", [style.LIGHT, style.DARK], ids=["light", "dark"])
REPRESENTATIONS = pytest.mark.parametrize(
    "representation", list(style.REPRESENTATIONS.values()), ids=list(style.REPRESENTATIONS)
)


def drawn(canvas: MoleculeCanvas, occlusion: bool = False) -> np.ndarray:
    return canvas.render_image(SIZE, occlusion=occlusion)[..., :3].astype(int)


def near(image: np.ndarray, color: style.Color, tolerance: int = 25) -> np.ndarray:
    """Where `[height, width]` an image has about a colour."""
    return np.abs(image - 255 * np.array(color)).max(axis=-1) < tolerance


def place(mask: np.ndarray) -> np.ndarray:
    """Middle of what is set, in Å from the middle of the picture, y upwards."""
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean() - 149.5, 149.5 - rows.mean()]) / SCALE


@pytest.fixture
def carbon(canvas: MoleculeCanvas) -> MoleculeCanvas:
    canvas.set_structure(Structure([6], [[0.0, 0.0, 0.0]]), fit=False)
    return canvas


@THEMES
@REPRESENTATIONS
def test_a_locked_atom_has_a_padlock_that_follows_it(
    canvas: MoleculeCanvas, theme: style.Theme, representation: style.Representation
) -> None:
    canvas.set_theme(theme)
    canvas.set_representation(representation)
    # The second atom stands right in front of the first.
    canvas.set_structure(Structure([6, 7], [[0, 0, 0], [0.0, 0.0, 2.0]]), fit=False)
    assert not near(drawn(canvas), theme.lock).any()
    canvas.set_locked([0])
    first = near(drawn(canvas, occlusion=True), theme.lock)
    assert 30 < first.sum() < 300
    canvas.set_positions(np.array([[-1.0, 1.0, 0.0], [0, 0, 2.0]]))
    np.testing.assert_allclose(place(near(drawn(canvas), theme.lock)) - place(first), [-1.0, 1.0], atol=0.03)
    canvas.set_locked([])
    assert not near(drawn(canvas), theme.lock).any()


def test_marks_keep_their_size_when_the_view_is_enlarged(carbon: MoleculeCanvas) -> None:
    carbon.set_locked([0])
    sizes = []
    for parallel, scale in ((True, 6.0), (True, 3.0), (False, 6.0)):
        carbon.camera.parallel, carbon.camera.scale_factor = parallel, scale
        sizes.append(near(drawn(carbon), style.LIGHT.lock).sum())
    assert max(sizes) <= 1.1 * min(sizes)


def test_marks_are_as_sharp_in_a_large_picture(carbon: MoleculeCanvas) -> None:
    carbon.set_locked([0])
    small = near(carbon.render_image(SIZE, occlusion=False)[..., :3].astype(int), style.LIGHT.lock)
    large = near(carbon.render_image((900, 900), occlusion=False)[..., :3].astype(int), style.LIGHT.lock)
    assert large.sum() == pytest.approx(9 * small.sum(), rel=0.35)
    rows, columns = (np.flatnonzero(large.any(axis=axis)) for axis in (1, 0))
    assert np.ptp(rows) / 3 == pytest.approx(np.ptp(np.flatnonzero(small.any(axis=1))), abs=2)
    assert np.ptp(columns) / 3 == pytest.approx(np.ptp(np.flatnonzero(small.any(axis=0))), abs=2)


def test_a_label_is_hidden_by_what_is_well_in_front_of_its_atom(canvas: MoleculeCanvas) -> None:
    canvas.set_labels("charge")
    for depth, seen in ((4.0, False), (-4.0, True)):
        canvas.set_structure(Structure([6, 6], [[0, 0, 0], [0, 0, depth]]), fit=False)
        canvas.set_charges(None)
        unlabelled = drawn(canvas)
        canvas.set_charges([1, 0])
        assert bool((drawn(canvas) != unlabelled).any()) == seen


@given(charges=st.lists(st.integers(-4, 4), min_size=1, max_size=30))
def test_charge_labels_name_charged_atoms_only(charges: list[int]) -> None:
    texts = label_texts(np.full(len(charges), 6), "charge", charges, [])
    assert {atom for atom, text in texts.items() if text} == {i for i, c in enumerate(charges) if c}
    for atom, text in texts.items():
        size = int(text[:-1] or 1) if text else 0
        assert (size if text.endswith("+") else -size) == charges[atom]


def test_charges_are_drawn_once_they_are_known(canvas: MoleculeCanvas) -> None:
    canvas.set_structure(Structure([7, 6], [[-1, 0, 0], [1, 0, 0]]), fit=False)
    canvas.set_charges(None)
    canvas.set_labels("charge")
    plain = drawn(canvas)
    canvas.set_charges([1, 0])
    changed = np.abs(drawn(canvas) - plain).max(axis=-1) > 40
    assert changed[:, :150].sum() > 5
    assert not changed[:, 150:].any()
    canvas.set_charges(None)
    assert (drawn(canvas) == plain).all()
    assert charge_text(-2) == "2−"


def test_of_very_many_atoms_only_selected_ones_are_labelled() -> None:
    numbers = np.full(MOST_LABELS + 1, 6)
    assert label_texts(numbers, "element and index", None, [7, 3]) == {3: "C4", 7: "C8"}
    assert len(label_texts(numbers[:-1], "index", None, [])) == MOST_LABELS


@given(
    texts=st.lists(st.text(st.characters(codec="latin-1", exclude_categories=["C"]), max_size=12), max_size=12),
    size=st.integers(6, 60),
)
def test_texts_have_places_of_their_own_in_the_atlas(texts: list[str], size: int) -> None:
    drawn = atlas([*texts, PADLOCK], size)
    taken = np.zeros(drawn.image.shape[:2], dtype=int)
    for left, top, width, height in drawn.places.values():
        assert top + height <= taken.shape[0]
        taken[top : top + height, left : left + width] += 1
    assert taken.max() <= 1
    assert set(drawn.places) == {*texts, PADLOCK}
    left, top, width, height = drawn.places[PADLOCK]
    letter, margin = np.moveaxis(drawn.image[top : top + height, left : left + width, :2].astype(int), -1, 0)
    assert letter.max() == 255
    assert (margin >= letter).all(), "the margin surrounds the letter"


def test_an_atlas_that_would_be_too_large_is_drawn_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"C{i}" for i in range(200)]
    assert atlas(texts, 40).size == 40
    monkeypatch.setattr(lettering, "_ATLAS_HEIGHT", 200)
    drawn = atlas(texts, 40)
    assert drawn.size < 40
    assert drawn.image.shape[0] <= 200


@given(points=arrays(float, st.tuples(st.integers(2, 4), st.just(3)), elements=st.floats(-5, 5)))
def test_measurement_lines_run_from_atom_to_atom(points: np.ndarray) -> None:
    lines = measurement_lines(points)
    assert np.isfinite(lines).all()
    assert np.isfinite(label_place(points)).all()
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    if lengths.min() < 0.3:
        return
    ends = lines.reshape(-1, 3)
    for atom in points:
        assert np.linalg.norm(ends - atom, axis=1).min() < 1e-6, "a dash touches each atom"
    if len(points) == 2:
        assert 0.5 < np.linalg.norm(lines[1] - lines[0], axis=1).sum() / lengths[0] < 0.8, "gaps remain"


def test_the_arc_of_a_right_angle_is_a_quarter_of_a_circle() -> None:
    points = np.array([[2.0, 0, 0], [0, 0, 0], [0, 3.0, 0]])
    lines = measurement_lines(points)
    radius = np.linalg.norm(lines, axis=-1)
    arc = (np.ptp(lines, axis=0).min(axis=-1) >= 0) & (lines[..., :2].min(axis=(0, 2)) > 1e-9)
    arc_length = np.linalg.norm(np.diff(lines, axis=0)[0], axis=-1)
    first = np.isclose(radius[0], 0.75) & np.isclose(radius[1], 0.75)
    assert arc[first].any()
    assert arc_length[first].sum() == pytest.approx(0.75 * np.pi / 2, rel=0.01)
    np.testing.assert_allclose(label_place(points)[0], label_place(points)[1], atol=0.1)


@THEMES
@REPRESENTATIONS
def test_a_distance_is_drawn_between_its_atoms_and_follows_them(
    canvas: MoleculeCanvas, theme: style.Theme, representation: style.Representation
) -> None:
    canvas.set_theme(theme)
    canvas.set_representation(representation)
    canvas.set_structure(Structure([6, 6], [[-2, 0, 0], [2, 0, 0]]), fit=False)
    canvas.set_measurements([Measurement((0, 1), "4.00 Å")])
    line = near(drawn(canvas), theme.measure, 60)
    np.testing.assert_allclose(place(line), [0, 0], atol=0.1)
    columns = np.flatnonzero(line.any(axis=0))
    assert np.ptp(columns) / SCALE == pytest.approx(4.0, abs=0.1)
    assert 0.3 < len(columns) / np.ptp(columns) < 0.95, "dashes have gaps"
    canvas.set_positions(np.array([[-2.0, 1.0, 0], [2.0, 1.0, 0]]))
    np.testing.assert_allclose(place(near(drawn(canvas), theme.measure, 60)), [0, 1], atol=0.1)
    canvas.set_measurements([])
    assert not near(drawn(canvas), theme.measure, 30).any()


def test_texts_of_measurements_change_without_the_rest(canvas: MoleculeCanvas) -> None:
    canvas.set_structure(Structure([6, 6], [[-2, 0, 0], [2, 0, 0]]), fit=False)
    canvas.set_measurements([Measurement((0, 1), "1")])
    before = drawn(canvas)
    canvas.set_measurement_texts(["8"])
    changed = np.argwhere(np.abs(drawn(canvas) - before).max(axis=-1) > 20)
    assert len(changed)
    assert np.abs(changed - 150).max() < 15, "only the text in the middle differs"
    with pytest.raises(ValueError, match="1 measurements are shown but 2 texts"):
        canvas.set_measurement_texts(["1", "2"])
    canvas.set_structure(Structure([6], [[0, 0, 0]]), fit=False)
    assert not near(drawn(canvas), style.LIGHT.measure, 30).any(), "its second atom is gone"
    canvas.set_measurements([])


@pytest.mark.parametrize("atoms", [(), (1,), (0, 0), (0, 1, 2, 3, 4)])
def test_a_measurement_of_no_angle_is_refused(atoms: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="2 to 4 different atoms"):
        Measurement(atoms, "")


@THEMES
def test_an_arrow_points_from_the_atom_along_its_vector(canvas: MoleculeCanvas, theme: style.Theme) -> None:
    canvas.set_theme(theme)
    canvas.set_representation(style.WIRE)
    canvas.set_structure(Structure([6, 6], [[-1, -1, 0], [1, 1, 0]]), fit=False)
    before = drawn(canvas)
    canvas.set_arrows(np.array([[0.0, 2.0, 0.0], [0.01, 0.0, 0.0]]))
    arrow = np.abs(drawn(canvas, occlusion=True) - before).max(axis=-1) > 40
    rows, columns = np.nonzero(arrow)
    assert rows.min() == pytest.approx(150 - SCALE, abs=2)
    assert rows.max() == pytest.approx(150 + SCALE, abs=4)
    assert columns.mean() == pytest.approx(150 - SCALE, abs=1)
    widths = arrow.sum(axis=1)
    assert widths[rows.min() + 12 : rows.min() + 17].max() > 1.6 * widths[150], "the head is wider than the shaft"
    assert not arrow[:, 150:].any(), "a very short one is not drawn"
    canvas.set_positions(np.array([[-1.0, -2.0, 0], [1, 1, 0]]))
    moved = np.abs(drawn(canvas) - before).max(axis=-1) > 40
    assert np.nonzero(moved)[0].min() == pytest.approx(150, abs=2)
    canvas.set_arrows(None)
    canvas.set_positions(np.array([[-1.0, -1.0, 0], [1, 1, 0]]))
    assert (drawn(canvas) == before).all()


def test_arrows_seen_end_on_are_closed(carbon: MoleculeCanvas) -> None:
    carbon.set_representation(style.WIRE)
    for away in (1.0, -1.0):
        carbon.set_arrows(np.array([[0.0, 0.0, 2.0 * away]]))
        image = drawn(carbon)
        hue = np.abs(image - image[..., :1]).max(axis=-1) > 30
        assert hue.sum() / SCALE**2 == pytest.approx(np.pi * 0.14**2, rel=0.15)
    carbon.set_arrows(None)


def test_arrows_hide_behind_atoms(canvas: MoleculeCanvas) -> None:
    canvas.set_structure(Structure([8, 1], [[0, 0, 2.0], [0, 0, -2.0]]), fit=False)
    before = drawn(canvas)
    canvas.set_arrows(np.array([[0.0, 0, 0], [0.2, 0.0, 0.0]]))
    assert (drawn(canvas) == before).all()
    canvas.set_arrows(None)


@THEMES
def test_ghosts_lie_over_the_molecule_each_in_its_colour(canvas: MoleculeCanvas, theme: style.Theme) -> None:
    canvas.set_theme(theme)
    canvas.set_structure(Structure([8], [[0, 0, 0]]), fit=False)
    before = drawn(canvas)
    ends = np.array([[-2.0, 0, 0], [2.0, 0, 0]])
    canvas.set_ghosts([Structure([6, 6], ends + np.array([0, y, 0]), [[0, 1, 1]]) for y in (1.5, -1.5)])
    image = drawn(canvas, occlusion=True)
    colors = [image[round(150 - y * SCALE), 150] for y in (1.5, -1.5)]
    assert np.abs(colors[0] - colors[1]).max() > 40
    for color, tint in zip(colors, TINTS, strict=False):
        assert int(np.argmax(color)) == int(np.argmax(tint))
    assert (image[150, 140:160] != before[150, 140:160]).mean() < 0.5, "the molecule stays"
    assert canvas.pick(canvas.project_points(ends[:1] + np.array([0, 1.5, 0]))[0]) is None, "ghosts are not picked"
    canvas.set_ghosts([])
    assert (drawn(canvas) == before).all()


@THEMES
def test_the_band_is_translucent_with_a_clear_edge(carbon: MoleculeCanvas, theme: style.Theme) -> None:
    carbon.set_theme(theme)
    before = drawn(carbon)
    carbon.set_band(((220.0, 120.0), (90.0, 30.0)))  # logical pixels of a 300 × 300 view
    changed = np.abs(drawn(carbon) - before).max(axis=-1) > 8
    rows, columns = np.nonzero(changed)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (90, 219, 30, 119)
    assert changed[31:119, 91:219].mean() > 0.99
    image = drawn(carbon)
    assert np.abs(image[75, 90] - 255 * np.array(theme.measure)).max() < 60
    assert np.abs(image[75, 150] - before[75, 150]).max() < 50
    carbon.set_band(None)
    assert (drawn(carbon) == before).all()


@THEMES
@REPRESENTATIONS
def test_a_sketch_previews_the_atom_and_its_bond(
    canvas: MoleculeCanvas, theme: style.Theme, representation: style.Representation
) -> None:
    canvas.set_theme(theme)
    canvas.set_representation(representation)
    canvas.set_structure(Structure([6], [[-1.0, 0, 0]]), fit=False)
    before = drawn(canvas)
    oxygen = np.array([1.0, 0.0, 0.0])
    for start in (None, np.array([-1.0, 0.0, 0.0])):
        canvas.set_sketch(Sketch(8, oxygen, start))
        image = drawn(canvas)
        red = image[150, 150 + round(SCALE)]
        assert red[0] > red[1] + 20
        bond_drawn = bool((image[150, 150] != before[150, 150]).any())
        covered = representation is style.SPACE_FILLING
        assert bond_drawn == (start is not None and not covered)
    canvas.set_sketch(None)
    assert (drawn(canvas) == before).all()


def test_overlays_leave_a_transparent_background_clear(canvas: MoleculeCanvas) -> None:
    canvas.set_structure(Structure([6, 6], [[-2, 0, 0], [2, 0, 0]]), fit=False)
    canvas.set_measurements([Measurement((0, 1), "4.00 Å")])
    alpha = canvas.render_image(SIZE, transparent=True)[..., 3]
    canvas.set_measurements([])
    assert alpha[:100].max() == 0
    assert alpha[150, 100:200].max() > 200
