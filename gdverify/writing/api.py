"""What written files call beside `bind` and `check`: the definitions of a file, and what is found in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from gdverify import loading
from gdverify.auditing.subject import SelfJudged
from gdverify.auditing.verdicts import SubjectReport
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.finding.marks import marks_subjects
from gdverify.binding.finding.units import Unit
from gdverify.binding.reporting import Found, reported
from gdverify.binding.subjects import find_subjects
from gdverify.cases.case import Case
from gdverify.errors import unknown
from gdverify.writing.writer import label


def definitions(path: str | Path) -> ModuleType:
    """What a Python file, notebook or module defines, without what it does when it is run.

    Imports, classes, functions and harmless assignments are run, a training loop is not. A file that marks subjects
    with gdverify was written for it, and is imported as it is.

    Args:
        path: of the file; a relative one begins at the folder of the file that this is called in. Or a module's name.

    Raises:
        LoadError: it does not exist, or cannot be loaded; the message names the line.
    """
    place = beside(str(path), sys._getframe(1).f_globals.get("__file__"))
    return loading.load(place) if marks_subjects(place) else load(place).module


def beside(path: str, caller: str | None) -> str:
    """A file as seen from another one, where it is there; or else as it is given."""
    near = None if caller is None else Path(caller).resolve().parent / path
    return path if near is None or not near.exists() else str(near)


@dataclass(frozen=True)
class FoundSubject(SelfJudged):
    """What an audit finds in a file, bound as it was found there.

    Attributes:
        one: as it was found.
        unit: in which.
        regularisation: the term that was asked for.
    """

    one: Found | None = None
    unit: Unit | None = None
    regularisation: str | None = None

    def report(self, examples: int, seed: int, command: str) -> SubjectReport:
        """The verdict, as `gdverify audit` gives it."""
        assert self.one is not None
        assert self.unit is not None
        allowed = {"tolerance": self.allowance.tolerance, "kink": self.allowance.kink}
        how: dict[str, Any] = {"examples": examples, "seed": seed, "command": command}
        report = reported(self.one, self.unit, allowed, self.regularisation, **how)
        return replace(report, subject=self.name)


def found(
    path: str | Path,
    name: str,
    *,
    loss: str | None = None,
    against: str | None = None,
    regularisation: str | None = None,
) -> FoundSubject:
    """What `gdverify audit` finds in a file under a name, to be audited or checked; it is looked for anew.

    Args:
        path: as for `definitions`.
        name: as in the report of the audit: ``"Network"``, or ``"Dense(activation=relu)"`` for one of its options.
        loss: what its gradients should be of; by default its own loss.
        against: what it should compute; by default what it is recognised as.
        regularisation: what is added to the loss, ``"l2(0.01)"``.

    Raises:
        LoadError: the file does not exist, or cannot be loaded.
        UnknownName: nothing in it has that name.
        Ambiguous: several readings fit; the message asks.
        Unbound: nothing fits; the message says what was tried.
    """
    place = beside(str(path), sys._getframe(1).f_globals.get("__file__"))
    (unit,) = discover(load(place), name.partition("(")[0].strip()).found
    bound = find_subjects(unit, loss=loss, against=against, regularisation=regularisation)
    every = {label(one, unit): one for one in bound}
    if name not in every:
        raise unknown(f"implementation in {path}:", name, every)
    title = f"{Path(path).name}:{name}"
    return FoundSubject(_not_called, title, "", one=every[name], unit=unit, regularisation=regularisation)


def _not_called(case: Case) -> Mapping[str, Any]:
    """What was found makes its report itself."""
    raise AssertionError(f"called on {case}")
