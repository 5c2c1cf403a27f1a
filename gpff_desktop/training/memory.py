"""Memory for training on a CPU: large tensors that keep their pages from step to step."""

from __future__ import annotations

import ctypes
import sys

# Parameters of mallopt, from glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_KEPT, _NEVER = 1 << 30, 2**31 - 1


def keep_large_blocks() -> bool:
    """Tell glibc to take large blocks from its heap and to keep them; returns whether it listened.

    By default glibc asks the kernel for fresh pages for each large block and gives them back at once. A training
    step allocates and frees hundreds of tensors of many megabytes, so that the time goes into page faults and into
    clearing pages rather than into arithmetic. Nothing happens where the C library is another one.
    """
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):
        return False
    wanted = ((_M_MMAP_THRESHOLD, _LARGEST_KEPT), (_M_TRIM_THRESHOLD, _NEVER))
    return all([library.mallopt(parameter, value) == 1 for parameter, value in wanted])
