"""A package on one case: judged as any subject is, but where it is known to disagree."""

from __future__ import annotations

import numpy as np

from gdverify.auditing.examination import examine
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.allowance import Allowance
from gdverify.notation import Architecture, Operation
from tests.helpers import interpreted
from tests.witness.disagreement import judged_by, met
from tests.witness.disagreements import DISAGREEMENTS
from tests.witness.package import Package

# Compiling is part of the first call; no limit is meant.
PATIENCE = 3600.0
# Regimes whose values tie exactly, in which a convention shows; and by how much: a share of a gradient, no rounding.
TYING = ("on kinks", "ties", "zeros")
SHARE = 1e-6


def agrees(witness: Package, source: Architecture | Operation, case: Case) -> None:
    """Assert that the package and the derived gradients agree on a case, each entry within its bound.

    At a kink that is no row of the table the package takes the declared derivative, and where a gradient is no number
    here, it is none there.
    """
    derivation = derive(source, **case.options)
    rows = met(DISAGREEMENTS, witness.name, derivation, case)
    allowance = judged_by(rows)
    if allowance is None:
        return
    wrong = disagreeing(witness, source, case, allowance)
    assert not wrong, wrong
    if not rows and case.regime in TYING and case.dtype == np.float64:
        _assert_same_convention(witness, source, derivation, case)


def disagreeing(
    witness: Package, source: Architecture | Operation, case: Case, allowance: Allowance
) -> dict[str, object]:
    """What is outside its bound, by tensor."""
    subject = Subject(
        lambda given: witness.gradients(source, given), witness.name, source, time_limit=PATIENCE, allowance=allowance
    )
    found = examine(subject, derive(source, **case.options), case)
    return {name: found.comparisons[name] for name in found.wrong}


def _assert_same_convention(
    witness: Package, source: Architecture | Operation, derivation: Derivation, case: Case
) -> None:
    with np.errstate(all="ignore"):
        derived = interpreted(derivation, case.arrays)
    for name, theirs in witness.gradients(source, case).items():
        ours = np.asarray(derived["loss" if name == "loss" else f"d{name}"])
        scale = max(1.0, np.abs(ours, where=np.isfinite(ours), out=np.zeros(ours.shape)).max(initial=0))
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=SHARE * scale, err_msg=name)
