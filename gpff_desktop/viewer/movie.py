"""Trajectories as moving pictures: animated GIF or MP4."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from PIL import Image

from gpff_desktop.structure import Structure
from gpff_desktop.viewer.canvas import MoleculeCanvas

_OPAQUE = 128
_CLEAR_INDEX = 255
_X264 = ["-crf", "17", "-preset", "medium", "-movflags", "+faststart"]
Progress = Callable[[int, int], bool]
_Writer = Callable[[Path, Iterator[np.ndarray], float, bool], None]


class MovieError(ValueError):
    """A movie that cannot be made; the message is one line that says what to change."""


class _StoppedError(Exception):
    """The caller wants no movie after all."""


def save_movie(
    canvas: MoleculeCanvas,
    path: str | os.PathLike[str],
    frames: Sequence[Structure],
    *,
    size: tuple[int, int] = (800, 600),
    fps: float = 15.0,
    transparent: bool = False,
    occlusion: bool = True,
    progress: Progress | None = None,
) -> bool:
    """Draw frames one by one as the canvas would, with a camera that holds all of them, into a GIF or MP4 file.

    The canvas shows what it showed before when this ends, however it ends; so does the file, unless it is complete.

    Parameters
    ----------
    canvas
        Gives the look and the direction of view.
    path
        Ends in `.gif` or `.mp4`.
    frames
        One structure for each picture.
    size
        Width and height in pixels; an MP4 leaves out the last row or column of an odd size.
    fps
        Pictures a second.
    transparent
        Whether the background of a GIF is left clear.
    occlusion
        Whether to draw with ambient occlusion, which takes longer.
    progress
        Told after each picture how many of how many are drawn; drawing ends if it returns False.

    Returns
    -------
    bool
        Whether the movie was written; False if `progress` ended it.

    Raises
    ------
    MovieError
        If the file's ending is unknown, the file cannot be written, or there is nothing to draw.
    """
    target = Path(path)
    write = _writer_for(target, transparent)
    if not frames:
        raise MovieError("there are no frames to make a movie of")
    if not 1.0 <= fps <= 100.0:
        raise MovieError(f"{fps:g} pictures a second cannot be shown; choose 1 to 100")
    try:
        with _replacing(target) as unfinished, _showing(canvas, frames, size):
            pictures = _pictures(canvas, frames, size, transparent, occlusion, progress)
            write(unfinished, pictures, fps, transparent)
    except _StoppedError:
        return False
    return True


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A temporary name to write under; what is there takes the target's name if all goes well and is removed if not."""
    unfinished = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        yield unfinished
        unfinished.replace(target)
    except OSError as error:
        cause = error.strerror or str(error).partition("\n")[0]
        raise MovieError(f"cannot write {target.name}: {cause}; choose another folder") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _writer_for(path: Path, transparent: bool) -> _Writer:
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise MovieError(f"cannot tell the kind of movie from '{path.name}'; end the name in .gif or .mp4")
    if writer is _write_mp4 and transparent:
        raise MovieError("an MP4 has no transparent background; write a GIF or keep the background")
    if not path.parent.is_dir():
        raise MovieError(f"there is no folder {path.parent}; choose another one")
    if not os.access(path.parent, os.W_OK):
        raise MovieError(f"the folder {path.parent} cannot be written to; choose another one")
    return writer


@contextmanager
def _showing(canvas: MoleculeCanvas, frames: Sequence[Structure], size: tuple[int, int]) -> Iterator[None]:
    """Look at all frames at once, then show again what was there before."""
    camera, molecule = canvas.camera, canvas.molecule
    before, positions, bonds, selection = molecule.structure, molecule.positions, molecule.bonds, canvas.selection
    center, scale = camera.center, camera.scale_factor
    points = np.concatenate([frame.positions for frame in frames])
    radii = np.concatenate([molecule.radii_of(frame.numbers) for frame in frames])
    with canvas.framed_as(size[0] / size[1]):
        camera.fit(points, radii)
    try:
        yield
    finally:
        canvas.set_structure(before, fit=False)
        canvas.set_positions(positions, bonds)
        canvas.set_selection(selection)
        camera.center, camera.scale_factor = center, scale


def _pictures(
    canvas: MoleculeCanvas,
    frames: Sequence[Structure],
    size: tuple[int, int],
    transparent: bool,
    occlusion: bool,
    progress: Progress | None,
) -> Iterator[np.ndarray]:
    for done, frame in enumerate(frames, start=1):
        canvas.set_structure(frame, fit=False)
        yield canvas.render_image(size, transparent, occlusion=occlusion)
        if progress is not None and not progress(done, len(frames)):
            raise _StoppedError


def write_gif(path: Path, pictures: Iterator[np.ndarray], fps: float, transparent: bool = False) -> None:
    """Write pictures `[height, width, 4]` (uint8), all of one size, as an animated GIF that goes on for ever."""
    first = next(pictures)
    hundredths = max(2, round(100 / fps))  # browsers slow down what is faster
    options = {"transparency": _CLEAR_INDEX, "disposal": 2} if transparent else {}
    with path.open("wb") as stream:
        _indexed(first).save(
            stream,
            format="GIF",
            save_all=True,
            append_images=map(_indexed, pictures),
            duration=10 * hundredths,
            loop=0,
            optimize=False,
            **options,
        )


def _indexed(picture: np.ndarray) -> Image.Image:
    """A picture `[height, width, 4]` in 255 colours of its own; what is clear gets the index after the last one."""
    image = Image.fromarray(picture[..., :3]).quantize(_CLEAR_INDEX, dither=Image.Dither.NONE)
    image.paste(_CLEAR_INDEX, mask=Image.fromarray(picture[..., 3] < _OPAQUE))
    return image


def _write_mp4(path: Path, pictures: Iterator[np.ndarray], fps: float, transparent: bool) -> None:
    first = next(pictures)
    height, width = (side // 2 * 2 for side in first.shape[:2])  # 4:2:0 video shares colour between pairs
    if not height or not width:
        raise MovieError("an MP4 must be at least 2 pixels wide and high")
    count = 0
    with closing(_encoder(path, (width, height), fps)) as encoder:
        encoder.send(None)
        for picture in chain([first], pictures):
            encoder.send(np.ascontiguousarray(picture[:height, :width, :3]))
            count += 1
    # The encoder is another program: when the disk fills up at the end it only says so on its own output.
    if not path.exists() or imageio_ffmpeg.count_frames_and_secs(path)[0] != count:
        raise OSError("the encoder ended early, perhaps for want of space")


def _encoder(path: Path, size: tuple[int, int], fps: float) -> Generator[None, Any, None]:
    try:
        imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise MovieError("the encoder of MP4 (ffmpeg) was not found; write a GIF instead") from error
    encoder: Generator[None, Any, None] = imageio_ffmpeg.write_frames(
        path, size, fps=fps, codec="libx264", quality=None, macro_block_size=1, output_params=_X264
    )
    return encoder


_WRITERS: dict[str, _Writer] = {".gif": write_gif, ".mp4": _write_mp4}
