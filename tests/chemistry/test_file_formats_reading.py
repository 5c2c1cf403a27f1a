"""Reading: what is broken is named by record and line, what is good opens, and a file is never held in memory."""

import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from gpff_desktop.chemistry.convert import from_smiles
from gpff_desktop.chemistry.formats import (
    FORMATS,
    FormatError,
    Problem,
    is_trajectory,
    iterate_records,
    iterate_structures,
    open_records,
    read_structures,
    readable_suffixes,
    writable_suffixes,
    write_structures,
)
from gpff_desktop.structure import Structure

WITH_POSITIONS = [suffix for suffix in writable_suffixes() if FORMATS[suffix].keeps_positions]
MANY = [suffix for suffix in WITH_POSITIONS if not FORMATS[suffix].single]
TEXT = [suffix for suffix in readable_suffixes() if FORMATS[suffix].parse]


@pytest.fixture(scope="module")
def ethanol() -> Structure:
    return from_smiles("CCO").with_title("ethanol").with_properties(model="small", seed="7")


def refusal(path: Path) -> str:
    with pytest.raises(FormatError) as error:
        read_structures(path)
    assert "\n" not in str(error.value)
    assert path.name in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("suffix", readable_suffixes())
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n \n",
        bytes(range(256)) * 8,
        b"hello, world\nthis is prose\n\n\n\n",
        b"\x00\x01",
        b"PK\x03\x04",
        b"SQLite format 3\0 and no more",
        b"\xff\xfe\xfd" * 50,
        b"M  END\n$$$$\n$$$$\n",
        b"0\n\n",
        b"9999999999999999999999\n\nQq 0 0 0\n",
        b"@<TRIPOS>MOLECULE",
        b"ATOM      1  C1  UNL A   1\nEND\n",
        b"MODEL        1\nENDMDL\n",
    ],
)
def test_what_holds_no_structure_is_refused_in_one_line(tmp_path, suffix, content):
    path = tmp_path / f"file{suffix}"
    path.write_bytes(content)
    refusal(path)


