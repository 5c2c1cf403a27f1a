"""Plugins as they are installed: found, loaded, and refused in one line that says why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gpff_desktop.plugin_samplers import provide_sampler, register_samplers
from gpff_desktop.plugins import App, Installed, Plugin, PluginError, figure_of, installed_plugins
from gpff_desktop.session.workbench import Workbench
from gpff_desktop.structure import Structure

from .conftest import Site

HEAD = "from gpff_desktop.plugins import *\n"
REFUSED = {
    "a module that is not there": ("import no_such_module", "cannot be loaded: ModuleNotFoundError: .*no_such_module"),
    "a mistake in the source": ("plugin = (", "cannot be loaded: SyntaxError"),
    "an end of the program": ("raise SystemExit(3)", "cannot be loaded: SystemExit: 3"),
    "nothing of that name": ("other = 1", "cannot be loaded: AttributeError: .*plugin"),
    "something else": ("plugin = print", "names a builtin_function_or_method .*gpff_desktop.plugins.Plugin"),
    "a newer interface": ("plugin = Plugin('New', api=2)", "version 2 of the interface, this is 1; update GPFF"),
    "an older interface": ("plugin = Plugin('Old', api=0)", "version 0 of the interface, this is 1; update the p"),
    "an id with a blank": ("plugin = Plugin('A', 1, (Command('my id', 'B', print),))", "the id 'my id'"),
    "no title": ("plugin = Plugin('A', 1, (Command('b', ' ', print),))", "no title for 'b'"),
    "the same id twice": (
        "plugin = Plugin('A', 1, (Command('b', 'B', print),), (Panel('b', 'B', print),))",
        "two parts with the id 'b'",
    ),
    "a figure without a name": (
        "plugin = Plugin('A', 1, columns=(Column('b', 'B', lambda s: 1.0),))",
        "column 'B' whose figure is no function of a module; write it with def",
    ),
}  # fmt: skip


def one() -> Installed:
    (found,) = [plugin for plugin in installed_plugins() if plugin.package.startswith("gpff-")]
    return found


def test_an_installed_plugin_is_found_with_what_its_package_says_and_not_imported(site: Site) -> None:
    site.install("mine", "raise AssertionError('imported')", version="3.1")
    found = one()
    assert (found.name, found.package, found.version, found.description) == ("mine", "gpff-mine", "3.1", "Tests mine")


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_line(site: Site, kind: str) -> None:
    source, words = REFUSED[kind]
    site.install("bad", HEAD + source)
    with pytest.raises(PluginError, match=words) as refused:
        one().load()
    assert "\n" not in str(refused.value)


def test_a_good_plugin_says_what_it_adds(site: Site) -> None:
    site.install("good", HEAD + "plugin = Plugin('Good', 1, (Command('a', 'A', print), Command('b', 'B', print)))")
    found = one()
    assert found.load().summary() == "2 commands"
    assert found.owns("site_good")
    assert not found.owns("site_goods")


def test_of_two_plugins_of_one_name_the_first_counts(site: Site) -> None:
    for package, version in (("one", "1"), ("two", "2")):
        site.install(package, HEAD + f"plugin = Plugin('{package}', 1)", version=version)
    about = site.folder / "gpff_two-2.dist-info" / "entry_points.txt"
    about.write_text("[gpff_desktop.plugins]\none = site_two:plugin\n")
    assert one().name == "one"


def test_a_figure_is_a_finite_number_or_nothing(site: Site) -> None:
    (site.folder / "site_figures.py").write_text(
        "def size(s): return len(s)\ndef none(s): return None\n"
        "def nan(s): return float('nan')\ndef text(s): return '3'\n"
    )
    water = Structure([8, 1, 1], [[0, 0, 0], [0, 0, 1], [0, 1, 0]])
    assert figure_of("site_figures", "size", water) == 3.0
    assert figure_of("site_figures", "none", water) is None
    assert figure_of("site_figures", "nan", water) is None
    with pytest.raises(TypeError, match="text gave '3', which is no number"):
        figure_of("site_figures", "text", water)


def test_a_plugin_has_the_document_the_selection_and_the_candidates_at_hand_without_a_window() -> None:
    workbench, said = Workbench(), []
    workbench.noted.connect(said.append)
    app = App(workbench, run=said.append)
    assert app.structure is app.field is None
    assert app.selection == []
    workbench.document.add([Structure([6], [[0, 0, 0]])])
    app.editor.select([0])
    assert app.structure is workbench.document.required().structure
    assert app.selection == [0]
    assert app.candidates is workbench.candidates
    app.say("done")
    app.run("run.relax")
    assert said == ["done", "run.relax"]


SAMPLERS = """
def halfway(run):
    while not run.finished:
        now = run.evaluate(run.positions)
        yield run.step(now.positions + now.forces / 4, now)

