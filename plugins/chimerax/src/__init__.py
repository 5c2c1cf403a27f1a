"""GPFF in ChimeraX: the bundle's hooks."""

from __future__ import annotations

from typing import Any

from chimerax.core.toolshed import BundleAPI

__version__ = "0.1.0"


class _GpffAPI(BundleAPI):
    api_version = 1

    @staticmethod
    def register_command(bi: Any, ci: Any, logger: Any) -> None:
        """ChimeraX's hook: register one of the commands that pyproject.toml lists."""
        from . import cmd

        cmd.register_one(ci.name, logger)


bundle_api = _GpffAPI()