@pytest.mark.parametrize("suffix", readable_suffixes())
def test_a_missing_file_and_a_folder_are_refused(tmp_path, suffix):
    assert "there is no file" in refusal(tmp_path / f"none{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    assert "is a folder" in refusal(tmp_path / f"folder{suffix}")


@pytest.mark.parametrize("suffix", readable_suffixes())
@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_a_file_that_cannot_be_opened_says_why(tmp_path, monkeypatch, suffix, error):
    path = tmp_path / f"file{suffix}"
    path.write_text("C methane\n")

    def fail(*_args, **_options):
        raise error

    monkeypatch.setattr(Path, "open", fail)
    assert f"cannot be read ({error.strerror})" in refusal(path)


@pytest.mark.parametrize("written", MANY)
@pytest.mark.parametrize("named", TEXT)
def test_a_file_with_the_suffix_of_another_format_says_what_it_looks_like(tmp_path, ethanol, written, named):
    right, wrong = tmp_path / f"right{written}", tmp_path / f"wrong{named}"
    write_structures(right, [ethanol])
    right.rename(wrong)
    if FORMATS[written].parse is FORMATS[named].parse:
        assert len(read_structures(wrong).structures) == 1
    else:
        shown = {".extxyz": ".xyz"}.get(written, written)
        assert f"looks like {FORMATS[shown].name}; rename it to {shown}" in refusal(wrong)


@pytest.mark.parametrize(
    ("content", "name"), [(b"SQLite format 3\0", "ASE database"), (b"PK\x03\x04", "Structure set")]
)
def test_a_file_that_is_no_text_says_what_it_looks_like(tmp_path, content, name):
    (tmp_path / "file.sdf").write_bytes(content)
    assert f"looks like {name}; rename it" in refusal(tmp_path / "file.sdf")


@pytest.mark.parametrize("name", ["file", "file.cif", "file.sdf.zip"])
def test_an_unknown_suffix_is_refused_with_the_known_ones_or_what_the_file_looks_like(tmp_path, name, ethanol):
    (tmp_path / name).write_text("x")
    assert ".sdf, .mol, .xyz" in refusal(tmp_path / name)
    write_structures(tmp_path / "real.sdf", [ethanol])
    (tmp_path / "real.sdf").rename(tmp_path / name)
    assert "looks like SDF; rename it to .sdf" in refusal(tmp_path / name)


def lines_of(tmp_path, suffix, structures) -> list[str]:
    write_structures(tmp_path / f"whole{suffix}", structures)
    return (tmp_path / f"whole{suffix}").read_text().split("\n")


@pytest.mark.parametrize("suffix", MANY)
def test_a_file_cut_short_at_any_place_loses_only_its_last_record(tmp_path, suffix, ethanol):
    text = "\n".join(lines_of(tmp_path, suffix, [ethanol, ethanol]))
    cut = tmp_path / f"cut{suffix}"
    # Both records have the same length. A PDB file may end after any atom: there is no telling.
    begin = text.index("HETATM", len(text) // 2) + 40 if suffix == ".pdb" else len(text) // 2 + 8
    stop = begin + 10 if suffix == ".pdb" else len(text) - 8
    for length in range(begin, stop, 3 if suffix == ".pdb" else 23):
        cut.write_text(text[:length])
        result = read_structures(cut)
        assert len(result.structures) == 1, text[:length]
        assert [problem.record for problem in result.problems] == [2]
        assert result.structures[0].title == "ethanol"


@pytest.mark.parametrize("bad", ["nan", "inf", "x.y", "1.2.3", "-", ""])
@pytest.mark.parametrize("suffix", MANY)
def test_a_coordinate_that_is_no_number_is_named_by_record_and_line_and_the_rest_opens(tmp_path, suffix, bad, ethanol):
    lines = lines_of(tmp_path, suffix, [ethanol, ethanol, ethanol])
    heads = {".sdf": "ethanol", ".xyz": "9", ".extxyz": "9", ".pdb": "MODEL        2"}
    heads_at = [index for index, line in enumerate(lines) if line == heads[suffix]]
    line = heads_at[0 if suffix == ".pdb" else 1] + {".sdf": 5, ".pdb": 2}.get(suffix, 3)
    column, width = {".sdf": (10, 10), ".pdb": (38, 8)}.get(suffix, (24, 20))
    lines[line] = lines[line][:column] + f"{bad:>{width}}" + lines[line][column + width :]
    (tmp_path / f"bad{suffix}").write_text("\n".join(lines))
    result = read_structures(tmp_path / f"bad{suffix}")
    assert len(result.structures) == 2
    assert [(problem.record, problem.line) for problem in result.problems] == [(2, line + 1)]
    assert str(result.problems[0]).startswith(f"record 2, line {line + 1}: ")


SDF_FAULTS = [
    (4, slice(31, 34), "Qq ", "not an element: 'Qq'"),
    (4, slice(31, 34), "R# ", "not an element: 'R#'"),
    (4, slice(31, 34), "   ", "not an element: ''"),
    (3, slice(0, 3), "abc", "numbers of atoms and bonds"),
    (13, slice(0, 3), " 99", "bond 1 does not join"),
]


@pytest.mark.parametrize(("line", "columns", "text", "message"), SDF_FAULTS)
def test_faults_in_a_mol_block_are_named_by_line(tmp_path, ethanol, line, columns, text, message):
    lines = lines_of(tmp_path, ".sdf", [ethanol, ethanol])
    line += lines.index("$$$$") + 1
    lines[line] = lines[line][: columns.start] + text + lines[line][columns.stop :]
    (tmp_path / "bad.sdf").write_text("\n".join(lines))
    (problem,) = read_structures(tmp_path / "bad.sdf").problems
    assert (problem.record, problem.line) == (2, line + 1)
    assert message in problem.message


FRAME = "2\nhydrogen\nH 0 0 0\nH 0 0 0.74\n"


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        ("1\n\nXx 0 0 0\n", 7),
        ("1\n\nC 0 0\n", 7),
        ("1\n\nC a b c\n", 7),
        ("1\n\nC 0 0 inf\n", 7),
        ("1\n\n\n", 7),
        ("0\n\n", 5),
        ("3\ntoo many are announced\nC 0 0 0\nC 0 0 1\n", 5),
        ("9\ntoo many are announced\nC 0 0 0\nC 0 0 1\n", 5),
        ("rubbish\nmore of it\n", 5),
        ("-1\n\n", 5),
        ("١\n\nC 0 0 0\n", 5),
        ("1\nProperties=species:S:1\nC 0 0 0\n", 6),
    ],
)
def test_a_bad_frame_is_named_by_line_and_the_next_one_opens(tmp_path, bad, line):
    (tmp_path / "file.xyz").write_text(FRAME + bad + FRAME, encoding="utf-8")
    result = read_structures(tmp_path / "file.xyz")
    assert [one.formula for one in result.structures] == ["H2", "H2"]
    assert [(problem.record, problem.line) for problem in result.problems] == [(2, line)]


def test_a_frame_with_more_atoms_than_announced_is_read_and_the_surplus_named(tmp_path):
    (tmp_path / "file.xyz").write_text("1\n\nC 0 0 0\nC 0 0 1\n" + FRAME)
    result = read_structures(tmp_path / "file.xyz")
    assert [one.formula for one in result.structures] == ["C", "H2"]
    assert [(problem.record, problem.line) for problem in result.problems] == [(2, 4)]


N_RECORDS = 2_000
BAD = (1, 999, 1000, 1500)


