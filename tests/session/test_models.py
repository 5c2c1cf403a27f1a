"""Installed models: found by name or path, hidden by the user's own, listed with what is wrong."""

import shutil

import pytest

from gpff_desktop.engine.checkpoint import CARD, CheckpointError, load_model, save_model
from gpff_desktop.session import model_folders, models
from gpff_desktop.session.models import find_model, installed_models, user_models_folder


@pytest.fixture
def ours(tmp_path, monkeypatch):
    """The program's own models, in a folder of their own."""
    monkeypatch.setattr(model_folders, "resources", lambda: tmp_path / "ours")
    (tmp_path / "ours" / "models").mkdir(parents=True)
    return tmp_path / "ours" / "models"


@pytest.fixture
def theirs(tmp_path, monkeypatch):
    """The user's models."""
    monkeypatch.setenv(models.FOLDER_VARIABLE, str(tmp_path / "theirs"))
    (tmp_path / "theirs").mkdir()
    return tmp_path / "theirs"


@pytest.fixture
def install(tiny_network, tiny_card):
    return lambda folder, name: save_model(folder / name, tiny_network(), tiny_card(name=name))


def test_models_of_both_folders_are_listed_the_default_first(ours, theirs, install):
    for folder, name in ((ours, "qm9"), (ours, "alpha"), (theirs, "zeta"), (theirs, "beta")):
        install(folder, name)
    assert [model.name for model in installed_models()] == ["qm9", "alpha", "beta", "zeta"]
    assert all(model.card.name == model.name and not model.problem for model in installed_models())
    assert find_model("beta") == theirs / "beta"
    assert load_model(find_model("qm9"))[1].name == "qm9"


def test_a_users_model_hides_one_of_the_same_name(ours, theirs, install):
    install(ours, "qm9")
    install(theirs, "qm9")
    assert find_model("qm9") == theirs / "qm9"
    assert len(installed_models()) == 1


def test_the_users_folder_is_that_of_the_environment_or_of_the_system(theirs, monkeypatch):
    assert user_models_folder() == theirs
    monkeypatch.delenv(models.FOLDER_VARIABLE)
    assert user_models_folder().parts[-2:] == ("gpff-desktop", "models")


def test_a_model_is_found_by_its_path_too(ours, theirs, tmp_path, install):
    install(tmp_path, "elsewhere")
    assert find_model(str(tmp_path / "elsewhere")) == tmp_path / "elsewhere"


def test_a_model_that_is_not_there_is_refused_with_those_that_are(ours, theirs, install):
    with pytest.raises(CheckpointError, match=r"there is no model 'qm9'; installed: none"):
        find_model("qm9")
    install(ours, "alpha")
    install(theirs, "beta")
    with pytest.raises(CheckpointError, match=r"there is no model 'gamma'; installed: alpha, beta"):
        find_model("gamma")


def test_a_damaged_model_is_listed_with_its_problem_and_hides_no_other(ours, theirs, install):
    install(ours, "alpha")
    install(ours, "broken")
    (ours / "broken" / CARD).write_text("{")
    (ours / "no model").mkdir()
    (ours / "a file").write_text("")
    alpha, broken = installed_models()
    assert (alpha.name, alpha.problem) == ("alpha", "")
    assert broken.card is None
    assert "cannot be read" in broken.problem
    assert "\n" not in broken.problem


def test_folders_that_are_not_there_hold_no_models(ours, theirs):
    shutil.rmtree(ours)
    shutil.rmtree(theirs)
    assert installed_models() == []
