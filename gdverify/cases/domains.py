"""Where a tensor may lie: found from the equations, so that no operation has to say it.

``log(y)`` and ``√y`` need y > 0, ``log(1 − y)`` needs y < 1. A declared tensor that such an argument depends on is
drawn from the widest of the domains below in which every such argument is positive. What a target is a label for shows
in how it is read: see `LABELS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import sympy

from gdverify.cases.case import Array
from gdverify.codegen.algebra import is_slot, slots
from gdverify.derivation.cases import functions_by_cases
from gdverify.derivation.graph import Term, slot
from gdverify.derivation.steps import Derivation
from gdverify.notation.functions import root


def _positive(values: Array) -> Array:
    return np.abs(values) + values.dtype.type(2.0**-10)


def _unit(values: Array) -> Array:
    # An odd map onto (1/8, 7/8), so that 1 − y is as far from 0 as y is.
    return values.dtype.type(0.5) + values.dtype.type(0.375) * values / (1 + np.abs(values))


def _probability(values: Array) -> Array:
    return (values > 0).astype(values.dtype)


def _sign(values: Array) -> Array:
    return np.where(values > 0, 1, -1).astype(values.dtype)


def _distribution(values: Array) -> Array:
    positive = np.abs(_unit(values))
    return positive / positive.sum(axis=-1, keepdims=True)


def _one_hot(values: Array) -> Array:
    if values.ndim < 2:
        return (np.arange(values.size) == values.argmax()).reshape(values.shape).astype(values.dtype)
    chosen = values.argmax(axis=-1)
    chosen[-1:] = values.shape[-1] - 1  # the last class is among them: code may count classes by the largest label
    return (np.arange(values.shape[-1]) == chosen[..., None]).astype(values.dtype)


# Name, points that a value may take, and the map from arbitrary values into the domain; the widest domain first.
DOMAINS: tuple[tuple[str, tuple[sympy.Rational, ...], Callable[[Array], Array]], ...] = (
    ("real", (sympy.Rational(-3, 2), sympy.Rational(1, 2), sympy.Integer(3)), lambda values: values),
    ("positive", (sympy.Rational(1, 100), sympy.Integer(3)), _positive),
    ("unit", (sympy.Rational(1, 100), sympy.Rational(99, 100)), _unit),
)


@lru_cache(maxsize=1024)
def domains(derivation: Derivation) -> dict[str, Callable[[Array], Array]]:
    """For each argument that may not be any real number, the map into its domain."""
    found: dict[str, Callable[[Array], Array]] = {}
    declared = {tensor.name for tensor in derivation.arguments}
    for name in declared:
        restricted = list(_arguments(derivation, name))
        place = next(k for k, (_, points, _) in enumerate(DOMAINS) if _holds(restricted, points))
        if place:
            found[name] = DOMAINS[place][2]
    predicted = {definition.tensor.name for definition in derivation.forward}
    if any(_restricted_to_unit(derivation, name) for name in declared | predicted):
        # What is compared with a probability is one: labels 0 and 1.
        found |= {tensor.name: _probability for tensor in derivation.composition.role("target")}
    for tensor in derivation.composition.role("target"):
        labels = next((drawn for holds, drawn in LABELS if holds(derivation, tensor.name)), None)
        if labels is not None and found.get(tensor.name) is not _probability:
            found[tensor.name] = labels
    return found | dict.fromkeys(derivation.composition.of_classes, _one_hot)


def _reads(derivation: Derivation, name: str) -> Iterator[tuple[Term, sympy.Symbol]]:
    """The terms that read a tensor, with its slot."""
    for definition in derivation.forward:
        for term in definition.terms:
            yield from ((term, slot(k)) for k, operand in enumerate(term.operands) if operand.tensor.name == name)


def is_of_classes(derivation: Derivation, name: str) -> bool:
    """Whether a target is 1 for one class and 0 for the others: it weighs logarithms of another, or chooses one."""
    if any(_weighs_logarithm(term, itself) for term, itself in _reads(derivation, name)):
        # Σ_o t[n, o] log p[n, o] is a cross-entropy only where Σ_o t[n, o] = 1.
        return True
    return _has_complement(derivation, name) and any(_chooses(*read) for read in _reads(derivation, name))


def _weighs_logarithm(term: Term, itself: sympy.Symbol) -> bool:
    inside = {symbol for part in term.body.atoms(sympy.log) for symbol in part.args[0].free_symbols}
    return bool({symbol for symbol in inside if is_slot(symbol)} - {itself})


def _chooses(term: Term, itself: sympy.Symbol) -> bool:
    """``Σ_k t[n, k] y[n, k]``"""
    return bool(term.reduced) and term.body.is_Mul and itself in term.body.args and len(slots(term.body)) == 2


def _is_distribution(derivation: Derivation, name: str) -> bool:
    """It weighs logarithms of its own too: an entropy, which one class alone does not have."""
    return is_of_classes(derivation, name) and any(
        term.body.has(sympy.log(itself)) for term, itself in _reads(derivation, name)
    )


def _has_complement(derivation: Derivation, name: str) -> bool:
    """``t a + (1 − t) b``: one or the other."""
    return any(term.body.has(1 - itself) for term, itself in _reads(derivation, name))


def _is_sign(derivation: Derivation, name: str) -> bool:
    """It is multiplied by a score where a comparison says whether that is on its side."""
    return any(
        product.is_Mul and itself in product.args and len(slots(product)) > 1
        for term, itself in _reads(derivation, name)
        for function in functions_by_cases(term.body)
        for product in sympy.preorder_traversal(function)
    )


# What a target holds, by how the equations read it; the first row that holds.
LABELS: tuple[tuple[Callable[[Derivation, str], bool], Callable[[Array], Array]], ...] = (
    (_is_distribution, _distribution),
    (is_of_classes, _one_hot),
    (_has_complement, _probability),
    (_is_sign, _sign),
)


def _restricted_to_unit(derivation: Derivation, name: str) -> bool:
    return not _holds(list(_arguments(derivation, name)), DOMAINS[1][1])


def _arguments(derivation: Derivation, name: str) -> Iterator[tuple[sympy.Expr, int]]:
    """The arguments of logarithms and roots that depend on one tensor alone, with its slot."""
    for definition in derivation.forward:
        for term in definition.terms:
            for place, operand in enumerate(term.operands):
                if operand.tensor.name == name:
                    yield from ((a, place) for a in _restricted(term.body) if a.free_symbols == {slot(place)})


def _restricted(body: sympy.Expr) -> list[sympy.Expr]:
    logarithms = [part.args[0] for part in body.atoms(sympy.log)]
    powers = [part.base for part in body.atoms(sympy.Pow) if not part.exp.is_integer]
    return logarithms + powers + [part.args[0] for part in body.atoms(root)]


def _holds(restricted: Sequence[tuple[sympy.Expr, int]], points: Sequence[sympy.Rational]) -> bool:
    return all(argument.subs(slot(place), point) > 0 for argument, place in restricted for point in points)
