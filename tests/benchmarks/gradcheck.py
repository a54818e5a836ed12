"""A verdict on every entry of a large network's gradient: one case of an audit against torch's gradcheck.

Both get the same arrays and the same NumPy code. gradcheck calls the forward pass twice for each entry, so its time is
a straight line in their number: it is measured on two slices of the first weight, and its slope counts alone. What
gradcheck does once, whatever the number of entries, is left out in its favour.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gdverify.auditing.audit import audit
from gdverify.auditing.examination import Examination, examine
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT
from gdverify.cases.case import Array, Case
from gdverify.derivation.steps import derive
from tests.benchmarks import memory, subjects
from tests.benchmarks.by_hand import two_layers_tanh
from tests.benchmarks.clock import minimum, seconds
from tests.benchmarks.figure import Measured, NotMeasured
from tests.benchmarks.generated import MEDIUM

SLICES = (100, 500)  # so many entries of the first weight
REPEAT, OFTEN = 3, 20
EXAMPLES = subjects.EXAMPLES


def ratio() -> Measured:
    """gradcheck's time for every parameter, extrapolated, over that of one case."""
    case = large_case()
    each = _seconds_per_entry(case)
    judged = subjects.marked("correct", memory.SIZES)
    derivation = derive(judged.source, **case.options)
    found = examine(judged, derivation, case)
    entries = decided(found, case)
    once = minimum(lambda: examine(judged, derivation, case), OFTEN)
    whole = seconds(lambda: _audited(judged))
    theirs = each * entries
    return Measured(
        theirs / once,
        f"gradcheck {theirs:.0f} s, extrapolated: {1e3 * each:.3f} ms an entry, from slices of {SLICES[0]} and "
        f"{SLICES[1]} entries, times {entries} parameters; one case {1e3 * once:.1f} ms (minimum of {OFTEN}), every "
        f"entry decided, float64 as in gradcheck; a whole audit of {EXAMPLES} examples {whole:.1f} s, which is "
        f"{theirs / whole:.0f} times less",
    )


def large_case() -> Case:
    x, *parameters, t = MEDIUM.arrays()
    named = dict(zip(("W1", "b1", "W2", "b2"), parameters, strict=True))
    options = {"hidden": 1, "activation": "tanh", "loss": "mean_squared_error"}
    return Case(memory.SIZES, options, {"x": x}, named, {"t": t}, {}, "ordinary", np.dtype("float64"))


def decided(found: Examination, case: Case) -> int:
    """The number of parameters; refuses a case that says nothing of some of them."""
    compared = [found.comparisons[name] for name in case.parameters]
    if found.wrong or any(c.informative < c.entries for c in compared):
        raise NotMeasured(f"not every entry is decided: {found.comparisons}")
    return sum(c.entries for c in compared)


def _audited(judged: Subject) -> None:
    if (verdict := audit(judged, examples=EXAMPLES, seed=0).verdict) != CORRECT:
        raise NotMeasured(f"the verdict is {verdict}, and should be {CORRECT}")


def _seconds_per_entry(case: Case) -> float:
    """The slope of gradcheck's time against the number of entries."""
    few, many = (minimum(first_entries(case, count), REPEAT) for count in SLICES)
    return (many - few) / (SLICES[1] - SLICES[0])


def first_entries(case: Case, count: int) -> Callable[[], None]:
    """gradcheck of the first entries of W1, in its exhaustive mode with its defaults."""
    try:
        import torch
    except ImportError:
        raise NotMeasured('torch is not installed: pip install "gdverify[peers]"') from None
    x, _, *others = case.arrays.values()
    W1 = case.parameters["W1"].copy()
    slice_of_W1 = W1.reshape(-1)[:count]

    class Loss(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, top: Any) -> Any:
            ctx.save_for_backward(top)
            slice_of_W1[:] = top.numpy()
            return torch.tensor(_loss(x, W1, *others))

        @staticmethod
        def backward(ctx: Any, upstream: Any) -> Any:
            slice_of_W1[:] = ctx.saved_tensors[0].numpy()
            return upstream * torch.from_numpy(two_layers_tanh(x, W1, *others)[1]["W1"].ravel()[:count])

    top = torch.from_numpy(slice_of_W1.copy()).requires_grad_()

    def check() -> None:
        if not torch.autograd.gradcheck(Loss.apply, (top,), raise_exception=False):
            raise NotMeasured("gradcheck rejects a right gradient")

    return check


def _loss(x: Array, W1: Array, b1: Array, W2: Array, b2: Array, t: Array) -> Any:
    """The forward pass alone, which is all that a finite difference needs."""
    difference = np.tanh(x @ W1.T + b1) @ W2.T + b2 - t
    return (difference**2).sum() / difference.size
