"""What counts as unsaved."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gpff_desktop.session.candidates import CandidateList
from gpff_desktop.session.document import Document
from gpff_desktop.session.unsaved import Unsaved
from gpff_desktop.structure import Structure

WATER = Structure([8, 1, 1], [[0.0, 0.0, 0.12], [0.0, 0.76, -0.47], [0.0, -0.76, -0.47]])


def opened() -> tuple[Document, CandidateList, Unsaved]:
    document, candidates = Document(), CandidateList()
    return document, candidates, Unsaved(document, candidates)


def test_what_was_drawn_is_unsaved_and_what_was_opened_is_not_until_it_is_changed() -> None:
    document, _, unsaved = opened()
    assert not unsaved
    keys = document.add([WATER])
    assert document.entry in unsaved
    assert unsaved
    unsaved.note_kept(keys)
    assert not unsaved
    document.select([1])
    document.set_perceived_bonds(keys[0], document.required().structure, WATER.with_bonds(np.array([[0, 1, 2]])))
    assert not unsaved
    document.lock([0])
    assert unsaved.entries == [document.entry]
    document.undo()
    assert not unsaved
    document.rename(keys[0], "ice")
    assert unsaved
    document.close(keys)
    assert not unsaved


def test_a_session_with_a_file_is_unsaved_after_any_step() -> None:
    document, _, unsaved = opened()
    keys = document.add([WATER])
    document.mark_saved(Path("a.gpff"))
    unsaved.note_all_kept()
    assert not unsaved
    document.close(keys)
    assert unsaved
    document.undo()
    assert not unsaved


def test_starred_candidates_count_until_they_are_saved_or_gone() -> None:
    _, candidates, unsaved = opened()
    told: list[bool] = []
    unsaved.changed.connect(lambda: told.append(bool(unsaved)))
    keys = candidates.add([WATER, WATER])
    assert not unsaved
    candidates.star(keys[0])
    assert told == [True]
    unsaved.note_all_kept()
    assert not unsaved
    candidates.star(keys[1])
    candidates.remove([keys[1]])
    assert not unsaved
