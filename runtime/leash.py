"""Ties a child process to its parent: when the parent dies in any way, `kill -9` too, the kernel signals the child.

Invariant: works without the help of the child's program, so broker and database are tied too. Linux only; elsewhere
children are stopped only by an orderly stop. May import: the standard library.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def leash(number: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """Give a `preexec_fn` that has the kernel send `number` to the child when this process is gone.

    The signal follows the thread that starts the child, so start children from the main thread only.
    """
    parent = os.getpid()
    # Loaded before the fork: loading in the child could deadlock.
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def tie() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
            if os.getppid() != parent:
                # The parent died between fork and prctl: nobody would ever signal us.
                os._exit(125)

    return tie


def follow_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send `number` to this process when its parent dies. For commands that `make` runs."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
