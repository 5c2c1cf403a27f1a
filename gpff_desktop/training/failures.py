"""What can end a run beside its user, in words: what happened and what to change."""

from __future__ import annotations

import errno

_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory", "alloc_failed")
_DEVICE_LOST = ("cuda error", "cudnn error", "cublas", "device-side assert", "hip error", "unspecified launch failure")
_PEER_LOST = ("nccl", "gloo", "connection closed by peer", "connection reset by peer")


def in_words(error: BaseException) -> str | None:
    """One line for the user on what ended a run; `None` for a fault of the program."""
    text = f"{type(error).__name__}: {error}".lower()
    if (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)) or "no space left" in text:
        return "the disk is full: make room and resume; what was saved last is kept"
    if isinstance(error, MemoryError) or any(word in text for word in _MEMORY):
        where = "graphics card" if "cuda" in text or "gpu" in text else "machine"
        return (
            f"the memory of the {where} ran out: close other programs and resume, or start again with "
            "a smaller network or smaller batches"
        )
    if any(word in text for word in _DEVICE_LOST):
        return "the graphics card stopped answering: resume; if it happens again, restart the machine or use the CPU"
    if any(word in text for word in _PEER_LOST):
        return "the connection to another process of this run broke: see why that one ended, then resume"
    return " ".join(str(error).split()) if isinstance(error, ValueError | OSError) else None
