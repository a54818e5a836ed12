"""Whether a slip changes anything: against the right gradient in 75 digits, with nothing that gdverify judges with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
import sympy
from gdverify.slips.edits import Slipped

from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, fresh
from gdverify.codegen.program import Statement, needed, program, run
from gdverify.evidence.arithmetic import NUMPY
from tests.helpers import Source
from tests.oracles.exact import agree, mp

CASES = 50
SEED = 3


def is_equivalent(source: Source, made: Slipped) -> bool:
    """Whether every wanted gradient is the right one, to 50 digits, on ordinary cases.

    What differs on a kink or a tie alone counts as equivalent: those are not ordinary.
    """
    names = [f"d{tensor.name}" for tensor in source.derivation.wanted]
    return all(_agrees(case, right, made.statements, names) for case, right in _cases(source))


@cache
def _cases(source: Source) -> list[tuple[Case, dict[str, Any]]]:
    derivation = source.derivation
    names = [f"d{tensor.name}" for tensor in derivation.wanted]
    made = program(derivation)
    every = (*made.loss, *made.every_adjoint)
    space = Space(source.made, source.options)
    cases = fresh(space, derivation, source.options, CASES, SEED)
    return [(case, _computed(every, case, names)) for case in cases]


def _agrees(case: Case, right: dict[str, Any], statements: tuple[Statement, ...], names: list[str]) -> bool:
    found = _computed(statements, case, names)
    return all(agree(found[name], right[name]) for name in names)


def _computed(statements: Iterable[Statement], case: Case, names: list[str]) -> dict[str, Any]:
    exact = np.frompyfunc(mp.mpf, 1, 1)
    known = {name: np.asarray(exact(array), dtype=object) for name, array in case.arrays.items()}
    known |= {axis: np.asarray(mp.mpf(size), dtype=object) for axis, size in case.sizes.items()}
    values = run(needed(statements, names), known, EXACT)
    return {name: values[name] for name in names}


# -- an arithmetic of object arrays: rows of plain NumPy where they mean the same on any number


def _power(exponent: sympy.Rational, base: Any) -> Any:
    return np.frompyfunc(lambda b: mp.power(b, mp.mpf(exponent.p) / exponent.q), 1, 1)(base)


def _each(function: Callable[[Any], Any]) -> Callable[..., Any]:
    entries = np.frompyfunc(function, 1, 1)
    return lambda _, array: entries(array)


ROWS: dict[str, Callable[..., Any]] = {
    **NUMPY,
    "number": lambda value: mp.mpf(value.p) / value.q,
    "pow": _power,
    "cast": lambda _, array, like: array,
    "exp": _each(mp.exp),
    "log": _each(mp.log),
    "tanh": _each(mp.tanh),
    "sqrt": _each(mp.sqrt),
    "sign": _each(mp.sign),
    "softplus": _each(lambda z: mp.log1p(mp.exp(z))),
    "sigmoid": _each(lambda z: 1 / (1 + mp.exp(-z))),
}


def _boxed(row: Callable[..., Any]) -> Callable[..., Any]:
    # Of object arrays of shape () NumPy makes bare numbers, which have no .sum.
    return lambda detail, *arguments: np.asarray(row(detail, *arguments), dtype=object)


EXACT = {name: _boxed(row) for name, row in ROWS.items()}
