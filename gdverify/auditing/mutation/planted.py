"""A slipped derivation as a subject: its statements in plain NumPy, so that it can be audited like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gdverify.auditing.subject import Subject
from gdverify.cases.case import Array, Case
from gdverify.codegen.program import program, run
from gdverify.derivation.steps import Source
from gdverify.evidence.arithmetic import NUMPY
from gdverify.slips.slip import BEFORE, Slipped


def planted(slipped: Slipped, source: Source, options: Mapping[str, Any]) -> Subject:
    """The subject: the right loss, and the gradients that the slip gives.

    Args:
        slipped: what is planted.
        source: what it is a derivation of.
        options: that chose this member of the family.
    """
    return Subject(_function(slipped), f"{source.name}: {slipped.says}", source, options)


def _function(slipped: Slipped) -> Callable[[Case], dict[str, Any]]:
    derivation = slipped.derivation
    loss = program(derivation).loss
    # What is left over from the call before: a number, as long as the shapes stay as they are an array.
    left: dict[str, Array] = {}

    def gradients(case: Case) -> dict[str, Any]:
        found = run(loss, _known(case, None), NUMPY)
        values = run(slipped.statements, _known(case, slipped.dtype) | _left(slipped, left, found), NUMPY)
        made = {t.name: np.asarray(values[f"d{t.name}"], dtype=case.dtype) for t in derivation.wanted}
        left.update({f"{name}{BEFORE}": made[name[1:]].copy() for name in slipped.remembers})
        return {"loss": found["loss"], **made}

    return gradients


def _known(case: Case, dtype: str | None) -> dict[str, Any]:
    return {name: array.astype(dtype or array.dtype) for name, array in case.arrays.items()} | dict(case.sizes)


def _left(slipped: Slipped, left: Mapping[str, Array], found: Mapping[str, Any]) -> dict[str, Array]:
    """The gradients of the call before; zeros in the first call, and for other shapes."""
    made = {}
    for target in slipped.remembers:
        name = f"{target}{BEFORE}"
        zeros = np.zeros_like(found[target[1:]])
        before = left.get(name, zeros)
        made[name] = before if before.shape == zeros.shape else zeros
    return made
