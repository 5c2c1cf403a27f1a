"""Settings: what was chosen comes back, whatever happens to the file."""

from __future__ import annotations

import errno
import json
import os
import threading
from operator import methodcaller
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpff_desktop.session.file_lock import FileLock, is_held, waited_for
from gpff_desktop.session.settings import MOST_RECENT_FILES, SettingsStore, UserSettings, validated
from gpff_desktop.viewer import style

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
CHOSEN = UserSettings(
    theme="dark",
    representation="wire",
    parallel=True,
    font_scale=1.25,
    recent_files=("/a.sdf", "/b.xyz"),
    guide_seen=True,
    generate={"formula": "C7H10", "count": 8, "noise": None, "locked": False},
    plugins={"druglike": False},
    geometry="AdnQywAD",
)


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "config")


def test_what_was_saved_is_loaded(store: SettingsStore) -> None:
    store.save(CHOSEN)
    assert SettingsStore(store.path.parent).load() == CHOSEN
    assert not store.problem


def test_the_defaults_are_there_before_anything_was_saved(store: SettingsStore) -> None:
    assert store.load() == UserSettings()
    assert not store.problem


def test_the_defaults_are_among_what_the_view_can_show() -> None:
    assert UserSettings().representation in style.REPRESENTATIONS
    assert UserSettings().palette in style.PALETTES


@given(st.dictionaries(st.sampled_from(list(UserSettings.__dataclass_fields__)) | st.text(), ANY_JSON))
def test_whatever_a_file_holds_becomes_settings_that_can_be_saved_and_come_back(values: dict[str, Any]) -> None:
    settings = validated(values)
    assert validated(json.loads(json.dumps(settings.as_dict(), allow_nan=False))) == settings


def test_one_wrong_value_costs_only_that_setting() -> None:
    good = {"theme": "dark", "font_scale": 1.5, "parallel": True, "unknown": 1, "generate": {"count": 3, "bad": [1]}}
    wrong = {"guide_seen": "yes", "palette": 7, "recent_files": "a.sdf", "geometry": None}
    expected = UserSettings(theme="dark", font_scale=1.5, parallel=True, generate={"count": 3})
    assert validated({**good, **wrong}) == expected
    for bad in ({"theme": "pink"}, {"font_scale": 99}, {"font_scale": float("nan")}, {"font_scale": True}):
        assert validated(bad) == UserSettings()


def test_names_that_the_view_does_not_know_give_way_to_the_default(tmp_path: Path) -> None:
    SettingsStore(tmp_path).update(representation="cartoon")
    assert SettingsStore(tmp_path, {"representation": style.REPRESENTATIONS}).load() == UserSettings()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 99999, b'{"theme": "dark"'])
def test_a_damaged_file_is_set_aside_and_told_once(store: SettingsStore, content: bytes) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(content)
    assert store.load() == UserSettings()
    assert "settings.json.bad" in store.problem
    assert "\n" not in store.problem
    assert store.path.with_name("settings.json.bad").read_bytes() == content
    store.load()
    assert not store.problem


def test_recent_files_are_distinct_newest_first_and_not_too_many() -> None:
    settings = UserSettings()
    for number in range(20):
        settings = settings.with_recent(Path(f"/folder/{number}.sdf"))
    settings = settings.with_recent(Path("/folder/15.sdf"))
    names = [Path(name).stem for name in settings.recent_files]
    assert names == ["15", "19", "18", "17", "16", *map(str, range(14, 7, -1))]
    assert len(names) == MOST_RECENT_FILES
    assert "15" not in [Path(name).stem for name in settings.without_recent(Path("/folder/15.sdf")).recent_files]


def test_two_windows_keep_each_other_s_choices(store: SettingsStore) -> None:
    other = SettingsStore(store.path.parent)
    store.load(), other.load()
    store.update(theme="dark")
    assert other.update(font_scale=2.0) == UserSettings(theme="dark", font_scale=2.0)
    with pytest.raises(TypeError):
        store.update(colour="red")


def test_many_windows_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    def work(index: int) -> None:
        for round_ in range(3):
            name = f"/{index}-{round_}.sdf"
            SettingsStore(tmp_path).change(methodcaller("with_recent", name))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(SettingsStore(tmp_path).load().recent_files) == 12
    assert {path.name for path in tmp_path.iterdir()} == {"settings.json", "settings.lock"}


def test_a_full_disk_is_told_and_leaves_the_old_settings(store: SettingsStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(CHOSEN)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert store.update(theme="light").theme == "light", "the window goes on with what was chosen"
    assert "No space left on device" in store.problem
    assert store.load() == CHOSEN


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = SettingsStore(tmp_path / "file")
    assert store.load() == UserSettings()
    store.save(CHOSEN)
    assert "cannot be saved" in store.problem


def test_a_lock_has_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    assert not is_held(path)
    first, second = FileLock(path), FileLock(path)
    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    assert is_held(path)
    with waited_for(path, seconds=0.05) as held:
        assert not held
    first.release()
    with waited_for(path) as held:
        assert held
    assert second.acquire()
    second.release()


def test_a_lock_in_a_folder_that_is_not_there_is_not_held(tmp_path: Path) -> None:
    with waited_for(tmp_path / "nowhere" / "x.lock") as held:
        assert not held
