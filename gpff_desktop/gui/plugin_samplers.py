"""Samplers of plugins, offered beside the program's own as soon as a model is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from gpff_desktop.gui.messages import SamplerChoice
from gpff_desktop.gui.runs import Runs
from gpff_desktop.plugin_samplers import register_samplers
from gpff_desktop.plugins import Plugin

T = TypeVar("T")


class Guard(Protocol):
    """Calls something of a plugin; what it raises is told, and None given back."""

    def __call__(self, act: Callable[[], T], where: str, *, once: bool = False) -> T | None: ...


class PluginSamplers:
    """The samplers of one plugin, entered only when torch is loaded anyway.

    Parameters
    ----------
    name, plugin
        Of the plugin.
    runs
        Where they are offered.
    guard
        How its functions are called.
    """

    def __init__(self, name: str, plugin: Plugin, runs: Runs, guard: Guard) -> None:
        self._name, self._plugin, self._runs, self._guard = name, plugin, runs, guard
        self._entered: list[str] | None = None
        runs.changed.connect(self._offer)
        self._offer()

    def remove(self) -> None:
        """Offer them no longer."""
        self._runs.changed.disconnect(self._offer)
        if self._entered and self._runs.model:
            from gpff_desktop.engine.samplers import SAMPLERS

            for sampler in self._entered:
                SAMPLERS.pop(sampler, None)
            self._runs.offer(choice for choice in self._runs.model.samplers if choice.name not in self._entered)

    def _offer(self) -> None:
        if self._runs.model is None or self._entered is not None:
            return
        self._entered = []
        entered = self._guard(lambda: register_samplers(self._name, self._plugin), "in its samplers") or []
        self._entered = [sampler.id for sampler in entered]
        choices = (SamplerChoice(sampler.id, sampler.title, sampler.mode) for sampler in entered)
        self._runs.offer((*self._runs.model.samplers, *choices))
