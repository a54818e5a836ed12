"""Which kinks a case tells about: a derivative outside the allowed set would have shown there.

Let D be how far a gradient moves as the derivative at a kink goes from one end of its set to the other, the same at
every entry that lies on it. The allowed gradients lie within a tolerance τ of their middle, and what the ends give is
among them, so τ ≥ ½ |D|. Where τ is no more than that,

    τ ≤ ½ |D| (1 + δ),

nothing but this kink makes the set as wide as it is, and any derivative that is outside its set by more than δ/2 of
the set's width gives a gradient outside the tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gdverify.auditing.ties.sites import Site
from gdverify.cases.case import Case
from gdverify.codegen.nodes import evaluate
from gdverify.codegen.program import program, run
from gdverify.derivation.steps import Derivation
from gdverify.evidence.bounded import Bounded, Reals, exact
from gdverify.evidence.rounding import Rounding

SLACK = 1e-4  # δ: the roundings that the tolerance has room for besides

Values = Mapping[str, Bounded]


def telling(derivation: Derivation, case: Case, tolerances: Mapping[str, Reals], site: Site) -> frozenset[str]:
    """The tensors in whose gradients a derivative outside the set at a kink would show.

    Args:
        derivation: the mathematics.
        case: the point.
        tolerances: of the gradients that are compared, by the names of their tensors.
        site: the kink.
    """
    known = {name: exact(value) for name, value in {**case.arrays, **case.sizes}.items()}
    made = program(derivation)
    with np.errstate(all="ignore"):
        values = run((*made.loss, *made.every_adjoint), known, _table(case, "declared"))
        moved = _carried(derivation, case, site, values, _change(derivation, case, site, values))
    return frozenset(name for name in site.reached & tolerances.keys() if _shows(moved[name], tolerances[name]))


def _table(case: Case, ties: str) -> dict[str, Any]:
    """The arithmetic without roundings: of the choices at ties alone."""
    return Rounding(case.dtype, ties, rounds=0).table


def _change(derivation: Derivation, case: Case, site: Site, values: Values) -> Reals:
    """How far the adjoint moves from one end of the set at the kink to the other; 0 off the kink."""
    (statement,) = (s for s in program(derivation).every_adjoint if s.target == site.adjoint)
    within, declared, other = (
        evaluate(statement.node, values, _table(case, ties)) for ties in ("any", "declared", "other")
    )
    change = 2 * within.error * np.sign(other.value - declared.value)
    if not site.is_by_entry:
        return np.asarray(change)
    gap = evaluate(site.gap, values, _table(case, "declared")).value
    return np.where(gap == 0, change, 0.0)


def _carried(derivation: Derivation, case: Case, site: Site, values: Values, change: Reals) -> dict[str, Reals]:
    """How far the gradients move with the adjoint, by tensor."""
    here = values[site.adjoint]
    behind = {f"d{name}" for name in site.reached} - {site.adjoint}
    after = [statement for statement in program(derivation).every_adjoint if statement.target in behind]
    moved = run(after, {**values, site.adjoint: Bounded(here.value + change, here.error)}, _table(case, "declared"))
    return {name: np.abs(moved[f"d{name}"].value - values[f"d{name}"].value) for name in site.reached}


def _shows(moved: Reals, tolerance: Reals) -> bool:
    return bool(np.any((moved > 0) & (tolerance <= moved / 2 * (1 + SLACK))))
