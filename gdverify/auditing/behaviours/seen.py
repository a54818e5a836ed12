"""Behaviours that show in any two calls of a subject on the same case: a row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gdverify.auditing.behaviours.agreement import same_bits
from gdverify.auditing.behaviours.kinds import Sighting
from gdverify.auditing.execution import Array, Returned, adjoint_name
from gdverify.auditing.memory import Pair, shared_among, shared_between
from gdverify.cases.case import Case
from gdverify.evidence.reference import Bound


@dataclass(frozen=True)
class Calls:
    """Two calls of a subject on the same case, each with arrays of its own, and what they should return."""

    case: Case
    first: Returned
    second: Returned
    bounds: Mapping[str, Bound]


def seen(calls: Calls) -> Iterator[Sighting]:
    """What shows in the calls, in the order of the table below."""
    for kind, look in LOOKS.items():
        for message, tensors in look(calls):
            yield Sighting(kind, message, calls.case, frozenset(tensors))


Found = Iterator[tuple[str, Iterable[str]]]  # messages, each with the tensors that it concerns


def _changed(calls: Calls) -> Found:
    names = [name for name in _written(calls) if name not in calls.case.upstream]
    if names:
        yield changed(names), names


def _changed_upstream(calls: Calls) -> Found:
    names = [name for name in _written(calls) if name in calls.case.upstream]
    if names:
        yield changed(names), names


def _written(calls: Calls) -> list[str]:
    return [name for name, array in calls.case.arrays.items() if not _same(calls.first.given[name], array)]


def changed(names: Sequence[str]) -> str:
    """What is said of arguments that are written into."""
    plural = len(names) > 1
    return (
        f"the subject changed case array{'s' if plural else ''} {', '.join(names)}: expected "
        f"{'them' if plural else 'it'} as {'they were' if plural else 'it was'} given, since the caller still "
        f"needs {'them' if plural else 'it'}; work on a copy."
    )


def _same(given: Array, expected: Array) -> bool:
    # Shapes too: arrays can be reshaped in place.
    return given.shape == expected.shape and given.tobytes() == expected.tobytes()


def _shares_with_argument(calls: Calls) -> Found:
    given = {name: array for name, array in calls.first.given.items() if name not in calls.case.upstream}
    yield from _aliased(shared_between(calls.first.held, given), "case array ")


def _shares_with_upstream(calls: Calls) -> Found:
    given = {name: array for name, array in calls.first.given.items() if name in calls.case.upstream}
    yield from _aliased(shared_between(calls.first.held, given), "the upstream gradient ")


def _aliased(pairs: Iterable[Pair], what: str) -> Found:
    for gradient, array in list(pairs)[:1]:
        yield (
            f"the gradient of {gradient} lies in the memory of {what}{array}: expected memory of its own, since what "
            "changes one of them in place, as an update or clipping does, changes the other; return a copy.",
            [gradient],
        )


def _share(calls: Calls) -> Found:
    pairs = shared_among(calls.first.held)
    if pairs:
        first, second = pairs[0]
        yield (
            f"the gradients of {first} and {second} lie in the same memory: expected memory of its own for each, since "
            "what changes one of them in place, as clipping does, changes the other; return a copy.",
            {name for pair in pairs for name in pair},
        )


def _reused(calls: Calls) -> Found:
    held, kept = calls.first.held, calls.first.gradients
    names = [name for name, array in held.items() if not np.array_equal(array, kept[name], equal_nan=True)]
    overlapping = {name for name, _ in shared_between(held, calls.second.held)}
    if names or overlapping:
        found = sorted({*names, *overlapping}, key=list(held).index)
        yield (
            f"the second call returned gradients in the memory of the first: {', '.join(found)}; who keeps the "
            "results of two calls, to add or to compare them, must copy the first, or the subject return a copy.",
            found,
        )


def _subclass(calls: Calls) -> Found:
    for name, kind in list(calls.first.types.items())[:1]:
        yield (
            f"the gradient of {name} is a {kind}: expected a plain NumPy array, since in a {kind} operators may mean "
            "something else (the * of a matrix is a product of matrices); return np.asarray(…).",
            [name],
        )


def _last_bits(calls: Calls) -> Found:
    if not same_bits(calls.first, calls.second):
        yield (
            "two calls of the same case differ, within the rounding error: look for sums whose order changes, as in "
            "threads or over a set.",
            [],
        )


def _not_finite(calls: Calls) -> Found:
    for name, value in calls.first.values.items():
        bound = calls.bounds[adjoint_name(name)]
        bad = ~np.isfinite(value) & np.isfinite(bound.tolerance)
        if bad.any():
            index = tuple(int(k) for k in np.argwhere(bad)[0])
            what = "the loss" if name == "loss" else f"the gradient of {name}"
            shown = f" at [{', '.join(map(str, index))}]" if index else ""
            yield (
                f"{what} is {value[index]}{shown}: expected {bound.expected[index]:.6g}; where the mathematics has a "
                "finite value the code should too: look for an overflow, 0/0 or log(0).",
                [name],
            )


LOOKS: dict[str, Callable[[Calls], Found]] = {
    "writes into its arguments": _changed,
    "writes into the upstream gradient": _changed_upstream,
    "shares memory with an argument": _shares_with_argument,
    "shares memory with the upstream gradient": _shares_with_upstream,
    "not finite": _not_finite,
    "gradients share memory": _share,
    "returns memory that it reuses": _reused,
    "returns a subclass of array": _subclass,
    "differs in the last bits": _last_bits,
}
