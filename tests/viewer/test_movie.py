"""Movies: what is in them, that the canvas is as before, and that nothing is left behind when they fail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from gpff_desktop.structure import Structure
from gpff_desktop.viewer import movie
from gpff_desktop.viewer.canvas import MoleculeCanvas
from gpff_desktop.viewer.movie import MovieError, save_movie

SIZE = (81, 60)


@pytest.fixture
def flight() -> list[Structure]:
    """An oxygen that goes from left to right in five steps."""
    return [Structure([8], [[x, 0.0, 0.0]]) for x in np.linspace(-2, 2, 5)]


def redness(picture: np.ndarray) -> np.ndarray:
    red = picture[..., 0].astype(int) - picture[..., 1]
    return red * (picture[..., 3] > 0) if picture.shape[-1] == 4 else red


def column_of_the_atom(picture: np.ndarray) -> float:
    return float(np.nonzero(redness(picture) > 60)[1].mean())


@pytest.mark.parametrize("transparent", [False, True])
def test_a_gif_shows_every_frame_seen_from_one_place(
    canvas: MoleculeCanvas, flight: list[Structure], tmp_path: Path, transparent: bool
) -> None:
    path = tmp_path / "flight.gif"
    assert save_movie(canvas, path, flight, size=SIZE, fps=10, transparent=transparent, occlusion=False)
    columns = []
    with Image.open(path) as gif:
        assert (gif.size, gif.n_frames, gif.info["duration"], gif.info["loop"]) == (SIZE, 5, 100, 0)
        for index in range(5):
            gif.seek(index)
            picture = np.asarray(gif.convert("RGBA"))
            columns.append(column_of_the_atom(picture))
            assert (picture[0, 0, 3] == 0) == transparent
            assert picture[..., 3].max() == 255
    steps = np.diff(columns)
    assert steps.min() > 5
    assert np.ptp(steps) < 3, "the camera neither follows nor zooms"
    assert [p.name for p in tmp_path.iterdir()] == ["flight.gif"]


def test_an_mp4_shows_every_frame(canvas: MoleculeCanvas, flight: list[Structure], tmp_path: Path) -> None:
    path = tmp_path / "flight.mp4"
    assert save_movie(canvas, path, flight, size=SIZE, fps=20, occlusion=False)
    reader = imageio_ffmpeg.read_frames(str(path))
    about = next(reader)
    assert (about["size"], about["fps"]) == ((80, 60), 20.0)
    pictures = [np.frombuffer(frame, np.uint8).reshape(60, 80, 3) for frame in reader]
    assert len(pictures) == 5
    assert np.diff([column_of_the_atom(p) for p in pictures]).min() > 5
    assert [p.name for p in tmp_path.iterdir()] == ["flight.mp4"]


def test_the_canvas_is_as_before(
    canvas: MoleculeCanvas, flight: list[Structure], formaldehyde: Structure, tmp_path: Path
) -> None:
    canvas.set_structure(formaldehyde)
    moved = formaldehyde.positions + 0.5
    assert formaldehyde.bonds is not None
    canvas.set_positions(moved, formaldehyde.bonds[:1])
    canvas.set_selection([1, 3])
    before = canvas.render_image(SIZE, occlusion=False)
    center = canvas.camera.center
    save_movie(canvas, tmp_path / "a.gif", flight, size=SIZE, occlusion=False)
    assert (canvas.render_image(SIZE, occlusion=False) == before).all()
    assert canvas.camera.center == center
    assert canvas.selection == {1, 3}
    assert canvas.molecule.structure is formaldehyde


@pytest.mark.parametrize("name", ["a.gif", "a.mp4"])
def test_progress_is_told_and_may_end_it_with_nothing_lost(
    canvas: MoleculeCanvas, flight: list[Structure], tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"an older movie")
    told: list[tuple[int, int]] = []

    def stop_after_two(done: int, total: int) -> bool:
        told.append((done, total))
        return done < 2

    assert not save_movie(canvas, path, flight, size=SIZE, occlusion=False, progress=stop_after_two)
    assert told == [(1, 5), (2, 5)]
    assert path.read_bytes() == b"an older movie"
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_frames_may_be_different_molecules(
    canvas: MoleculeCanvas, formaldehyde: Structure, flight: list[Structure], tmp_path: Path
) -> None:
    path = tmp_path / "a.gif"
    save_movie(canvas, path, [formaldehyde, flight[0], formaldehyde], size=SIZE, occlusion=False)
    with Image.open(path) as gif:
        assert gif.n_frames == 3


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.avi", {}, "end the name in .gif or .mp4"),
        ("nowhere/a.gif", {}, "there is no folder"),
        ("a.mp4", {"transparent": True}, "no transparent background"),
        ("a.gif", {"frames": []}, "no frames"),
        ("a.gif", {"fps": 0.0}, "choose 1 to 100"),
        ("a.mp4", {"size": (1, 40)}, "at least 2 pixels"),
        ("a.gif", {"size": (0, 40)}, "each side may be 1 to"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    canvas: MoleculeCanvas, flight: list[Structure], tmp_path: Path, name: str, options: dict, message: str
) -> None:
    frames = options.pop("frames", flight)
    with pytest.raises(ValueError, match=message) as caught:
        save_movie(canvas, tmp_path / name, frames, **{"size": SIZE, "occlusion": False, **options})
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_loses_nothing(
    canvas: MoleculeCanvas, flight: list[Structure], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(b"an older movie")

    def full(*_: object) -> None:
        (tmp_path / ".a.part.gif").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(movie._WRITERS, ".gif", full)
    with pytest.raises(MovieError, match=r"cannot write a\.gif: No space left on device"):
        save_movie(canvas, path, flight, size=SIZE)
    assert path.read_bytes() == b"an older movie"
    assert [p.name for p in tmp_path.iterdir()] == ["a.gif"]


def test_a_read_only_folder_is_named(
    canvas: MoleculeCanvas, flight: list[Structure], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(MovieError, match="cannot be written to; choose another"):
        save_movie(canvas, tmp_path / "a.gif", flight, size=SIZE)


@pytest.mark.parametrize("at_the_end", [False, True])
def test_an_encoder_that_ends_early_leaves_no_movie(
    canvas: MoleculeCanvas, flight: list[Structure], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_the_end: bool
) -> None:
    def dies(path: Path, *_: object, **__: object) -> Iterator[None]:
        Path(path).write_bytes(b"half")
        for _ in flight:
            yield
            if not at_the_end:
                raise OSError("Broken pipe\n\nFFMPEG COMMAND:\nffmpeg -y")
        yield

    monkeypatch.setattr(imageio_ffmpeg, "write_frames", dies)
    monkeypatch.setattr(imageio_ffmpeg, "count_frames_and_secs", lambda path: (2, 0.1))
    with pytest.raises(MovieError, match=r"cannot write a\.mp4: (Broken pipe|the encoder ended early)") as caught:
        save_movie(canvas, tmp_path / "a.mp4", flight, size=SIZE, occlusion=False)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_without_an_encoder_a_gif_is_suggested(
    canvas: MoleculeCanvas, flight: list[Structure], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", missing)
    with pytest.raises(MovieError, match="write a GIF instead"):
        save_movie(canvas, tmp_path / "a.mp4", flight, size=SIZE, occlusion=False)
