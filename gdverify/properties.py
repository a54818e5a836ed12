"""The property suite for an equation of one's own: what the tests of the project hold of every equation it has.

    def test_my_layer():
        gdverify.check_derivation(my_layer)

1. The equation has a value at ordinary points.
2. The gradients of the NumPy that is written for it are what differences of the equation say; beside a kink those say
   nothing.
3. That NumPy lies within the bounds by which implementations are judged: in every regime, in both precisions, and it
   leaves its arguments alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np

from gdverify.auditing.audit import audit
from gdverify.auditing.subject import Against, Subject, source_of
from gdverify.auditing.verdicts import ERROR, TESTED, WRONG
from gdverify.binding.own.extrapolation import differences, row
from gdverify.cases.case import Array, Case
from gdverify.cases.strategies import LARGEST_WIDTH, Space, alternatives, fresh, members
from gdverify.codegen.program import program, run
from gdverify.codegen.source import python_source
from gdverify.derivation.steps import Derivation, Source, derive
from gdverify.errors import UsageError
from gdverify.evidence.arithmetic import NUMPY

POINTS = 4  # at which each member of a family is compared with differences
SMALL = range(1, LARGEST_WIDTH)


def check_derivation(source: Against, *, examples: int = 50, seed: int = 0, **options: Any) -> None:
    """Hold an architecture or operation to what every equation of the catalogue is held to; one line in a test.

    Args:
        source: one's own, or the name of one of the catalogue.
        examples: cases on which the NumPy that is written for it is judged.
        seed: the same one draws the same cases.
        options: of the family; a tuple or range is a choice. What is a depth is tried from 0 to 3.

    Raises:
        AssertionError: a property does not hold; the message says which, where, and what to do.
        NotationError: the equation is not well formed.
        UnknownName: there is none of that name, or no such option.
        UsageError: second derivatives are given, which are no equation.
    """
    __tracebackhide__ = True
    found = source_of(source)
    if found is not source and not isinstance(source, str):
        raise UsageError(f"check_derivation({found}): expected an architecture or operation, and not its derivatives.")
    space = Space(found, options)
    for chosen in _members(space):
        derivation = derive(found, **chosen)
        for case in fresh(
            Space(found, options, dict.fromkeys(_free(derivation), SMALL)), derivation, chosen, POINTS, seed
        ):
            for problem in chain(_without_value(derivation, case), _off_differences(derivation, case)):
                raise AssertionError(f"{derivation.name}: {problem}\n{_said(case)}")
    report = audit(
        Subject(_Written(found), f"the NumPy of {found}", found, options), examples=examples, seed=seed, evidence=TESTED
    )
    if report.verdict in (WRONG, ERROR):
        raise AssertionError(
            f"{found}: the NumPy that is written for it loses more than the bounds allow an implementation; write the "
            f"equation in a form that is stable where this one is not.\n{report}"
        )


def _members(space: Space) -> Iterator[dict[str, Any]]:
    """Every choice of options, with every depth."""
    return members(Space(space.source, {**alternatives(space), **space.options}))


def _free(derivation: Derivation) -> list[str]:
    return [axis.name for axis in derivation.composition.axes]


def _value(derivation: Derivation, case: Case, arrays: Mapping[str, Array]) -> float:
    """The loss, or Σ upstream · result, by the equations alone."""
    made = program(derivation)
    with np.errstate(all="ignore"):
        return float(run(made.loss, {**arrays, **case.sizes}, NUMPY)["loss"])


def _without_value(derivation: Derivation, case: Case) -> Iterator[str]:
    value = _value(derivation, case, case.arrays)
    if not np.isfinite(value):
        yield (
            f"the equation gives {value} at ordinary values; what stands under a logarithm or a root, or in a "
            "denominator, has to be kept where it exists, as f.exp(z) or z**2 + 1 is"
        )


def _off_differences(derivation: Derivation, case: Case) -> Iterator[str]:
    with np.errstate(all="ignore"):
        _, gradients = _written(derivation)(**case.arrays)
    scale = abs(_value(derivation, case, case.arrays)) + 1.0
    for tensor in derivation.wanted:
        expected = differences(_moved(derivation, case, tensor.name), case.arrays[tensor.name], scale)
        found = row(tensor.name, np.asarray(gradients[tensor.name]), expected)
        if found.verdict == WRONG:
            at = f"{tensor.name}{list(found.worst_index) or ''}"
            yield (
                f"the derived gradient of {at} is {found.got:.9g}, differences of the equation say "
                f"{found.expected:.9g}; please report it, with the equation"
            )


def _moved(derivation: Derivation, case: Case, name: str) -> Callable[[Array], float]:
    return lambda array: _value(derivation, case, {**case.arrays, name: array})


def _written(derivation: Derivation) -> Callable[..., tuple[Any, dict[str, Any]]]:
    """``loss_and_gradients`` of the module that `gdverify derive` writes."""
    names: dict[str, Any] = {}
    exec(compile(python_source(derivation, ""), f"<NumPy of {derivation.name}>", "exec"), names)
    function: Callable[..., tuple[Any, dict[str, Any]]] = names["loss_and_gradients"]
    return function


class _Written:
    """What `gdverify derive` writes, as an implementation to be judged."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._functions: dict[Derivation, Callable[..., tuple[Any, dict[str, Any]]]] = {}

    def __call__(self, case: Case) -> dict[str, Any]:
        derivation = derive(self._source, **case.options)
        if derivation not in self._functions:
            self._functions[derivation] = _written(derivation)
        loss, gradients = self._functions[derivation](**case.arrays)
        return {"loss": loss, **gradients}


def _said(case: Case) -> str:
    options = ", ".join(f"{name}={value}" for name, value in {**case.options, **case.sizes}.items())
    return "\n".join([f"at {options}:", "import numpy as np", *case.lines()])
