"""The line of the user's own code that is running, however deep below it NumPy or a helper of ours is."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

from gdverify.errors import SubjectError


@dataclass(frozen=True)
class Line:
    """A line of the user's: the file, the number of the line and its text without indentation."""

    file: str
    number: int
    code: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.code}"


class Untraceable(SubjectError):
    """Code that runs on floats alone; ``line`` is where, None where no line of the user's was running."""

    def __init__(self, reason: str, line: Line | None) -> None:
        super().__init__(reason, line)  # both, so that it can be passed between processes
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return self.reason if self.line is None else f"{self.line.file}:{self.line.number}: {self.reason}"


class Undecided(SubjectError):
    """A comparison that the balls are too wide to decide; a higher precision may."""

    def __init__(self, relation: str, line: Line | None) -> None:
        super().__init__(relation, line)
        self.relation = relation
        self.line = line

    def __str__(self) -> str:
        place = "" if self.line is None else f"{self.line.file}:{self.line.number}: "
        return (
            f"{place}a comparison ({self.relation}) of balls that overlap cannot be decided: expected balls that are "
            "apart; raise the precision, or take a case that is not on a kink."
        )


Place = tuple[str, int]  # file and number of a line: made often, so no object of its own


class Code:
    """The user's code: a frame belongs to it if its globals are among those of the user's modules."""

    def __init__(self, modules: Collection[dict[str, Any]]) -> None:
        self._modules = {id(module) for module in modules}
        self.modules = tuple(modules)  # also keeps the identities from being used again
        # A test that asks for an audit, in the file of a binding, is not what is audited.
        self._asking = {id(frame) for frame in _running() if self.holds(frame)}

    def holds(self, frame: FrameType) -> bool:
        """Whether a frame runs the user's code."""
        return id(frame.f_globals) in self._modules

    def defines(self, kind: type) -> bool:
        """Whether a class is the user's."""
        return any(module.get("__name__") == kind.__module__ for module in self.modules)

    def place(self) -> Place | None:
        """Where the innermost running frame of the user's is."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if id(frame.f_globals) in self._modules and id(frame) not in self._asking:
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return None

    def line(self) -> Line | None:
        """`place` with its text."""
        found = self.place()
        return None if found is None else line_at(found)

    def raised(self, error: BaseException) -> Line | None:
        """The innermost line of the user's on the way of an error."""
        found: Place | None = None
        step: TracebackType | None = error.__traceback__
        while step is not None:
            if self.holds(step.tb_frame):
                found = (step.tb_frame.f_code.co_filename, step.tb_lineno)
            step = step.tb_next
        return None if found is None else line_at(found)


def _running() -> Iterator[FrameType]:
    """The frames that are running, from here on outwards."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def line_at(place: Place) -> Line:
    """A place with its text."""
    return Line(*place, linecache.getline(*place).strip())
