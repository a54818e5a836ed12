"""Whether a slip changes anything is proved, and a choice at a kink is told apart from it."""

from __future__ import annotations

import pytest

from gdverify.auditing.mutation import equivalence
from gdverify.auditing.mutation.equivalence import DIFFERENT, EQUAL, NOT_PROVED, SAME, WITHIN, proof
from gdverify.slips.slip import Slipped
from gdverify.tracing.deciding import Decision
from tests.auditing.planting import DEPTHS, slip, source

CASES = [
    ("one_input_neuron", "gradient of another loss", "(mean_squared_error)", SAME),  # the mean of one
    ("fully_connected", "wrong gradient read", "da1 is computed from db2", EQUAL),  # a bias is read by nothing but z
    ("binary_cross_entropy", "right for positive inputs only", "", EQUAL),  # probabilities are
    ("relu", "derivative at the activated value", "", EQUAL),
    ("relu", "other side at the kink", "", WITHIN),
    ("mlp(activation=relu)", "other side at the kink", "between a1 and z1", WITHIN),
    ("leaky_relu", "both sides at the kink", "", DIFFERENT),
    ("tanh", "derivative missing", "", DIFFERENT),
    ("mlp", "cut off at saturation", "between a1 and z1", DIFFERENT),  # on paths that ordinary values do not take
    ("affine", "weight transposed on the way back", "dx", DIFFERENT),
    ("affine", "single precision", "", DIFFERENT),
    ("affine", "added up over calls", "", DIFFERENT),
]


def known(name: str, made: Slipped) -> equivalence.Proof:
    of = source(name)
    return proof(made, of.made, {**DEPTHS.get(of.name, {}), **of.options}, seed=0)


@pytest.mark.parametrize(("name", "row", "says", "outcome"), CASES)
def test_what_is_known_of_a_slip(name: str, row: str, says: str, outcome: str) -> None:
    assert known(name, slip(name, row, says)).outcome == outcome


def test_what_is_not_decided_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    doubt = Decision("undecided", "balls", digits=80, reason="equal to 80 digits, not proved")
    monkeypatch.setattr(equivalence, "equivalent", lambda *ignored: doubt)
    found = known("tanh", slip("tanh", "derivative missing"))
    assert (found.outcome, found.evidence) == (NOT_PROVED, "equal to 80 digits, not proved")
