"""The narrow waist: a subject is a callable from a case to its gradients, with what it is to be judged against."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import frexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdverify.auditing.diagnosis.kinks import refuse_outside
from gdverify.auditing.verdicts import Diagnosis, Finding, SubjectReport
from gdverify.cases.case import Case
from gdverify.cases.strategies import DTYPES, Space, some_member
from gdverify.catalogue import find
from gdverify.codegen.second import Hessian
from gdverify.errors import UsageError
from gdverify.evidence.allowance import Allowance
from gdverify.notation.architecture import Architecture
from gdverify.notation.operation import Operation

Function = Callable[[Case], Mapping[str, Any]]
Against = str | Architecture | Operation | Hessian  # a name of the catalogue, or what it would stand for
TIME_LIMIT = 10.0  # seconds for one call
LONGEST = 86_400.0
MARKED = "@gdverify.subject(…, {option})"


@dataclass(frozen=True)
class Subject:
    """An implementation under audit.

    Attributes:
        function: from a `Case` to ``{"loss": …, "W1": dW1, …}``; the loss is optional.
        name: as it appears in the report, ``file.py:function``.
        against: the name of an architecture or operation of the catalogue, or one itself, or its second derivatives.
        options: of the family, for example ``{"activation": "tanh", "hidden": (1, 2)}``.
        sizes: axes whose size the implementation fixes, for example ``{"outputs": 1}``.
        dtypes: the dtypes that it can take.
        time_limit: seconds that one call may take.
        allowance: what it is allowed beyond the derived bound.
        binding: where its numbers are, in one line for the report; empty for a function that says so itself.
        declaration: where what it can take is declared, with room for the ``option`` that a message advises.
    """

    function: Function
    name: str
    against: Against
    options: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, Any] = field(default_factory=dict)
    dtypes: Sequence[str] = DTYPES
    time_limit: float = TIME_LIMIT
    allowance: Allowance = field(default_factory=Allowance)
    binding: str = ""
    declaration: str = field(default=MARKED, kw_only=True)

    def __call__(self, case: Case) -> Mapping[str, Any]:
        """Call the implementation."""
        return self.function(case)

    def declaring(self, option: str) -> str:
        """How what it can take is declared: ``@gdverify.subject(…, sizes={…})``."""
        return self.declaration.format(option=option)

    def remarks(self, verdict: str) -> tuple[Diagnosis, ...]:
        """What the report should say besides: where the numbers came from."""
        return (Diagnosis("binding", self.binding),) if self.binding else ()

    def findings(self) -> Sequence[Finding]:
        """What it does besides that one call on each case does not show."""
        return ()

    @property
    def source(self) -> Architecture | Operation:
        """What it is judged against; raises as `source_of` does."""
        return source_of(self.against)

    def space(self) -> Space:
        """The cases that it can take."""
        return Space(self.source, self.options, self.sizes, dtypes=self.dtypes)

    def check_declaration(self) -> None:
        """Refuse what can never be drawn, before the first case is.

        Raises:
            UnknownName: an architecture, operation or option that does not exist.
            UsageError: an axis that the architecture does not have, a size that is none, or a choice of nothing.
            NotationError: the architecture is not well formed.
        """
        for name, value in {**self.options, **self.sizes}.items():
            if value in ((), [], range(0)):
                raise UsageError(f"{name}={value!r}: expected at least one value to choose from.")
        for name, value in self.sizes.items():
            for size in value if isinstance(value, (tuple, list, range)) else [value]:
                if type(size) is not int or size < 1:
                    raise UsageError(f"sizes={{{name!r}: {value!r}}}: expected whole numbers from 1 on, got {size!r}.")
        space = self.space()
        for name, value in self.options.items():
            for chosen in value if isinstance(value, (tuple, list, range)) else ():
                some_member(replace(space, options={**self.options, name: chosen}))
        known = {axis.name for axis in some_member(space).composition.axes}
        for name in self.sizes:
            # An axis of a deeper member of the family is not known here, so only names without a number are refused.
            if name not in known and not name[-1:].isdigit():
                raise UsageError(
                    f"sizes={dict(self.sizes)!r}: {self.source} has no axis {name!r}; it has {sorted(known)}."
                )
        refuse_outside(self.allowance.kink, some_member(space))


def source_of(against: Against) -> Architecture | Operation:
    """What gradients should be those of; raises UnknownName, or UsageError for what is neither a name nor a source."""
    if isinstance(against, Hessian):
        return against.derivatives
    if not isinstance(against, (str, Architecture, Operation)):
        raise UsageError(
            f"against={against!r}: expected an architecture or operation, or its name, such as 'mlp'; for second "
            "derivatives gdverify.hessian_product(…) or gdverify.hessian_diagonal(…) of one."
        )
    return find(against) if isinstance(against, str) else against


class SelfJudged(Subject, ABC):
    """An implementation that matches no documented architecture, and makes its report by its own forward pass."""

    @abstractmethod
    def report(self, examples: int, seed: int, command: str) -> SubjectReport:
        """The verdict.

        Args:
            examples: how many points, at most.
            seed: the same one draws the same points.
            command: that replays the audit.
        """

    def check_declaration(self) -> None:
        """There is no architecture that it would have to fit."""


def subject(
    against: Against,
    *,
    sizes: Mapping[str, Any] | None = None,
    dtypes: Sequence[str] = DTYPES,
    time_limit: float = TIME_LIMIT,
    tolerance: float = 1.0,
    precision: str | None = None,
    kink: float | str | None = None,
    **options: Any,
) -> Callable[[Function], Subject]:
    """Mark a function ``case -> {"loss": loss, "W1": dW1, …}`` as an implementation to be audited.

    Args:
        against: what its gradients should be those of; for second derivatives, which are returned by the name of the
            gradient that they are of, ``dW`` or ``dy``, `gdverify.hessian_product` or `gdverify.hessian_diagonal`.
        sizes: axes whose size the implementation fixes; a tuple or range is a choice.
        dtypes: the dtypes that it can take.
        time_limit: seconds that one call may take.
        tolerance: a factor of the derived bound on rounding errors.
        precision: the dtype that it computes in, where that is coarser than the one it is given: ``"float32"``.
        kink: the derivative that it has to take at kinks: a number, or ``"declared"`` for the one that each operation
            declares. By default any subgradient will do.
        options: of the family; a tuple or range is a choice.

    Raises:
        UsageError: a dtype that is not known, a time limit or tolerance that is not positive and finite, or a kink that
            is neither a number nor ``"declared"``.
    """
    for dtype in dtypes:
        if dtype not in DTYPES:
            raise UsageError(f"dtypes={tuple(dtypes)!r}: expected names from {DTYPES}, got {dtype!r}.")
    if not dtypes:
        raise UsageError(f"dtypes={dtypes!r}: expected at least one of {DTYPES}.")
    if not 0 < time_limit <= LONGEST:
        raise UsageError(f"time_limit={time_limit!r}: expected a positive number of seconds, {LONGEST:g} at most.")
    allowance = Allowance(tolerance, precision, kink)

    def declare(function: Function) -> Subject:
        return Subject(function, name_of(function), against, options, sizes or {}, tuple(dtypes), time_limit, allowance)

    return declare


def name_of(function: Callable[..., Any]) -> str:
    """``module:function``."""
    name = getattr(function, "__qualname__", type(function).__name__)
    module = inspect.getmodule(function)
    return f"{module.__name__}:{name}" if module is not None else name


@dataclass(frozen=True)
class Recovered:
    """A gradient that is known only as far as a change of the weights shows it.

    Attributes:
        value: the gradient.
        uncertainty: how far the true one may be from it, for each entry.
    """

    value: NDArray[Any]
    uncertainty: NDArray[Any]


def recovered(before: NDArray[Any], after: NDArray[Any], learning_rate: float) -> Recovered:
    """The gradient behind an update ``w ← w − lr · g``.

    The update stored w rounded, so that g is known to half a unit in the last place of w, over lr. A large power of
    two as learning rate makes that small and the division exact. Exact elements have no last place, so that of them
    the gradient is (before − after) / lr and nothing else: |spacing(w)| asks nothing of w, spacing(|w|) its sign.
    """
    # The subtraction is done in float64, where that of float32 weights is exact.
    gradient = ((before.astype(np.float64) - after.astype(np.float64)) / learning_rate).astype(before.dtype)
    spacing = np.maximum(np.abs(np.spacing(before)), np.abs(np.spacing(after))).astype(np.float64)
    # Any other rate is rounded itself, and so are the product with it and the division by it.
    scaled = 0.0 if frexp(learning_rate)[0] == 0.5 else 4 * np.abs(np.spacing(gradient)).astype(np.float64)
    return Recovered(gradient, spacing / learning_rate + scaled)
