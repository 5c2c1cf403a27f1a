"""Damaged files, at random: whatever stands in a file, reading it gives structures, problems or one line."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpff_desktop.chemistry.formats import (
    FORMATS,
    FormatError,
    read_structures,
    readable_suffixes,
    writable_suffixes,
    write_structures,
)
from gpff_desktop.structure import Structure

TEXT = [suffix for suffix in readable_suffixes() if FORMATS[suffix].parse]
WATER = Structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]], [[0, 1, 1], [0, 2, 1]], "water", {"a": "b"})
LARGE = Structure(np.full(1000, 2), np.arange(3000.0).reshape(-1, 3) - 990, np.empty((0, 3)), "V3000")
MOL2 = (
    "@<TRIPOS>MOLECULE\nwater\n3 2\nSMALL\nNO_CHARGES\n\n@<TRIPOS>ATOM\n1 O 0 0 0 O.3 1 W 0\n2 H 1 0 0 H 1 W 0\n"
    "3 H 0 1 0 H 1 W 0\n@<TRIPOS>BOND\n1 1 2 1\n2 1 3 1\n"
)
PIECES = [
    "",
    "\n",
    "\n\n",
    " ",
    "-",
    "nan",
    "1e999",
    "99999999999",
    "$$$$\n",
    "M  END\n",
    "\t",
    "é",
    "*",
    "\0",
    "٣",
    "{",
]
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def originals(tmp_path_factory) -> dict[str, str]:
    """A good file of every text format, and an SDF of version 3000."""
    folder, texts = tmp_path_factory.mktemp("originals"), {".mol2": 2 * MOL2}
    for suffix in writable_suffixes():
        write_structures(folder / f"file{suffix}", [WATER] * (1 if FORMATS[suffix].single else 3))
        texts[suffix] = (folder / f"file{suffix}").read_text()
    write_structures(folder / "large.sdf", [LARGE])
    return {**texts, ".mol": (folder / "large.sdf").read_text()[:4000] + texts[".mol"]}


def outcome(path) -> int:
    """How many structures open; a `FormatError` must be one line."""
    message = ""
    try:
        result = read_structures(path)
    except FormatError as error:
        message, count = str(error), 0
    else:
        count = len(result.structures)
        message = "".join(problem.message for problem in result.problems)
    assert "\n" not in message
    return count


@pytest.mark.parametrize("suffix", TEXT)
@given(cuts=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 30), st.sampled_from(PIECES)), max_size=4))
@QUICK
def test_a_file_with_pieces_lost_and_others_put_in_gives_records_or_one_line(tmp_path, originals, suffix, cuts):
    text = originals[suffix]
    for place, length, piece in cuts:
        place %= len(text) + 1
        text = text[:place] + piece + text[place + length :]
    path = tmp_path / f"file{suffix}"
    path.write_text(text, encoding="utf-8")
    assert outcome(path) <= 2 * text.count("\n") + 2


@pytest.mark.parametrize("suffix", TEXT)
@given(order=st.permutations(range(30)))
@QUICK
def test_a_file_with_lines_in_another_order_gives_records_or_one_line(tmp_path, originals, suffix, order):
    lines = originals[suffix].splitlines(keepends=True)[:30]
    path = tmp_path / f"file{suffix}"
    path.write_text("".join(lines[index] for index in order if index < len(lines)), encoding="utf-8")
    assert outcome(path) <= len(lines)


@pytest.mark.parametrize("suffix", readable_suffixes())
@given(content=st.binary(max_size=300))
@QUICK
def test_any_bytes_give_records_or_one_line(tmp_path, suffix, content):
    path = tmp_path / f"file{suffix}"
    path.write_bytes(content)
    assert outcome(path) <= len(content)
