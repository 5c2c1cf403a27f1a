"""Ray-cast spheres and cylinders as vispy visuals, with exact depth and smooth silhouettes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from vispy import gloo
from vispy.scene.visuals import create_visual_node
from vispy.visuals import Visual

from gpff_desktop.viewer import shaders
from gpff_desktop.viewer.style import Color


@dataclass(frozen=True)
class Shading:
    """Light, material and fog. Lengths in Å, measured along the line of sight from `focus`.

    Parameters
    ----------
    background
        Colour that distant surfaces fade into.
    silhouette
        How much surfaces darken where they turn away from the viewer, 0 to 1.
    focus
        The point that depths are measured from, normally the molecule's centre.
    fog_start, fog_end, fog_strength
        Where the fade begins and ends, and how complete it gets.
    """

    background: Color = (1.0, 1.0, 1.0)
    ambient: float = 0.42
    diffuse: float = 0.62
    specular: float = 0.32
    silhouette: float = 0.55
    glow: Color = (1.0, 0.55, 0.05)
    focus: Color = (0.0, 0.0, 0.0)
    fog_start: float = -2.0
    fog_end: float = 8.0
    fog_strength: float = 0.55

    @property
    def depth_range(self) -> float:
        """Depths from minus to plus this many Å are told apart by the geometry pass."""
        return 2.0 * self.fog_end

    def uniforms(self) -> dict[str, Any]:
        """Values of the shader's uniforms that do not depend on the camera."""
        return {
            "u_background": self.background,
            "u_material": (self.ambient, self.diffuse, self.specular),
            "u_silhouette": self.silhouette,
            "u_glow": self.glow,
            "u_focus": self.focus,
            "u_fog": (self.fog_start, self.fog_end, self.fog_strength),
            "u_depth_range": self.depth_range,
        }


@dataclass
class Stage:
    """What all shapes of one canvas have in common when they are drawn.

    Parameters
    ----------
    shading
        Light, material and fog.
    geometry_pass
        Draw normals and depths instead of colours.
    pixel_share
        Pixels drawn along each side, as a share of those that vispy knows of.
    """

    shading: Shading = field(default_factory=Shading)
    geometry_pass: bool = False
    pixel_share: float = 1.0


_WITHOUT_DEPTH_CUES = {"u_silhouette": 0.0, "u_fog": (0.0, 1.0, 0.0), "u_material": (1.1, 0.0, 0.0)}


@dataclass(frozen=True)
class ViewFrame:
    """The camera as the shaders need it: `eye` is homogeneous `[4]`, the axes are unit vectors `[3]`."""

    eye: np.ndarray
    right: np.ndarray
    up: np.ndarray
    forward: np.ndarray

    @classmethod
    def of(cls, clip_from_world: np.ndarray) -> ViewFrame:
        """Recover the camera from a projection matrix `[4, 4]` that acts on row vectors."""
        inverse = np.linalg.inv(clip_from_world)
        eye = np.array([0.0, 0.0, -1.0, 0.0]) @ inverse
        perspective = abs(eye[3]) > 1e-9 * np.abs(eye).max()
        eye = eye / eye[3] if perspective else np.append(_unit(eye[:3]), 0.0)

        def world(x: float, y: float) -> np.ndarray:
            point = np.array([x, y, 0.99, 1.0]) @ inverse
            return point[:3] / point[3]

        middle = world(0.0, 0.0)
        forward = _unit(middle - eye[:3]) if perspective else -eye[:3]
        up = world(0.0, 0.01) - middle
        up = _unit(up - forward * (up @ forward))
        return cls(eye, np.cross(forward, up), up, forward)

    def toward(self, right: float, up: float, back: float) -> np.ndarray:
        """World direction `[3]` of a light given relative to the viewer."""
        return _unit(self.right * right + self.up * up - self.forward * back)

    def uniforms(self) -> dict[str, Any]:
        """Values of the shader's uniforms that follow the camera; the lights are carried by the viewer."""
        return {
            "u_eye": self.eye.astype(np.float32),
            "u_right": self.right.astype(np.float32),
            "u_up": self.up.astype(np.float32),
            "u_forward": self.forward.astype(np.float32),
            "u_key_light": self.toward(-0.45, 0.6, 0.75).astype(np.float32),
            "u_fill_light": self.toward(0.8, -0.2, 0.5).astype(np.float32),
        }


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


