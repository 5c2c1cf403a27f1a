"""Fields that many tests share. Torch is imported where it is used: tests of the window alone need none."""

from __future__ import annotations

import itertools
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PySide6.QtGui  # noqa: F401  (before RDKit's drawing library, see gpff_desktop/gui/__init__.py)
import pytest

from gpff_desktop.structure import Structure

ELEMENTS = (1, 6, 7, 8)
EXAMPLE = Path(__file__).parents[1] / "plugins" / "example"


class HomeField:
    """The exact field of known equilibria, `F = 2 (X0 - X)`: molecules are told apart by their atomic numbers."""

    def __init__(self, homes, card):
        import torch

        self.homes = {tuple(s.numbers.tolist()): torch.from_numpy(s.positions.copy()) for s in homes}
        self.card = card
        self.device = torch.device("cpu")

    @property
    def largest(self):
        return 2 * self.card.max_atoms

    def check(self, structures):
        pass

    def home(self, batch):
        import torch

        return torch.cat([self.homes[tuple(z.tolist())] for z in batch.numbers.split(batch.n_atoms.tolist())])

    def forces(self, batch, kept=None):
        return 2 * (self.home(batch) - batch.positions)


class CountingField:
    """Any field, with every call of `forces` written down: the positions it was asked at, the atoms that are kept."""

    def __init__(self, field):
        self.field, self.card, self.device = field, field.card, field.device
        self.asked, self.kept = [], []

    @property
    def calls(self):
        return len(self.asked)

    def forces(self, batch, kept=None):
        self.asked.append(batch.positions.clone())
        self.kept.append(None if kept is None else kept.clone())
        return self.field.forces(batch, kept)


def a_molecule(n_atoms, seed=0, width=1.0):
    """Random atoms about as far apart as bonded ones, centred."""
    rng = np.random.default_rng([seed, n_atoms])
    return Structure(rng.choice(ELEMENTS, size=n_atoms), rng.normal(size=(n_atoms, 3)) * width).centred()


@pytest.fixture(scope="session")
def molecule():
    """Make a random molecule: `molecule(n_atoms, seed=0, width=1.0)`."""
    return a_molecule


@pytest.fixture(scope="session")
def tiny_card():
    """Make the card of a tiny model: `tiny_card(representation="painn", **changes)`."""
    from gpff_desktop.engine.checkpoint import ModelCard
    from gpff_desktop.engine.network import NetworkSettings

    def make(representation="painn", **changes):
        settings = NetworkSettings(representation, features=8, interactions=2, radial=16, radial_range=60.0)
        return ModelCard(**{"name": "tiny", "network": settings, "elements": ELEMENTS, "max_atoms": 10, **changes})

    return make


@pytest.fixture(scope="session")
def tiny_network(tiny_card):
    """Make a tiny network with random weights, the same at every call: `tiny_network(representation="painn")`."""
    import torch

    from gpff_desktop.engine.network import ForceNetwork

    def make(representation="painn"):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = ForceNetwork(tiny_card(representation).network)
            for name, parameter in network.named_parameters():
                if name.endswith("bias"):  # SchNetPack's are zero, which would hide where they enter
                    torch.nn.init.normal_(parameter, std=0.1)
        return network.requires_grad_(False).eval()

    return make


@pytest.fixture(scope="session")
def tiny_field(tiny_card, tiny_network):
    """Make a field with random weights: `tiny_field(representation="painn", **changes_of_the_card)`."""
    from gpff_desktop.engine.field import PseudoForceField

    def make(representation="painn", **changes):
        return PseudoForceField(tiny_network(representation), tiny_card(representation, **changes))

    return make


@pytest.fixture(scope="session")
def home_field(tiny_card):
    """Make the exact field of some structures: `home_field(structures)`."""
    return lambda structures: HomeField(structures, tiny_card())


@pytest.fixture(scope="session")
def counting():
    """Wrap a field so that its calls are counted: `counting(field)`."""
    return CountingField


@pytest.fixture(scope="session")
def drained():
    """All of what an iterator yields, or its first `count`: `drained(steps, count=None)`."""
    return lambda steps, count=None: list(itertools.islice(steps, count))


class Site:
    """A folder in which packages are installed for one test.

    Parameters
    ----------
    folder
        On Python's path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, source: str = "", *, point: str = "", version: str = "1.2") -> None:
        """Install a package `gpff-NAME` whose only module holds `source`, and whose entry point is a plugin."""
        if source:
            (self.folder / f"site_{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        about = self.folder / f"gpff_{name}-{version}.dist-info"
        about.mkdir()
        lines = ("Metadata-Version: 2.1", f"Name: gpff-{name}", f"Version: {version}", f"Summary: Tests {name}")
        (about / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
        value = point or f"site_{name}:plugin"
        (about / "entry_points.txt").write_text(f"[gpff_desktop.plugins]\n{name} = {value}\n", encoding="utf-8")

    def install_example(self) -> None:
        """Install the example plugin under the entry point that its own pyproject.toml declares."""
        project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        ((name, point),) = project["entry-points"]["gpff_desktop.plugins"].items()
        self.install(name, point=point, version=project["version"])


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A place to install plugins; what a test imports from there is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield Site(folder)
    for name in [name for name in sys.modules if name.startswith("site_")]:
        del sys.modules[name]
