"""Three witnesses: the derived gradient, the subject's own, and finite differences of the subject's own loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gdverify.auditing.execution import Returned, call
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Diagnosis
from gdverify.cases.case import Array, Case
from gdverify.derivation.steps import Derivation
from gdverify.evidence.differences import central
from gdverify.evidence.reference import reference

# Differences of a smooth loss of order 1 are right to about 1e-9 in float64 and 1e-3 in float32; wrong backward
# passes are wrong by more than this, or the witness abstains.
AGREEMENT = {"float64": 1e-5, "float32": 3e-2}
MOST_ENTRIES = 200  # each costs two calls


def witnesses(
    subject: Subject,
    derivation: Derivation,
    samples: Sequence[tuple[Case, Returned]],
    wrong: Sequence[str],
    loss_is_off: bool,
) -> Iterator[Diagnosis]:
    """Who is off: the backward pass, the loss, or the architecture that was declared."""
    case, returned = _smallest(samples)
    if returned.loss is None:
        return
    names = [name for name in wrong if name in case.arrays] or [
        name for name in returned.gradients if name in case.arrays
    ]
    try:
        differences = {name: _differences(subject, derivation, case, name) for name in names[:3]}
    except Problem:
        return
    expected = reference(derivation, case, [f"d{name}" for name in differences]).bounds
    own = all(_near(differences[n], returned.gradients[n], case) for n in differences)
    derived = all(_near(differences[n], expected[f"d{n}"].expected, case) for n in differences)
    if loss_is_off and wrong and own:
        yield Diagnosis(
            "witnesses",
            "the backward pass agrees with finite differences of the subject's own loss, and that is not the "
            "declared loss: "
            "the loss is off, or another architecture is meant",
        )
    elif loss_is_off and not wrong:
        yield Diagnosis(
            "witnesses",
            "the gradients are those of the declared loss; the loss that is returned beside them is another one: "
            "the loss is off",
        )
    elif loss_is_off:
        yield Diagnosis(
            "witnesses", "both are off: the loss is not the declared one, and the backward pass is not its gradient"
        )
    elif derived:
        yield Diagnosis(
            "witnesses",
            "the loss is the declared one, and finite differences of it agree with the derived gradient: the "
            "backward pass is off",
        )


def _smallest(samples: Sequence[tuple[Case, Returned]]) -> tuple[Case, Returned]:
    fine = [s for s in samples if s[0].dtype == np.float64] or list(samples)
    return min(fine, key=lambda sample: sum(array.size for array in sample[0].arrays.values()))


def _differences(subject: Subject, derivation: Derivation, case: Case, name: str) -> Array:
    array = case.arrays[name]
    if array.size > MOST_ENTRIES:
        raise Problem("too large", f"{name} has {array.size} entries")

    def loss(moved: Array) -> float:
        value = call(subject, derivation, case.replaced(**{name: moved})).loss
        if value is None:
            raise Problem("no loss", "the subject returns a loss for some cases only")
        return value

    return central(loss, array)


def _near(differences: Array, gradient: Array, case: Case) -> bool:
    scale = max(float(np.max(np.abs(differences), initial=0)), float(np.max(np.abs(gradient), initial=0)), 1e-3)
    return bool(np.all(np.abs(differences - gradient) <= AGREEMENT[case.dtype.name] * scale))
