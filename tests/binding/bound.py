"""What the tests of bindings share: units made by hand, and the verdict on what they are bound to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gdverify.auditing.verdicts import TESTED, SubjectReport
from gdverify.binding.finding.units import Unit
from gdverify.binding.judging import judged
from gdverify.binding.own.forward import Own
from gdverify.binding.subject import BoundSubject


def of_class(cls: type, style: str = "forward and backward", **roles: str) -> Unit:
    """A class with the methods that play its roles."""
    return Unit(style, cls.__name__, f"net.py:{cls.__name__}", "net.py", 1, (cls,), roles)


def of_functions(style: str = "forward and backward", **roles: Callable[..., Any]) -> Unit:
    """Functions by the roles that they play; the last one gives its name."""
    names = {role: function.__name__ for role, function in roles.items()}
    name = [*names.values()][-1]
    return Unit(style, name, f"net.py:{name}", "net.py", 1, tuple(roles.values()), names)


def report(found: BoundSubject | Own, examples: int = 12) -> SubjectReport:
    """The verdict on what was bound, by tests alone: that is where a binding goes wrong."""
    if isinstance(found, Own):
        return found.report(examples=8, evidence=TESTED)
    return judged(found, examples=examples, seed=0, command="", evidence=TESTED)


LAYER = {"forward": "forward", "backward": "backward"}
