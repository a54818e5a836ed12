"""What a row of the table of disagreements says, and which of them a case meets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation
from gdverify.evidence.allowance import DECLARED, Allowance
from tests.helpers import interpreted
from tests.witness.rows import constants


class Kind(Enum):
    """In what way a package differs."""

    SUBGRADIENT = "another subgradient"
    DIGITS = "fewer digits"
    VALUE = "another value"
    FUNCTION = "another function"
    REFUSAL = "refuses"


@dataclass(frozen=True)
class Disagreement:
    """A row.

    Attributes:
        package: its name.
        operations: of the catalogue.
        where: in words.
        kind: in what way they differ.
        at: operands of such a point; what arrives from behind is 1.
        by: the operand whose gradient is shown, or ``loss``.
        theirs: what the package gives there; for a refusal the beginning of its message.
        declared: what is derived from the equation.
        why: both are allowed, or what the difference comes from.
        meets: whether operands and constants are such that they differ; None where the package's row is not concerned.
        call: the function of the package that differs, of the package itself and the operands; by default its row.
        constants: of the operation at the point.
        allowance: what is allowed to the package in such cases; by default any subgradient, or else no comparison.
    """

    package: str
    operations: tuple[str, ...]
    where: str
    kind: Kind
    at: Mapping[str, Any]
    by: str
    theirs: Any
    declared: Any
    why: str
    meets: Callable[..., Any] | None = None
    call: Callable[..., Any] | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    allowance: Allowance | None = None

    @property
    def allowed(self) -> Allowance | None:
        """How a case that meets it is judged; None where it is not."""
        return Allowance() if self.allowance is None and self.kind is Kind.SUBGRADIENT else self.allowance


def met(rows: Iterable[Disagreement], package: str, derivation: Derivation, case: Case) -> list[Disagreement]:
    """The rows of a package that a case meets, in any operation that the derivation is composed of."""
    names = {application.operation.name for application in derivation.composition.applications}
    concerned = [row for row in rows if row.package == package and row.meets and names & {*row.operations}]
    if not concerned:
        return []
    with np.errstate(all="ignore"):
        values = {**interpreted(derivation, case.arrays), **case.arrays}
    return [row for row in concerned if any(row.meets(**given) for given in _operands(row, derivation, values))]


def _operands(row: Disagreement, derivation: Derivation, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The operands and constants of every application of the row's operations."""
    for made in derivation.composition.applications:
        if made.operation.name in row.operations:
            tensors = (values[tensor.name] for tensor in made.operands)
            yield dict(zip(made.operation.operands, tensors, strict=True)) | constants(made.operation)


def judged_by(rows: Iterable[Disagreement]) -> Allowance | None:
    """The allowance for a case that meets these rows: all that they allow; None where one allows no comparison."""
    chosen = [row.allowed for row in rows]
    if not chosen:
        return Allowance(kink=DECLARED)
    if None in chosen:
        return None
    precise = [one.precision for one in chosen if one is not None and one.precision]
    kinked = any(one is not None and one.kink is None for one in chosen)
    return Allowance(precision=precise[0] if precise else None, kink=None if kinked else DECLARED)
