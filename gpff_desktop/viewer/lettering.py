"""Words and padlocks as small pictures: letters of any size with a margin around them, packed into one atlas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

PADLOCK = "\ue000"
_FONT_FILE = "mpl-data/fonts/ttf/DejaVuSans-Bold.ttf"
_ATLAS_WIDTH, _ATLAS_HEIGHT = 2048, 8192
_FINE = 8


@dataclass(frozen=True)
class Atlas:
    """Pictures of texts, side by side.

    Parameters
    ----------
    image
        `[height, width, 4]` (uint8); red holds the letters, green the letters with their margin.
    places
        Left, top, width and height of each text in pixels, by text.
    size
        Height of the letters' em square in pixels.
    """

    image: np.ndarray
    places: dict[str, tuple[int, int, int, int]]
    size: int


def atlas(texts: Iterable[str], size: int) -> Atlas:
    """Draw texts with an em square of `size` pixels, or of less where they would not fit in a texture."""
    different = sorted(set(texts))
    while True:
        cells = {text: _cell(text, size) for text in different}
        places, height = _packed(cells)
        if height <= _ATLAS_HEIGHT or size <= 8:
            break
        size //= 2
    image = np.zeros((max(height, 1), _ATLAS_WIDTH, 4), dtype=np.uint8)
    for text, (left, top, width, tall) in places.items():
        image[top : top + tall, left : left + width, :2] = cells[text]
    return Atlas(image, places, size)


def _packed(cells: dict[str, np.ndarray]) -> tuple[dict[str, tuple[int, int, int, int]], int]:
    """Places of all cells in rows, and the height they take; cells of one size are equally tall."""
    places: dict[str, tuple[int, int, int, int]] = {}
    left = top = row = 0
    for text, cell in cells.items():
        height, width = cell.shape[:2]
        if left + width > _ATLAS_WIDTH:
            left, top, row = 0, top + row, 0
        places[text] = (left, top, min(width, _ATLAS_WIDTH), height)
        left, row = left + width, max(row, height)
    return places, top + row


@lru_cache(maxsize=8192)
def _cell(text: str, size: int) -> np.ndarray:
    """Picture `[height, width, 2]` of a text; capitals stand in the middle of its height."""
    margin = max(1, round(size / 7))
    letters = _padlock(size, margin) if text == PADLOCK else _letters(text, size, margin)
    return np.stack([np.asarray(picture) for picture in letters], axis=-1)[:, :_ATLAS_WIDTH]


def _letters(text: str, size: int, margin: int) -> tuple[Image.Image, Image.Image]:
    font = _font(size)
    left, _, right, _ = font.getbbox(text, anchor="ls")
    capital = -font.getbbox("H", anchor="ls")[1]
    half = int(0.62 * size) + margin + 1
    extent = (int(right - left) + 2 * margin + 2, 2 * half)
    pictures = []
    for stroke in (0, margin):
        picture = Image.new("L", extent)
        start = (margin + 1 - left, half + capital / 2)
        ImageDraw.Draw(picture).text(start, text, fill=255, font=font, anchor="ls", stroke_width=stroke)
        pictures.append(picture)
    return pictures[0], pictures[1]


def _padlock(size: int, margin: int) -> tuple[Image.Image, Image.Image]:
    fine = _FINE * size
    drawn = Image.new("L", (fine, fine))
    pen = ImageDraw.Draw(drawn)
    pen.arc((0.25 * fine, 0.06 * fine, 0.75 * fine, 0.74 * fine), 180, 360, fill=255, width=int(0.13 * fine))
    pen.rectangle((0.25 * fine, 0.38 * fine, 0.38 * fine - 1, 0.5 * fine), fill=255)
    pen.rectangle((0.62 * fine + 1, 0.38 * fine, 0.75 * fine, 0.5 * fine), fill=255)
    pen.rounded_rectangle((0.14 * fine, 0.46 * fine, 0.86 * fine, 0.96 * fine), radius=0.1 * fine, fill=255)
    letter = Image.new("L", (size + 2 * margin, size + 2 * margin))
    letter.paste(drawn.reduce(_FINE), (margin, margin))
    return letter, letter.filter(ImageFilter.MaxFilter(2 * margin + 1))


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    # matplotlib brings the font; importing it for a path would cost half a second at start.
    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    return ImageFont.truetype(str(Path(spec.origin).parent / _FONT_FILE), size)
