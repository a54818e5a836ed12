"""Regularisation: what is added to a loss so that weights stay small, named apart from the code.

The three ways in which people write the same L2 term differ by factors of 2 and n, and so do their gradients:

    l2(λ)              λ/2 |w|²       gradient λ w
    l2(λ, whole)       λ |w|²         gradient 2 λ w
    l2(λ, per-sample)  λ/(2 n) |w|²   gradient λ w / n
    l1(λ)              λ |w|          gradient λ sign w
    elastic(λ, ρ)      ρ l1(λ) + (1 − ρ) l2(λ)

A further word says on what: ``weights`` (the default), ``all``, or the name of a parameter.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from sympy import Rational

from gdverify.binding.calling.carriers import Array
from gdverify.binding.recognising.layouts import BATCH
from gdverify.derivation.steps import Derivation
from gdverify.errors import UsageError
from gdverify.notation import Tensor, functions, indices, total
from gdverify.notation.architecture import Architecture
from gdverify.notation.axes import Axis
from gdverify.notation.composition import composing_now
from gdverify.notation.operation import Operation

WEIGHTS, ALL = "weights", "all"
CLOSE = 1e-9  # relative: further from a number than rounding takes it
_FORM = re.compile(r"\s*(l1|l2|elastic)\s*\(([^()]*)\)\s*")
EXPECTED = (
    "expected l2(0.01) for λ/2 |w|², l2(0.01, whole) for λ |w|², l2(0.01, per-sample) for λ/(2 n) |w|², l1(0.01) or "
    "elastic(0.01, 0.5), each with weights, all or names of parameters after it"
)


@dataclass(frozen=True)
class Penalty:
    """A term ``absolute · Σ |w| + square · Σ w²``.

    Attributes:
        square, absolute: the factors.
        per_sample: whether it is divided by the number of samples.
        on: ``weights``, ``all``, or names of parameters.
        said: how it is asked for.
    """

    square: Rational
    absolute: Rational
    per_sample: bool
    on: tuple[str, ...]
    said: str

    def of(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """The parameters that it is on."""
        return [tensor for tensor in parameters if is_on(self.on, tensor.name)]

    def value(self, derivation: Derivation, values: Mapping[str, Array], sizes: Mapping[str, int]) -> float:
        """The term at some values of the parameters."""
        arrays = [values[tensor.name] for tensor in self.of(derivation.composition.role("parameter"))]
        share = next((sizes[name] for name in BATCH if self.per_sample and name in sizes), 1)
        square, absolute = float(self.square), float(self.absolute)
        return sum(float(square * np.sum(w**2) + absolute * np.sum(np.abs(w))) for w in arrays) / share

    def __str__(self) -> str:
        return self.said


def is_on(on: Sequence[str], name: str) -> bool:
    """Whether a penalty on ``on`` holds for a parameter; a bias is called b."""
    return ALL in on or name in on or (WEIGHTS in on and not name.lower().startswith("b"))


def penalty(text: str) -> Penalty:
    """Read ``l2(0.01)`` and the like.

    Raises:
        UsageError: it is none of the forms; the message lists them.
    """
    found = _FORM.fullmatch(text)
    words = [word for word in re.split(r"[,\s]+", found[2]) if word] if found else []
    numbers = [_number(word, text) for word in words[: 1 + (found is not None and found[1] == "elastic")]]
    if not found or len(numbers) < (2 if found[1] == "elastic" else 1):
        raise UsageError(f"regularisation={text!r}: {EXPECTED}.")
    rest = words[len(numbers) :]
    on = tuple(word for word in rest if word not in SHARES) or (WEIGHTS,)
    share = SHARES[next((word for word in rest if word in SHARES), "half")]
    ratio = {"l1": Rational(1), "l2": Rational(0)}.get(found[1]) if found[1] != "elastic" else numbers[1]
    assert ratio is not None
    return Penalty(numbers[0] * (1 - ratio) * share, numbers[0] * ratio, "per-sample" in rest, on, text.strip())


def strength(square: Fraction, absolute: Fraction) -> str:
    """How a term with the gradient ``square · w + absolute · sign w`` is asked for, up to the words that may follow."""
    if not absolute:
        return f"l2({_said(square)}"
    if not square:
        return f"l1({_said(absolute)}"
    # λ ρ |w| + λ (1 − ρ)/2 w², so that the two factors of the gradient add up to λ
    return f"elastic({_said(square + absolute)}, {_said(absolute / (square + absolute))}"


def simplest(number: float) -> Fraction:
    """The number that people will have written: a decimal of few digits, or else a fraction."""
    near = [Fraction(f"{number:.6g}"), Fraction(number).limit_denominator(1000), Fraction(f"{number:.12g}")]
    return next((one for one in near if abs(one - Fraction(number)) <= CLOSE * abs(number)), near[-1])


def _said(number: Fraction) -> str:
    decimal = f"{float(number):.12g}"
    return decimal if Fraction(decimal) == number else str(number)


SHARES = {"half": Rational(1, 2), "whole": Rational(1), "per-sample": Rational(1, 2)}


def _number(word: str, text: str) -> Rational:
    try:
        number = Rational(word)
    except (TypeError, ValueError):
        number = sympy.nan
    if not number.is_finite or number < 0:
        raise UsageError(f"regularisation={text!r}: {word!r} is no number from 0 on; {EXPECTED}.")
    return number


@lru_cache(maxsize=256)
def regularised(source: Architecture, term: Penalty) -> Architecture:
    """An architecture with a term added to its loss, for each parameter that it is on.

    Deriving it raises UsageError where it has no such parameter.
    """

    def function(**options: Any) -> Tensor:
        loss = source.function(**options)
        composition = composing_now()
        parameters = composition.role("parameter")
        chosen = term.of(parameters)
        names = [tensor.name for tensor in parameters]
        if not chosen or not {*term.on} <= {WEIGHTS, ALL, *names}:
            raise UsageError(
                f"regularisation={term.said!r}: expected {WEIGHTS}, {ALL} or parameters of {source}, which "
                f"are {', '.join(names)}."
            )
        # Of one sample the term is divided by 1.
        samples = next((t for t in composition.role("input", "target") if term.per_sample and _samples(t)), None)
        loss.name = "loss_of_data"
        for tensor in chosen:
            name = f"loss_with_{tensor.name}"
            operands = (loss, tensor) if samples is None else (loss, tensor, samples)
            loss = _added(term, tuple(one.axes for one in operands))(*operands, name=name)
        return loss

    function.__signature__ = inspect.signature(source.function)  # type: ignore[attr-defined]  # the family's options
    function.__doc__ = source.function.__doc__
    return Architecture(f"{source.name} + {term}", function)


def _samples(tensor: Tensor) -> list[Axis]:
    return [axis for axis in tensor.axes if axis.name in BATCH]


@lru_cache(maxsize=256)
def _added(term: Penalty, axes: tuple[tuple[Axis, ...], ...]) -> Operation:
    """``loss + absolute · Σ |w| + square · Σ w²``, over the number of samples where that is asked for."""

    def penalised(loss: Tensor, w: Tensor, *samples: Tensor) -> sympy.Expr:
        k = indices(*w.axes)
        squares, sizes = total(w[k] ** 2), total(functions.absolute(w[k]))
        share = sympy.Mul(*(axis.size for tensor in samples for axis in _samples(tensor)))
        return loss[()] + (term.square * squares + term.absolute * sizes) / share

    def alone(loss: Tensor, w: Tensor) -> sympy.Expr:
        return penalised(loss, w)

    def per_sample(loss: Tensor, w: Tensor, samples: Tensor) -> sympy.Expr:
        return penalised(loss, w, samples)

    doc = "A loss with a term that keeps weights small. Source: Hoerl and Kennard (1970); Tibshirani (1996)."
    function = per_sample if len(axes) > 2 else alone
    function.__doc__ = doc
    declared = tuple(zip(("loss", "w", "samples"), axes, strict=False))
    return Operation("penalised", "penalised", function, declared, (), ())
