"""Opening files record by record: progress, giving up, bad records, trajectories and sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.chemistry.formats import FormatError, Problem, open_records, write_structures
from gpff_desktop.session import opening
from gpff_desktop.session.document import Document
from gpff_desktop.session.opening import Opened, open_file, openable_suffixes
from gpff_desktop.session.session_file import SessionFileError, save_session
from gpff_desktop.structure import Structure

WATER = Structure([8, 1, 1], [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]], title="water")
METHANE = Structure(
    [6, 1, 1, 1, 1], [[0, 0, 0], [0.6, 0.6, 0.6], [-0.6, -0.6, 0.6], [-0.6, 0.6, -0.6], [0.6, -0.6, -0.6]]
)


def opened(path: Path) -> Opened:
    *_, last = open_file(path)
    assert last.result is not None
    return last.result


def an_sdf(folder: Path, count: int, bad: tuple[int, ...] = ()) -> Path:
    path = folder / "many.sdf"
    write_structures(path, [WATER] * count, overwrite=True)
    records = path.read_text().split("$$$$\n")
    for number in bad:
        records[number - 1] = records[number - 1].replace(" O  ", " Q? ", 1)
    path.write_text("$$$$\n".join(records))
    return path


def test_progress_never_goes_back_and_ends_at_one_with_the_result(tmp_path: Path) -> None:
    steps = list(open_file(an_sdf(tmp_path, 300)))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert len(set(fractions)) > 3, "there is something to watch"
    assert [step.count for step in steps] == [*range(301), 300]
    assert [step.result is None for step in steps] == [True] * 301 + [False]
    assert len(steps[-1].result.structures) == 300


def test_giving_up_in_the_middle_closes_the_file_and_reads_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = open_records(an_sdf(tmp_path, 2_000))
    monkeypatch.setattr(opening, "open_records", lambda _: records)
    steps = open_file(tmp_path / "many.sdf")
    for _ in range(100):
        step = next(steps)
    assert step.count == 99
    assert step.fraction < 0.9
    steps.close()
    assert list(steps) == []
    assert list(records) == [], "the file is closed"


def test_good_records_open_and_bad_ones_are_listed_by_number(tmp_path: Path) -> None:
    result = opened(an_sdf(tmp_path, 40, bad=(7, 21)))
    assert len(result.structures) == 38
    assert [problem.record for problem in result.problems] == [7, 21]
    assert result.told().startswith("2 records of 'many.sdf' could not be read; the first is record 7")
    assert opened(an_sdf(tmp_path, 2, bad=(1,))).told().startswith("1 record of 'many.sdf' could not be read; record 1")
    assert opened(an_sdf(tmp_path, 1)).told() == ""


@given(st.lists(st.integers(1, 99), min_size=1, max_size=5))
def test_what_is_told_of_bad_records_is_one_line(numbers: list[int]) -> None:
    told = Opened(
        Path("x.sdf"), (), tuple(Problem(number, "the mol block cannot be read") for number in numbers)
    ).told()
    assert "\n" not in told
    assert f"record {numbers[0]}" in told


def test_frames_of_one_system_are_a_trajectory(tmp_path: Path) -> None:
    path = tmp_path / "run.xyz"
    frames = [WATER.with_positions(WATER.positions + k) for k in range(4)]
    write_structures(path, frames)
    result = opened(path)
    assert result.is_trajectory
    assert result.trajectory is not None
    assert np.allclose(result.trajectory.positions[3], frames[3].positions)
    assert result.trajectory.title == "run"


@pytest.mark.parametrize(
    ("name", "structures"),
    [("x.xyz", [WATER, METHANE]), ("x.xyz", [WATER]), ("x.sdf", [WATER, WATER])],
    ids=["other atoms", "one frame", "conformers"],
)
def test_other_records_stay_structures_of_their_own(tmp_path: Path, name: str, structures: list[Structure]) -> None:
    write_structures(tmp_path / name, structures)
    result = opened(tmp_path / name)
    assert not result.is_trajectory
    assert len(result.structures) == len(structures)


def test_it_is_told_whether_the_file_knows_bonds(tmp_path: Path) -> None:
    for name, has_bonds in (("x.sdf", True), ("x.xyz", False)):
        write_structures(tmp_path / name, [WATER])
        assert opened(tmp_path / name).has_bonds is has_bonds


def test_a_session_opens_as_a_session(tmp_path: Path) -> None:
    document = Document()
    document.add([WATER, METHANE])
    save_session(tmp_path / "S.GPFF", document.state)
    *_, last = open_file(tmp_path / "S.GPFF")
    assert last.result is not None
    assert last.result.session is not None
    assert len(last.result.session.state.entries) == last.count == 2
    assert not last.result.structures


def test_sessions_are_among_what_can_be_opened() -> None:
    assert {".gpff", ".sdf", ".xyz"} <= set(openable_suffixes())


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("x.gpff", b"{", SessionFileError),
        ("x.sdf", b"", FormatError),
        ("x.sdf", b"rubbish\n" * 9, FormatError),
        ("x.xyz", b"2\n\nH 0 0 nan\nH 0 0 1\n", FormatError),
        ("x.docx", b"PK\x03\x04", FormatError),
    ],
)
def test_what_cannot_be_opened_is_told_in_one_line(
    tmp_path: Path, name: str, content: bytes, error: type[ValueError]
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error) as caught:
        opened(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named_when_opening_begins(tmp_path: Path) -> None:
    steps = open_file(tmp_path / "nothing.sdf")
    assert next(steps).fraction == 0.0
    with pytest.raises(FormatError, match=r"nothing\.sdf"):
        next(steps)


def test_a_structure_of_a_hundred_thousand_atoms_opens(tmp_path: Path) -> None:
    large = Structure(np.full(100_000, 6), np.random.default_rng(0).normal(size=(100_000, 3)) * 100)
    path = tmp_path / "large.xyz"
    path.write_text(f"{len(large)}\n\n" + "".join(f"C {x:.3f} {y:.3f} {z:.3f}\n" for x, y, z in large.positions))
    (structure,) = opened(path).structures
    assert len(structure) == 100_000
