"""Replay: what was traced, evaluated in floats at another case on the same path, against a plain run of the subject.

A trace that lost a dependency, because the code went through a float on a way that was not seen, is a formula of
something else. In its own case the two agree; in another they do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.auditing.execution import Returned, call
from gdverify.auditing.ladder.tracing import Trace
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.tracing.derived import point
from gdverify.tracing.elements import holds
from gdverify.tracing.floats import Floats
from gdverify.tracing.lines import Untraceable
from gdverify.tracing.path import Condition

# The same operations in another order: far above their rounding, far below what a lost dependency changes.
AGREEMENT = 1e-7
DISTANCES = tuple(0.25 / 4**k for k in range(8))  # relative, of a neighbouring case

Floating = NDArray[np.float64]


def replay(trace: Trace, subject: Subject, derivation: Derivation, case: Case) -> tuple[str, ...] | None:
    """The tensors, ``loss`` among them, for which the traced expressions do not give what the code gives.

    Args:
        trace: of the subject.
        subject: called once, on floats.
        derivation: what the trace was made for.
        case: another one of the same shape; none of its entries may stand for another symbol.

    Returns:
        names, none of them where the trace is right; None where the case is on another path.

    Raises:
        Problem: the subject cannot be called on the case.
    """
    floats = Floats(point(case))
    if not is_on_path(trace.path, floats):
        return None
    returned = call(subject, derivation, case)
    return tuple(name for name, value in _values(trace, floats).items() if not _near(name, value, returned))


def unfaithful(lost: Sequence[str], elements: str) -> Untraceable:
    """What to raise where code does on floats what it does not do on symbols or balls."""
    return Untraceable(
        f"{', '.join(lost)}: on floats the code computes something else than on {elements}; look for values that are "
        "taken out of an array on a way of their own",
        None,
    )


def neighbour(trace: Trace, seed: int) -> Case | None:
    """A case near that of a trace and on its path, every entry moved towards 0; None where there is none.

    Entries keep their sign and stay in intervals around 0, so that what was in a domain is in it still.
    """
    cases = (trace.case.replaced(**moved) for moved in towards_zero(trace.case.arrays, seed))
    return next((case for case in cases if is_on_path(trace.path, Floats(point(case)))), None)


def towards_zero(arrays: Mapping[str, NDArray[Any]], seed: int) -> Iterator[dict[str, NDArray[Any]]]:
    """The arrays with every entry moved towards 0, by less and less."""
    rng = np.random.default_rng(seed)
    factors = {name: rng.random(array.shape) for name, array in arrays.items()}
    for distance in DISTANCES:
        yield {name: np.asarray(array * (1 - distance * factors[name])) for name, array in arrays.items()}


def is_on_path(path: Sequence[Condition], floats: Floats) -> bool:
    """Whether a point takes the same branches."""
    return all(holds(floats(each.difference), each.relation) == each.holds for each in path)


def _values(trace: Trace, floats: Floats) -> dict[str, Floating]:
    loss: dict[str, Any] = {} if trace.loss is None else {"loss": np.array(trace.loss, dtype=object)}
    return {
        name: np.array([floats(cell) for cell in array.flat], dtype=np.float64).reshape(array.shape)
        for name, array in {**trace.gradients, **loss}.items()
    }


def _near(name: str, value: Floating, returned: Returned) -> bool:
    plain = np.asarray(returned.loss if name == "loss" else returned.gradients[name], dtype=np.float64)
    scale = float(np.max(np.abs(plain), initial=0))
    allowed = AGREEMENT * scale + np.asarray(returned.uncertainty.get(name, 0.0))
    with np.errstate(invalid="ignore"):
        same = (np.abs(value - plain) <= allowed) | (value == plain) | (np.isnan(value) & np.isnan(plain))
    return bool(np.all(same))
