"""One process for work that would hold up the window's thread: RDKit does not release Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from multiprocessing.pool import Pool
from typing import Any

from PySide6.QtCore import QObject, Signal

from gpff_desktop.session.processes import process_context


def new_pool() -> Pool:
    """A pool of one process."""
    return process_context().Pool(1)


class Background(QObject):
    """Calls functions in another process, one after the other, and brings their results to the window's thread."""

    _done = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool: Pool | None = None
        self._closed = False
        self._done.connect(lambda then, result: then(result))

    def start(self) -> None:
        """Start the process now, so that the first call does not wait for it."""
        if self._pool is None and not self._closed:
            self._pool = new_pool()

    def call(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        then: Callable[[Any], object],
        failed: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Call a module's function with picklable arguments; nothing is called any more once this is closed.

        Parameters
        ----------
        then
            Gets the result, in the window's thread.
        failed
            Gets one line on the exception instead, if there was one.
        """
        self.start()
        if self._pool is None:
            return
        self._pool.apply_async(
            function,
            arguments,
            callback=lambda result: self._deliver(then, result),
            error_callback=lambda error: self._deliver(failed, _one_line(error)),
        )

    def _deliver(self, then: Callable[[Any], object], result: Any) -> None:
        with suppress(RuntimeError):  # the window is gone by now; raised here, it would end the pool's own thread
            self._done.emit(then, result)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._closed = True
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.terminate()
            pool.join()


def _one_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
