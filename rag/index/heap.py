"""Keep a long-lived process small: few heaps for Chroma's many short-lived threads.

Each Chroma client starts threads of its own, and glibc gives every new thread a heap that
it never returns. A reader that follows forty generations of 9,000 papers held 410 MB so,
and holds 170 MB with two heaps. Elsewhere than on glibc nothing is done.
"""

import ctypes
from functools import cache

_M_ARENA_MAX = -8  # of <malloc.h>
_HEAPS = 2


@cache
def use_few_heaps() -> None:
    """Have the C library serve all threads from two heaps; works once, does nothing later."""
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)
    except (OSError, AttributeError, TypeError):  # another C library, or none to be found
        return
