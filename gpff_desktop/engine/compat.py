"""Lets SchNetPack 2.1.1 be imported beside any torch from 2.4 on, and quickly. Import this module before `schnetpack`.

SchNetPack takes the type variable `T_co` from `torch.utils.data.dataloader`, where torch 2.7 and later no
longer define it. It is used in annotations only, so defining it there is enough.

`import schnetpack.nn` also runs SchNetPack's `__init__`, which loads its whole training stack and takes several times
as long as torch. The blocks need none of it, so the package is put in place without running its `__init__`; that
happens when something is asked of it that is not there.
"""

import importlib
import importlib.util
import sys
import types
import typing
from typing import Any

from torch.utils.data import dataloader

if not hasattr(dataloader, "T_co"):
    dataloader.T_co = typing.TypeVar("T_co", covariant=True)  # type: ignore[attr-defined]


class _PackageOnDemand(types.ModuleType):
    """A package whose submodules can be imported before its own code has run."""

    def __getattr__(self, name: str) -> Any:
        spec = self.__spec__
        if name.startswith("__") or spec is None or spec.loader is None:
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        submodule = f"{self.__name__}.{name}"
        if submodule in sys.modules or importlib.util.find_spec(submodule):
            return importlib.import_module(submodule)
        object.__setattr__(self, "__class__", types.ModuleType)  # its own code runs once
        spec.loader.exec_module(self)
        return getattr(self, name)


def _put_in_place(name: str) -> None:
    spec = importlib.util.find_spec(name)
    if spec is None or name in sys.modules:
        return
    package = _PackageOnDemand(name)
    package.__spec__ = spec
    package.__loader__ = spec.loader
    package.__file__ = spec.origin
    package.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[name] = package


_put_in_place("schnetpack")
