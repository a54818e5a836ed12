"""A batch without samples: the last one of a split, or all of a filter.

A sum over no samples is 0, and so is its gradient. A mean is 0/0, so that nothing can be asked for. Everywhere an
exception with a message is a clear refusal.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gdverify.auditing.behaviours.kinds import Sighting
from gdverify.auditing.behaviours.trial import Trial
from gdverify.auditing.execution import Returned, adjoint_name, adjoint_names, call
from gdverify.auditing.problems import Problem
from gdverify.cases.case import Case
from gdverify.cases.strategies import LARGEST, build
from gdverify.derivation.steps import Derivation
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import reference


def without_samples(trial: Trial) -> Iterator[Sighting]:
    """What the subject makes of a batch of none, where it takes batches of any size."""
    free = [axis for axis in trial.case.sizes if axis in LARGEST and axis not in trial.subject.sizes]
    if not free:
        return
    case = _emptied(trial, free)
    try:
        returned = call(trial.subject, trial.derivation, case)
    except Problem as problem:
        yield from _refusal(problem, trial.derivation, case)
        return
    if _is_defined(trial.derivation, case):
        yield from _wrong(returned, trial, case)


def _emptied(trial: Trial, axes: list[str]) -> Case:
    sizes = {**trial.case.sizes, **dict.fromkeys(axes, 0)}
    return build(trial.derivation, trial.case.options, sizes, "ordinary", trial.case.dtype.name, seed=0)


def _is_defined(derivation: Derivation, case: Case) -> bool:
    """Whether the declared loss has a value for no samples."""
    if derivation.upstream is not None:
        return True
    return bool(np.isfinite(reference(derivation, case, ["loss"]).bounds["loss"].expected))


def _refusal(problem: Problem, derivation: Derivation, case: Case) -> Iterator[Sighting]:
    if problem.kind == "never returns":
        yield Sighting("never returns on an empty batch", f"for a batch of 0 samples {problem}", case)
    elif problem.kind != "raises":
        if _is_defined(derivation, case):
            yield Sighting("empty batch", f"for a batch of 0 samples {problem}", case)
    elif not str(problem.__cause__):
        yield Sighting(
            "empty batch",
            f"a batch of 0 samples is refused without a word: {problem.__cause__!r}; expected gradients of zero, or a "
            "message that says what is refused.",
            case,
        )


def _wrong(returned: Returned, trial: Trial, case: Case) -> Iterator[Sighting]:
    bounds = reference(trial.derivation, case, adjoint_names(returned), allowance=trial.subject.allowance).bounds
    for name, value in returned.values.items():
        found = compare(value, bounds[adjoint_name(name)])
        if not found.agrees and trial.is_right(name):
            what = "the loss" if name == "loss" else f"the gradient of {name}"
            yield Sighting(
                "empty batch",
                f"for a batch of 0 samples {what} is {value[found.index]:.6g}: expected {found.expected:.6g}, as a sum "
                "of nothing; return that, or refuse such a batch with a message.",
                case,
                frozenset({name}),
            )
            return