@pytest.fixture(scope="module")
def large_sdf(tmp_path_factory) -> Path:
    """Two thousand molecules, four of them spoilt."""
    methane = from_smiles("C").with_properties(note="n" * 600)
    folder = tmp_path_factory.mktemp("large")
    write_structures(folder / "one.sdf", [methane])
    good = (folder / "one.sdf").read_text()
    bad = good.replace(" C  ", " Qq ", 1)
    path = folder / "large.sdf"
    with path.open("w") as file:
        file.writelines(bad if number in BAD else good for number in range(1, N_RECORDS + 1))
    return path


def test_a_large_file_opens_with_its_good_records_and_lists_the_bad(large_sdf):
    result = read_structures(large_sdf)
    assert len(result.structures) == N_RECORDS - len(BAD)
    assert [problem.record for problem in result.problems] == list(BAD)
    n_lines = large_sdf.read_text().count("\n") // N_RECORDS
    assert [problem.line for problem in result.problems] == [(number - 1) * n_lines + 5 for number in BAD]


def test_progress_grows_from_nothing_to_all_and_only_the_end_is_all(large_sdf):
    with open_records(large_sdf) as records:
        assert records.fraction == 0
        seen = [records.fraction for _ in records]
        assert records.fraction == 1
    assert seen == sorted(seen)
    assert len(seen) == N_RECORDS
    assert seen[N_RECORDS // 2] == pytest.approx(0.5, abs=0.02)
    assert seen[-1] < 1


def test_a_large_file_is_never_held_in_memory(large_sdf):
    next(iterate_records(large_sdf))
    tracemalloc.start()
    try:
        assert sum(1 for _ in iterate_records(large_sdf)) == N_RECORDS
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < large_sdf.stat().st_size / 4


@pytest.fixture
def opened(monkeypatch) -> list:
    """Every file that is opened from now on."""
    files, plain = [], Path.open

    def remember(*args, **options):
        files.append(plain(*args, **options))
        return files[-1]

    monkeypatch.setattr(Path, "open", remember)
    return files


def test_reading_that_is_cancelled_in_the_middle_closes_the_file(large_sdf, opened):
    records = open_records(large_sdf)
    for _ in range(1200):
        next(records)
    assert 0.5 < records.fraction < 0.7
    assert not opened[-1].closed
    records.close()
    assert opened[-1].closed
    records.close()
    assert 0.5 < records.fraction < 0.7
    with pytest.raises(StopIteration):
        next(records)


def test_a_stream_that_was_never_begun_can_be_closed(large_sdf, opened):
    open_records(large_sdf).close()
    assert all(file.closed for file in opened)


def test_a_stream_is_read_in_another_thread_and_watched_from_this_one(large_sdf):
    records, halfway, go_on, count = open_records(large_sdf), threading.Event(), threading.Event(), []

    def read():
        for number, record in enumerate(records):
            count.append(record)
            if number == N_RECORDS // 2:
                halfway.set()
                go_on.wait(30)

    worker = threading.Thread(target=read)
    worker.start()
    assert halfway.wait(30)
    assert records.fraction == pytest.approx(0.5, abs=0.02)
    go_on.set()
    worker.join(30)
    assert len(count) == N_RECORDS
    assert records.fraction == 1


@pytest.mark.parametrize("suffix", MANY)
def test_reading_is_streamed(tmp_path, suffix, ethanol):
    path = tmp_path / f"file{suffix}"
    write_structures(path, [ethanol] * 3)
    with path.open("a") as file:
        file.write("junk that is never reached\n")
    assert next(iterate_structures(path, on_problem=pytest.fail)).title == "ethanol"


def test_bad_records_are_yielded_in_their_place(tmp_path):
    (tmp_path / "file.xyz").write_text(FRAME + "1\n\nQq 0 0 0\n" + FRAME)
    assert [isinstance(record, Problem) for record in iterate_records(tmp_path / "file.xyz")] == [False, True, False]


def test_a_trajectory_is_several_frames_of_the_same_atoms_in_the_same_order(ethanol):
    moved = ethanol.with_positions(ethanol.positions + 1).with_title("other")
    backwards = Structure(ethanol.numbers[::-1], ethanol.positions)
    shorter = Structure(ethanol.numbers[:-1], ethanol.positions[:-1])
    assert is_trajectory([ethanol, moved, ethanol])
    assert not is_trajectory([])
    assert not is_trajectory([ethanol])
    assert not is_trajectory([ethanol, moved, backwards])
    assert not is_trajectory([ethanol, shorter])


def test_a_hundred_thousand_atoms_open(tmp_path):
    grid = np.stack(np.meshgrid(*[np.arange(50.0)] * 2, np.arange(40.0)), axis=-1).reshape(-1, 3) * 3
    with (tmp_path / "large.xyz").open("w") as file:
        file.write(f"{len(grid)}\nargon\n")
        file.writelines(f"Ar {x} {y} {z}\n" for x, y, z in grid)
    (argon,) = read_structures(tmp_path / "large.xyz").structures
    np.testing.assert_array_equal(argon.positions, grid)
