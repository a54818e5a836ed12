"""A slip as a backward pass in plain NumPy: its statements, executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gdverify.slips.edits import Slipped

from gdverify.cases.case import Array, Case
from gdverify.codegen.program import needed, run
from gdverify.evidence.arithmetic import NUMPY
from tests.helpers import Source


def planted(source: Source, made: Slipped) -> Callable[[], Callable[[Case], Mapping[str, Array]]]:
    """What makes the backward pass, anew for each checker: nothing that one has called is left to the next."""
    names = [tensor.name for tensor in source.derivation.wanted]
    statements = needed(made.statements, [f"d{name}" for name in names])

    def gradients(case: Case) -> dict[str, Array]:
        values = run(statements, {**case.arrays, **case.sizes}, NUMPY)
        return {name: values[f"d{name}"] for name in names}

    return lambda: gradients
