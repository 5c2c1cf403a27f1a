"""What a rendered picture promises, against geometry and colours worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gpff_desktop.structure import Structure
from gpff_desktop.viewer import style
from gpff_desktop.viewer.canvas import MoleculeCanvas
from gpff_desktop.viewer.export import save_png
from gpff_desktop.viewer.impostors import Shading

SIZE = (300, 300)
PIXELS_PER_ANGSTROM = 300 / 6.0


def picture(canvas: MoleculeCanvas, structure: Structure, **options: bool) -> np.ndarray:
    canvas.set_structure(structure, fit=False)
    return canvas.render_image(SIZE, **{"occlusion": False, **options})


def pixel(image: np.ndarray, x: float, y: float) -> np.ndarray:
    """The colour at a place in Å, with the origin in the middle and y upwards."""
    column = round(image.shape[1] / 2 + x * PIXELS_PER_ANGSTROM)
    row = round(image.shape[0] / 2 - y * PIXELS_PER_ANGSTROM)
    return image[row, column, :3].astype(int)


def is_red(color: np.ndarray) -> bool:
    return bool(color[0] > 1.5 * color[1] and color[0] > 1.5 * color[2])


def test_middle_of_a_sphere_has_the_colour_of_the_lighting_model(canvas: MoleculeCanvas) -> None:
    image = picture(canvas, Structure([8], [[0.0, 0.0, 0.0]]))
    shading, base = canvas.molecule.shading, style.element_colors(np.array([8]))[0]
    key, fill = np.array([-0.45, 0.6, 0.75]), np.array([0.8, -0.2, 0.5])
    key, fill = key / np.linalg.norm(key), fill / np.linalg.norm(fill)
    halfway = key + np.array([0, 0, 1])
    halfway = halfway / np.linalg.norm(halfway)
    ambient = shading.ambient * np.array([0.81, 0.81, 0.82])
    color = base**2 * (ambient + shading.diffuse * (key[2] + 0.22 * fill[2])) + shading.specular * halfway[2] ** 64
    radius = style.BALL_AND_STICK.atom_radii(np.array([8]))[0]
    start, end = shading.fog_start, shading.fog_end
    fog = np.clip((-radius - start) / (end - start), 0, 1) * shading.fog_strength
    expected = 255 * ((1 - fog) * np.sqrt(color) + fog * np.array(shading.background))
    np.testing.assert_allclose(pixel(image, 0, 0), expected, atol=4)


def test_a_sphere_covers_the_area_of_its_disc(canvas: MoleculeCanvas) -> None:
    image = picture(canvas, Structure([6], [[0.0, 0.0, 0.0]]), transparent=True)
    area = image[..., 3].sum() / 255 / PIXELS_PER_ANGSTROM**2
    radius = style.BALL_AND_STICK.atom_radii(np.array([6]))[0]
    assert area == pytest.approx(np.pi * radius**2, rel=0.01)


def test_a_wide_picture_keeps_spheres_round(canvas: MoleculeCanvas) -> None:
    canvas.set_structure(Structure([6], [[0.0, 0.0, 0.0]]), fit=False)
    for size in ((360, 120), (120, 360)):
        covered = canvas.render_image(size, transparent=True, occlusion=False)[..., 3] > 128
        assert covered.shape == size[::-1]
        assert abs(covered.any(axis=0).sum() - covered.any(axis=1).sum()) <= 1


def test_the_nearer_atom_hides_the_farther_one(canvas: MoleculeCanvas) -> None:
    for red_depth in (1.0, -1.0):
        image = picture(canvas, Structure([8, 7], [[0.0, 0.0, red_depth], [0.0, 0.0, 0.0]]))
        assert is_red(pixel(image, 0, 0)) == (red_depth > 0)


def test_depth_separates_atoms_a_fiftieth_of_an_angstrom_apart(canvas: MoleculeCanvas) -> None:
    canvas.camera.parallel = False
    canvas.camera.scale_factor = 40.0
    for red_depth in (0.02, -0.02):
        canvas.set_structure(Structure([8, 8, 7, 7], [[0, 0, red_depth], [9, 9, 0], [0, 0, 0], [-9, -9, 0]]), fit=False)
        canvas.set_representation(style.LICORICE)  # equal radii
        middle = canvas.render_image((301, 301), occlusion=False)[150, 150, :3].astype(int)
        assert is_red(middle) == (red_depth > 0)


def test_spheres_that_intersect_meet_in_a_straight_line(canvas: MoleculeCanvas) -> None:
    canvas.set_representation(style.LICORICE)
    image = picture(canvas, Structure([8, 7], [[-0.08, 0.0, 0.0], [0.08, 0.0, 0.0]]))
    for y in (-0.1, 0.0, 0.1):
        assert is_red(pixel(image, -0.04, y))
        assert not is_red(pixel(image, 0.04, y))


def test_a_double_bond_is_two_strands_coloured_by_the_nearer_atom(
    canvas: MoleculeCanvas, formaldehyde: Structure
) -> None:
    image = picture(canvas, formaldehyde)
    shift = style.BALL_AND_STICK.double_shift
    carbon, oxygen = 0.56, 0.72
    for side in (-shift, shift):
        assert is_red(pixel(image, oxygen, side))
        assert not is_red(pixel(image, carbon, side))
        assert pixel(image, carbon, side).max() < 200
    assert pixel(image, 0.63, 0.0).min() > 240, "background shows between the strands"


@pytest.mark.parametrize("order", [1, 2, 3])
def test_each_order_draws_as_many_strands(canvas: MoleculeCanvas, order: int) -> None:
    atoms = [[-1.2, 0, 0], [1.2, 0, 0], [-1.7, 1.0, 0]]
    image = picture(canvas, Structure([6, 6, 1], atoms, [[0, 1, order], [0, 2, 1]]), transparent=True)
    column = image[:, 150, 3] > 128
    assert (np.diff(column.astype(int)) == 1).sum() == order


def test_space_filling_shows_no_bonds_and_van_der_waals_discs(canvas: MoleculeCanvas) -> None:
    canvas.set_representation(style.SPACE_FILLING)
    image = picture(canvas, Structure([1, 1], [[-1.5, 0, 0], [1.5, 0, 0]], [[0, 1, 1]]), transparent=True)
    row = image[150, :, 3] > 128
    radius = style.SPACE_FILLING.atom_radii(np.array([1]))[0]
    assert row.sum() / PIXELS_PER_ANGSTROM == pytest.approx(4 * radius, abs=0.08)
    assert not row[150]


def test_transparent_background_and_solid_molecule(canvas: MoleculeCanvas, formaldehyde: Structure) -> None:
    alpha = picture(canvas, formaldehyde, transparent=True, occlusion=True)[..., 3]
    assert alpha[0].max() == 0
    assert alpha[150, 150] == 255
    assert np.mean((alpha > 0) & (alpha < 255)) < 0.03, "only outlines are partly transparent"


def test_opaque_background_takes_the_theme(canvas: MoleculeCanvas, formaldehyde: Structure) -> None:
    for theme in (style.LIGHT, style.DARK):
        canvas.set_theme(theme)
        image = picture(canvas, formaldehyde)
        np.testing.assert_allclose(image[0, 0, :3] / 255, theme.background, atol=0.01)
        assert image[..., 3].min() == 255


def test_outlines_have_no_halo(canvas: MoleculeCanvas) -> None:
    image = picture(canvas, Structure([7, 7], [[0, 0, 0], [0, 0, 1.0]])).astype(int)
    blue = image[..., 2]
    red_above_blue = (image[..., 0] - blue).max()
    assert red_above_blue <= 0, "every pixel lies between blue and white"


def test_occlusion_darkens_where_surfaces_meet_and_nothing_else(canvas: MoleculeCanvas) -> None:
    pair = Structure([1, 1], [[-0.27, 0, 0], [0.27, 0, 0]])
    plain, occluded = picture(canvas, pair).astype(int), picture(canvas, pair, occlusion=True).astype(int)
    darker = plain - occluded
    assert pixel(darker, 0.06, 0.0).min() > 10
    assert np.abs(darker[:60]).max() == 0


def test_fog_fades_with_distance(canvas: MoleculeCanvas) -> None:
    image = picture(canvas, Structure([6, 6], [[-1, 0, 2.0], [1, 0, -2.0]]))
    assert pixel(image, 1, 0).mean() > pixel(image, -1, 0).mean() + 15


def test_selected_atoms_glow_and_others_do_not(canvas: MoleculeCanvas) -> None:
    pair = Structure([6, 6], [[-1.0, 0, 0], [1.0, 0, 0]])
    plain = picture(canvas, pair).astype(int)
    canvas.set_selection([0])
    glowing = picture(canvas, pair).astype(int)
    assert pixel(glowing, -1, 0)[0] > pixel(plain, -1, 0)[0] + 40
    assert (pixel(glowing, 1, 0) == pixel(plain, 1, 0)).all()


def test_live_frames_move_atoms_and_may_change_bonds(canvas: MoleculeCanvas) -> None:
    canvas.set_structure(Structure([6, 6], [[-1, 0, 0], [1, 0, 0]], [[0, 1, 1]]), fit=False)
    moved = np.array([[-1.0, 1.0, 0], [1.0, 1.0, 0]])
    bonded = canvas.molecule.bonds
    for bonds, middle_is_drawn in ((None, True), (bonded[:0], False), (bonded, True)):
        canvas.set_positions(moved, bonds)
        image = canvas.render_image(SIZE, occlusion=False)
        assert pixel(image, -1, 1).max() < 200
        assert pixel(image, -1, 0).min() == 255
        assert (pixel(image, 0, 1).max() < 200) == middle_is_drawn


def test_positions_of_another_molecule_are_refused(canvas: MoleculeCanvas, formaldehyde: Structure) -> None:
    canvas.set_structure(formaldehyde)
    with pytest.raises(ValueError, match="4 atoms are shown but 3 positions"):
        canvas.set_positions(np.zeros((3, 3)))


def test_labels_are_drawn_over_atoms(canvas: MoleculeCanvas, formaldehyde: Structure) -> None:
    plain = picture(canvas, formaldehyde).astype(int)
    canvas.set_labels("element and index")
    labelled = picture(canvas, formaldehyde).astype(int)
    changed = np.abs(labelled - plain).max(axis=-1) > 60
    assert 30 < changed.sum() < 3000
    with pytest.raises(ValueError, match="unknown labels"):
        canvas.set_labels("shoe size")


def test_the_palettes_differ_and_unknown_ones_are_refused(canvas: MoleculeCanvas) -> None:
    oxygen = Structure([8], [[0.0, 0.0, 0.0]])
    cpk = pixel(picture(canvas, oxygen), 0, 0)
    canvas.set_palette("colour-blind-safe")
    assert np.abs(pixel(picture(canvas, oxygen), 0, 0) - cpk).max() > 30
    with pytest.raises(ValueError, match="unknown colours"):
        style.element_colors(np.array([8]), "taupe")


def test_an_empty_structure_and_impossible_sizes(canvas: MoleculeCanvas) -> None:
    image = picture(canvas, Structure([], np.empty((0, 3))), occlusion=True)
    assert image[..., :3].min() == 255
    with pytest.raises(ValueError, match="each side may be 1 to"):
        canvas.render_image((0, 10))


def test_a_png_reads_back_as_drawn(canvas: MoleculeCanvas, formaldehyde: Structure, tmp_path: Path) -> None:
    from PIL import Image

    image = picture(canvas, formaldehyde, transparent=True)
    save_png(image, tmp_path / "molecule.png")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "molecule.png")), image)
    assert [p.name for p in tmp_path.iterdir()] == ["molecule.png"]


def test_fog_and_material_are_the_documented_defaults() -> None:
    assert Shading().depth_range == 2 * Shading().fog_end
