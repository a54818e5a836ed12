"""A text is kept only where it says what was found: both are run, and must give the same gradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from gdverify.auditing.subject import Subject
from gdverify.binding.calling.running import tried
from gdverify.binding.hand.declared import Hand
from gdverify.binding.hand.subject import HandSubject
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, alternatives, fresh, members
from gdverify.derivation.steps import Derivation, derive
from gdverify.errors import described
from gdverify.writing.layout import Written, call
from gdverify.writing.scope import Scope, Unspellable

CASES = 3  # of each member and dtype
WITHIN = {"float64": 1e-12, "float32": 1e-4}  # of the largest entry


def made(definition: str, arguments: Mapping[str, Written], scope: Scope) -> Any:
    """The subject that a text makes.

    Raises:
        Unspellable: it makes none.
    """
    names = scope.names
    try:
        # The text is the writer's own; of the user's it has names and constants alone.
        exec(compile(definition, "<written>", "exec"), names)
        return eval(compile(call("gdverify.bind", arguments, "").strip(), "<written>", "eval"), names)
    except Exception as error:
        raise Unspellable(f"the binding is refused: {described(error)}") from error


def agree(text: HandSubject, found: Subject, rate: float | None) -> None:
    """Refuse a text that says something else than what was found.

    Args:
        text: as it is spelled.
        found: as it was found.
        rate: the learning rate at which it was; what is updated too soon gives something else at any other.

    Raises:
        Unspellable: it does.
    """
    at_rate = text.function if rate is None else replace(cast(Hand, text.function), pace=rate)
    if _members(text.declared) != _members(found.space()):
        raise Unspellable(f"bound by hand it is judged against {text.source} under other options")
    for case in _cases(found, text.space().dtypes):
        expected = tried(lambda case=case: dict(found(case)))  # type: ignore[misc]
        if expected is None:
            continue
        try:
            got = at_rate(case)
        except Exception as error:
            raise Unspellable(f"bound by hand it does not run: {described(error)}") from error
        for name, value in expected.items():
            if name not in got or not _same(got[name], value, case.dtype.name):
                what = "the loss" if name == "loss" else f"the gradient of {name}"
                raise Unspellable(f"bound by hand it gives another value of {what}")


def _members(space: Space) -> list[Derivation]:
    """The members of the family, the same object for the same one."""
    return [
        derive(space.source, **one) for one in members(replace(space, options={**alternatives(space), **space.options}))
    ]


def _cases(found: Subject, kept: Sequence[str]) -> Iterator[Case]:
    space = found.space()
    for options in members(space):
        derivation = derive(space.source, **options)
        for dtype in (one for one in space.dtypes if one in kept):
            yield from fresh(space, derivation, options, CASES, 0, dtype=dtype)


def _same(got: Any, expected: Any, dtype: str) -> bool:
    first, second = (np.asarray(getattr(one, "value", one), np.float64) for one in (got, expected))
    if first.size != second.size:
        return False
    size = float(np.abs(second).max(initial=0.0)) if np.isfinite(second).all() else 1.0
    within = WITHIN[dtype] * max(size, 1e-30)
    return bool(np.allclose(first.reshape(second.shape), second, rtol=0, atol=within, equal_nan=True))
