"""Keep foreign code from talking, and from going on for ever."""

from __future__ import annotations

import contextlib
import io
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

import numpy as np

from gdverify.auditing.isolation import unwatch, watch


class Nowhere(io.TextIOBase):
    """Takes what is printed, however much it is."""

    def write(self, text: str) -> int:
        """Forget the text."""
        return len(text)


class TooLong(BaseException):
    """Raised inside the foreign code; not an Exception, so that its handlers do not swallow it."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing that the code prints or warns of reaches the report."""
    with (
        contextlib.redirect_stdout(Nowhere()),
        contextlib.redirect_stderr(Nowhere()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def limited(seconds: float, within: CodeType) -> Iterator[None]:
    """Interrupt what takes longer with `TooLong`; only the main thread of a POSIX process can be interrupted.

    What cannot be interrupted, such as a loop in compiled code, ends its process where that is one of its own.

    Args:
        seconds: the limit.
        within: the function that calls the foreign code; what it was called by is left alone.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        # Once now, and once more at the code's next line: where it catches everything, that is in its handler.
        while frame is not None and frame.f_code is not within:
            frame.f_trace = _again
            frame = frame.f_back
        sys.settrace(_ignored)
        raise TooLong

    before, trace = signal.signal(signal.SIGALRM, stop), sys.gettrace()
    start = time.monotonic()
    left, again = signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    watch(seconds)
    try:
        yield
    finally:
        unwatch()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:  # a limit around this one goes on
            left = max(left - (time.monotonic() - start), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left, again)
            watch(left)
        if sys.gettrace() is not trace:
            sys.settrace(trace)


def _again(frame: FrameType, event: str, argument: Any) -> Any:
    """Traces the frames that were running when time was up."""
    if event == "line":
        raise TooLong
    return _again


def _ignored(frame: FrameType, event: str, argument: Any) -> None:
    """Leaves every other frame alone."""
