"""Objectives of a loss that is not known: the diagonal of the Hessian, beside the differences of their own gradient.

A library of boosted trees asks for the diagonal alone. For a softmax, whose Hessian is not diagonal, it is 2 p (1 − p)
in xgboost and LightGBM by convention, an upper bound of the curvature: that factor is named, and is no error.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from gdverify.auditing.verdicts import CORRECT, TESTED, UP_TO_CONSTANT, WRONG, Diagnosis, SubjectReport
from gdverify.binding.ambiguity import Unbound
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.parts import Parts, curvature
from gdverify.binding.equations.evaluation import ratio
from gdverify.binding.finding.units import Unit
from gdverify.binding.own.extrapolation import Differences, differences, row
from gdverify.binding.own.forward import Own, Values
from gdverify.binding.own.lengths import shape_of
from gdverify.binding.own.resizing import Resized
from gdverify.binding.own.search import readings_of
from gdverify.binding.recognising.names import ARGUMENTS, meanings

SAID = "its own gradient: the diagonal of the Hessian"
UNKNOWN = Diagnosis(
    "remark",
    "its gradient is that of no loss that is known, and is not judged: write its equation, as `gdverify new NAME` "
    "begins it, and give it with --against FILE:NAME",
)
CONVENTION = 2.0  # of 2 p (1 − p)


@dataclass(frozen=True)
class Diagonal(Own):
    """An objective whose Hessian is judged by the slopes of its gradient, each by the entry it stands beside."""

    def expected(self, values: Values, at: Resized | None = None) -> dict[str, Differences]:
        """``u_i ∂g_i/∂y_i``: only the entry that moved is looked at."""
        point, sizes = values[self.moved], at or self.resized[0]

        def beside(array: Array) -> float:
            output = self.output_of({**values, self.moved: array}, sizes)
            return float(np.sum((output * values["upstream"])[array != point]))

        return {self.moved: differences(beside, point, abs(self.scalar(values, sizes)) + 1.0)}

    @property
    def moved(self) -> str:
        """The prediction: what the one gradient belongs to."""
        return self.gradients[0].held.tensors[0].name

    def is_diagonal(self, values: Values) -> bool:
        """Whether each entry of the gradient depends on its own entry of the prediction alone."""
        full, alone = super().expected(values)[self.moved].value, self.expected(values)[self.moved].value
        return bool(np.allclose(full, alone, rtol=1e-5, atol=1e-7))

    def factor(self, values: Values) -> float | None:
        """The constant that every entry is too large by; None where there is none."""
        return ratio(self.got(values)[self.moved], self.expected(values)[self.moved].value)

    def report(self, examples: int = 20, seed: int = 0, command: str = "", evidence: str = TESTED) -> SubjectReport:
        """Judge the diagonal, by differences alone; what is a multiple of it at every point is told the constant."""
        judged = replace(super().report(examples, seed, command, TESTED), architecture=SAID, diagnosis=(UNKNOWN,))
        if judged.verdict not in (WRONG, UP_TO_CONSTANT):
            return judged
        judged = replace(judged, verdict=WRONG, constant=None)  # what a constant means here is said below
        points = [self.values(seed * 1000 + k) for k in range(min(examples, 3))]
        factors = [self.factor(values) for values in points]
        common = factors[0]
        if common is None or any(one is None or abs(one / common - 1) > 1e-5 for one in factors):
            return judged
        if abs(common - CONVENTION) < 1e-5 and not self.is_diagonal(points[0]):
            said = "the Hessian is 2 × its diagonal, which is the convention of boosted trees for softmax: 2 p (1 − p)"
            agreed = self._by_convention(judged, examples, seed)
            return replace(agreed, diagnosis=(UNKNOWN, Diagnosis("remark", said)))
        said = f"the Hessian is {common:.6g} × the slope of the gradient: a factor is missing or too much"
        return replace(judged, diagnosis=(UNKNOWN, Diagnosis("constant", said)))

    def _by_convention(self, judged: SubjectReport, examples: int, seed: int) -> SubjectReport:
        """The report on half of what is returned."""
        rows = []
        for k in range(examples):
            values = self.values(seed * 1000 + k)
            rows.append(row(self.moved, self.got(values)[self.moved] / CONVENTION, self.expected(values)[self.moved]))
        worst = max(rows, key=lambda one: (one.verdict == WRONG, one.largest_error))
        informative = sum(one.informative for one in rows)
        shown = replace(worst, informative=informative, cases=len(rows))
        return replace(judged, verdict=WRONG if worst.verdict == WRONG else CORRECT, parameters=(shown,))


def bind_diagonal(unit: Unit, depth: int) -> Diagonal:
    """The Hessian of an objective, bound to its gradient, of which nothing is known.

    Raises:
        Unbound: its gradient does not run on anything tried, or nothing says which argument is the prediction.
    """
    second_order = curvature(unit)
    prediction = _prediction(second_order)
    own = readings_of(second_order, depth)[0].resizable()
    moved = next(one for one in own.held if one.place.root == prediction)
    found = own.gradients[0]
    shape = shape_of(moved.tensors[0])
    if own.shape != shape:
        raise Unbound(
            f"{unit.name}: its gradient has shape {own.shape}, and the prediction {shape}; expected an entry of the "
            "one for each of the other, in the same places."
        )
    beside = replace(found, held=replace(found.held, tensors=moved.tensors))
    given = {one.name: getattr(own, one.name) for one in fields(own)}
    return Diagonal(**given | {"name": unit.qualified, "gradients": (beside,)})


def _prediction(objective: Parts) -> str:
    """The one argument that is no target: what is moved."""
    names = [p.name for p in objective.signature("forward") if p.default is p.empty]
    others = [name for name in names if meanings(name, ARGUMENTS)[:1] != ["target"]]
    if len(others) != 1:
        raise Unbound(
            f"{objective.name}: nothing says which of its arguments {', '.join(names)} is the prediction, by which "
            "it is the derivative; expected one that is no target, as in objective(y_true, y_pred)."
        )
    return others[0]
