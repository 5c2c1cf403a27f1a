"""Samplers that plugins bring, among those that runs are made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gpff_desktop.plugins import ID, Plugin, PluginError, in_one_line, installed_plugins

if TYPE_CHECKING:  # These load torch.
    from gpff_desktop.engine.samplers import Sampler, Steps
    from gpff_desktop.engine.samplers.loop import Run


def register_samplers(name: str, plugin: Plugin) -> list[Sampler]:
    """Enter the samplers of a plugin called `name` among those that runs are made with; loads torch.

    Raises
    ------
    PluginError
        If they cannot be had, or one is no sampler, has no known mode, or an id that is taken; then none is entered.
    """
    from gpff_desktop.engine.samplers import SAMPLERS, Sampler

    entered: dict[str, Sampler] = {}
    for sampler in _given(plugin):
        if not isinstance(sampler, Sampler) or sampler.mode not in ("relaxation", "diffusion"):
            raise PluginError(f"gives {sampler!r} as a sampler; give a gpff_desktop.engine.samplers.Sampler")
        own = f"{name}.{sampler.id}"
        if not ID.fullmatch(sampler.id) or own in entered or own in SAMPLERS:
            raise PluginError(f"has a sampler with the id '{sampler.id}', which is taken or no id; choose another")
        entered[own] = replace(sampler, id=own, steps=_blamed(sampler))
    SAMPLERS.update(entered)
    return list(entered.values())


def provide_sampler(name: str) -> None:
    """Load the plugin of a sampler called `plugin.id`; nothing happens if no such plugin is installed.

    Raises
    ------
    PluginError
        If the plugin cannot be used; the message names it.
    """
    from gpff_desktop.engine.samplers import SAMPLERS

    owner, dot, _ = name.partition(".")
    entered = any(known.startswith(f"{owner}.") for known in SAMPLERS)
    for installed in [one for one in installed_plugins() if one.name == owner] if dot and not entered else []:
        try:
            register_samplers(owner, installed.load())
        except PluginError as error:
            raise PluginError(f"the plugin {owner} {error}") from error


def _given(plugin: Plugin) -> list[Sampler]:
    try:
        return list(plugin.samplers()) if plugin.samplers else []
    except (Exception, SystemExit) as error:
        raise PluginError(f"cannot give its samplers: {in_one_line(error)}") from error


def _blamed(sampler: Sampler) -> Callable[[Run], Steps]:
    """The steps of a plugin's sampler, which is named if it fails."""

    def steps(run: Run) -> Steps:
        try:
            yield from sampler.steps(run)
        except ValueError:  # a contradiction in what the run was asked to respect, in one line
            raise
        except Exception as error:
            raise PluginError(f"the sampler {sampler.title} of a plugin failed: {in_one_line(error)}") from error

    return steps