def failing(run):
    yield from halfway(run)
    run.no_such_thing

def samplers():
    from gpff_desktop.engine.samplers import Sampler
    return [Sampler("halfway", "Half way", "relaxation", (), "Half the way", halfway),
            Sampler("failing", "Failing", "relaxation", (), "Fails", failing)]

plugin = Plugin("Mine", 1, samplers=samplers)
"""


def test_the_samplers_of_a_plugin_are_found_by_its_name_and_blamed_for_what_they_raise(
    site: Site, registry: dict[str, Any], tiny_field: Any
) -> None:
    from gpff_desktop.engine.batch import Batch
    from gpff_desktop.engine.samplers import sample

    site.install("mine", HEAD + SAMPLERS)
    own = set(registry)
    for name in ("direct", "other.halfway", "halfway"):
        provide_sampler(name)
    assert set(registry) == own
    provide_sampler("mine.halfway")
    provide_sampler("mine.failing")
    assert set(registry) - own == {"mine.halfway", "mine.failing"}
    assert one().load().summary() == "samplers"
    with pytest.raises(PluginError, match="id 'halfway', which is taken"):
        register_samplers("mine", one().load())

    start = Batch.from_structures([Structure([8, 1, 1], [[0, 0, 0], [1.2, 0, 0], [0, 1.2, 0]])])
    assert [step.index for step in sample("mine.halfway", tiny_field(), start, budget=3)] == [1, 2, 3]
    with pytest.raises(PluginError, match=r"sampler Failing of a plugin failed: AttributeError: .*no_such_thing"):
        list(sample("mine.failing", tiny_field(), start, budget=2))
    assert issubclass(PluginError, ValueError)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("plugin = Plugin('A', 1, samplers=lambda: ['x'])", "the plugin odd gives 'x' as a sampler"),
        (
            "plugin = Plugin('A', 1, samplers=lambda: 1 / 0)",
            "the plugin odd cannot give its samplers: ZeroDivisionError",
        ),
        ("import site_not_there", "the plugin odd cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_a_sampler_whose_plugin_cannot_be_used_is_refused_by_the_name_of_the_plugin(
    site: Site, registry: dict[str, Any], source: str, words: str
) -> None:
    site.install("odd", HEAD + source)
    with pytest.raises(PluginError, match=words):
        provide_sampler("odd.one")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The registry of samplers, put back afterwards."""
    from gpff_desktop.engine import samplers

    own = dict(samplers.SAMPLERS)
    monkeypatch.setattr(samplers, "SAMPLERS", own)
    return own


def test_the_code_in_the_documentation_works() -> None:
    page = (Path(__file__).parents[1] / "docs" / "plugins.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "documentation"}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, names)
        assert isinstance(names["plugin"], Plugin)
    names["test_heavy_atoms_are_selected"]()
    ends = Structure([6, 6], [[0, 0, -1.5], [0, 0, 1.5]])
    assert names["radius_of_gyration"](ends) == pytest.approx(1.5)
    for name in re.findall(r"`app\.(\w+)", page):
        assert hasattr(App, name), name
