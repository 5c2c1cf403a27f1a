"""The user's data sets: imported by rules, listed with what is in them, removed; and work in other processes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gpff_desktop.chemistry.formats import write_structures
from gpff_desktop.data.report import CheckReport
from gpff_desktop.data.rules import Fault, ImportRules
from gpff_desktop.engine.checkpoint import CARD
from gpff_desktop.session import model_folders
from gpff_desktop.session.data_sets import (
    Summary,
    check_steps,
    data_sets,
    free_name,
    import_steps,
    path_of_new,
    remember_origin,
    remove_data_set,
    user_data_sets_folder,
)
from gpff_desktop.session.stepping import SteppingError, steps_elsewhere
from gpff_desktop.structure import Structure


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GPFF_DATA", str(tmp_path / "sets"))
    return tmp_path / "sets"


@pytest.fixture
def waters(tmp_path: Path) -> Path:
    """Twenty-five waters that differ, and one of them again."""
    water = np.array([[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]])
    structures = [Structure([8, 1, 1], water * (1 + 0.02 * index)) for index in range(25)]
    write_structures(tmp_path / "waters.xyz", [*structures, structures[0]])
    return tmp_path / "waters.xyz"


def report_on(*paths: Path) -> CheckReport:
    (report,) = [step.report for step in check_steps(paths) if not isinstance(step, tuple) and step.report]
    return report


def test_what_was_checked_is_imported_listed_with_what_is_in_it_and_removed(waters: Path) -> None:
    assert data_sets() == []
    rules = ImportRules()
    summary = Summary.of(report_on(waters), rules)
    assert summary == Summary(25, (1, 8), 3)
    *_, last = import_steps([waters], path_of_new(free_name([waters])), rules, summary)
    assert last.finished
    (made,) = data_sets()
    assert (made.name, made.summary) == ("waters", summary)
    told = remember_origin(made, "the laboratory", "CC0-1.0")
    assert data_sets() == [told]
    assert told.summary == replace(summary, source="the laboratory", licence="CC0-1.0")
    assert free_name([waters]) == "waters-2"
    with pytest.raises(FileExistsError, match="a data set 'waters' already"):
        path_of_new("waters")
    (user_data_sets_folder() / "waters.summary.json").write_text("{}")
    assert data_sets()[0].summary is None
    remove_data_set(made)
    assert list(user_data_sets_folder().iterdir()) == []


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden"])
def test_a_name_that_is_none_is_refused_before_anything_is_written(name: str, folder: Path) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a data set"):
        path_of_new(name)
    assert not folder.exists()


def test_an_import_that_is_given_up_leaves_nothing_behind(waters: Path, folder: Path) -> None:
    steps = import_steps([waters], path_of_new("half"), ImportRules(), Summary(25, (1, 8), 3))
    next(steps)
    steps.close()
    assert list(folder.iterdir()) == []


def test_pictures_come_after_the_report(waters: Path) -> None:
    *_, before, pictures = check_steps([waters])
    assert not isinstance(before, tuple)
    assert before.report is not None
    assert before.report.faults == {Fault.DUPLICATE: 1, **before.report.faults}
    assert isinstance(pictures, tuple)
    assert len(pictures) == 12
    assert any(picture.png.startswith(b"\x89PNG") for picture in pictures)


def counting(path: Path, number: int) -> Iterator[int]:
    """Yields numbers, and notes when it is left."""
    try:
        for index in range(number):
            yield index
            time.sleep(0.02)
        raise ValueError("the end\nof it")
    finally:
        path.touch()


def test_work_elsewhere_gives_its_steps_and_its_error_in_one_line(tmp_path: Path) -> None:
    found: list[object] = []
    with pytest.raises(SteppingError, match=r"^the end$"):
        found.extend(steps_elsewhere(counting, tmp_path / "left", 3, cut_off="cut off"))
    assert [step for step in found if step is not None] == [0, 1, 2]


def test_work_elsewhere_that_is_given_up_has_time_to_clear_up(tmp_path: Path) -> None:
    steps = steps_elsewhere(counting, tmp_path / "left", 10_000, cut_off="cut off", patience=30)
    while next(steps) is None:
        pass
    steps.close()
    assert (tmp_path / "left").exists()


def test_models_are_listed_without_their_weights_and_broken_cards_do_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(model_folders.FOLDER_VARIABLE, str(tmp_path))
    for name, text in (("good", json.dumps({"elements": [1, 6]})), ("broken", "{")):
        (tmp_path / name).mkdir()
        (tmp_path / name / CARD).write_text(text)
    found = {model.name: model for model in model_folders.model_folders()}
    assert list(found) == ["qm9", "broken", "good"]
    assert (found["good"].elements, found["broken"].elements) == ((1, 6), ())
    assert [model.removable for model in found.values()] == [False, True, True]
