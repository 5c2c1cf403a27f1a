"""How processes that help the program are started."""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing.context import ForkServerContext, SpawnContext

_PRELOADED = ("gpff_desktop.session.elsewhere", "gpff_desktop.session.judgement")


def process_context() -> SpawnContext | ForkServerContext:
    """Where pools and processes come from.

    The program itself cannot be forked, for it runs threads of Qt and torch that may hold locks. On Linux a small
    server is forked in its place: it has loaded the chemistry once, so that a process is there at once.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    return context