class ImpostorVisual(Visual):
    """Many copies of one shape; a subclass names the shaders and the corners of the faces that cover the shape.

    Parameters
    ----------
    vertex, fragment
        Sources of the shaders.
    stage
        Shared with the other shapes of the canvas.
    depth_cues
        Whether light and distance tell the shape's depth; marks keep their colour instead.
    """

    CORNERS: ClassVar[np.ndarray]
    FACES: ClassVar[np.ndarray] = np.array([[0, 1, 2], [0, 2, 3]])

    def __init__(self, vertex: str, fragment: str, stage: Stage, depth_cues: bool = True) -> None:
        Visual.__init__(self, vcode=vertex, fcode=fragment)
        self._draw_mode = "triangles"
        self._buffers: dict[str, gloo.VertexBuffer] = {}
        self._count = 0
        self._stage, self._depth_cues = stage, depth_cues
        self.set_gl_state(depth_test=True, blend=False, cull_face=False)

    def _set_instances(self, **attributes: np.ndarray) -> None:
        """Upload attributes, one row per copy; unnamed ones stay as they are if the number of copies does."""
        count = len(next(iter(attributes.values())))
        if count != self._count:
            self._resize(count)
        for name, rows in attributes.items():
            self._upload(name, np.repeat(np.asarray(rows, dtype=np.float32), len(self.CORNERS), axis=0))
        self.update()

    def _resize(self, count: int) -> None:
        self._count = count
        if not count:
            return
        first = len(self.CORNERS) * np.arange(count)[:, None, None]
        self._index_buffer = gloo.IndexBuffer((self.FACES[None] + first).reshape(-1).astype(np.uint32))
        self._upload("a_corner", np.tile(self.CORNERS, (count, 1)).astype(np.float32))

    def _upload(self, name: str, rows: np.ndarray) -> None:
        if not len(rows):
            return
        if name in self._buffers:
            self._buffers[name].set_data(rows)
        else:
            self._buffers[name] = gloo.VertexBuffer(rows)
            self.shared_program[name] = self._buffers[name]

    def _transform_changed(self, event: Any = None) -> None:
        """vispy's hook: it asks for a redraw here, once for each visual; the canvas asks when the camera moves."""

    def _prepare_transforms(self, view: Visual) -> None:
        """The matrix is set in `_prepare_draw`: the shaders need it whole, not as vispy's chain of functions."""

    def _prepare_draw(self, view: Visual) -> bool:
        if not self._count:
            return False
        matrix = view.transforms.get_transform("visual", "render").map(np.eye(4))
        for name, value in self._uniforms(matrix).items():
            view.view_program[name] = value
        return True

    def _uniforms(self, clip_from_world: np.ndarray) -> dict[str, Any]:
        return {
            **ViewFrame.of(clip_from_world).uniforms(),
            **self._stage.shading.uniforms(),
            **({} if self._depth_cues else _WITHOUT_DEPTH_CUES),
            "u_clip_from_world": clip_from_world.astype(np.float32),
            "u_geometry_pass": float(self._stage.geometry_pass),
        }


class SpheresVisual(ImpostorVisual):
    """Spheres, each drawn on a quad that faces the eye."""

    CORNERS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])

    def __init__(self, stage: Stage, depth_cues: bool = True) -> None:
        super().__init__(shaders.SPHERE_VERTEX, shaders.SPHERE_FRAGMENT, stage, depth_cues)
        self.freeze()

    def set_spheres(self, centres: np.ndarray, radii: np.ndarray, colors: np.ndarray) -> None:
        """Replace all spheres: centres `[n, 3]` and radii `[n]` in Å, colours `[n, 4]` (RGB and glow)."""
        self._set_instances(a_centre=centres, a_radius=radii, a_color=colors)

    def set_centres(self, centres: np.ndarray) -> None:
        """Move the spheres to centres `[n, 3]` in Å."""
        self._set_instances(a_centre=centres)

    def set_colors(self, colors: np.ndarray) -> None:
        """Recolour the spheres, `[n, 4]` (RGB and glow)."""
        self._set_instances(a_color=colors)


class CylindersVisual(ImpostorVisual):
    """Open cylinders coloured half by half, each drawn on a quad that leans toward the eye."""

    CORNERS = np.array([[-1, 0], [1, 0], [1, 1], [-1, 1]])

    def __init__(self, stage: Stage, depth_cues: bool = True) -> None:
        super().__init__(shaders.CYLINDER_VERTEX, shaders.CYLINDER_FRAGMENT, stage, depth_cues)
        self.freeze()

    def set_cylinders(self, ends: np.ndarray, radii: np.ndarray, colors: np.ndarray) -> None:
        """Replace all cylinders: ends `[2, n, 3]` and radii `[n]` in Å, colours `[2, n, 4]` (RGB and glow)."""
        self._set_instances(
            a_start=ends[0], a_end=ends[1], a_radius=radii, a_start_color=colors[0], a_end_color=colors[1]
        )

    def set_ends(self, ends: np.ndarray) -> None:
        """Move the cylinders to ends `[2, n, 3]` in Å."""
        self._set_instances(a_start=ends[0], a_end=ends[1])


Spheres = create_visual_node(SpheresVisual)
Cylinders = create_visual_node(CylindersVisual)
