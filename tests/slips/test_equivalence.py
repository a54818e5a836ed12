"""Slips that change nothing are proved to change nothing; all others are shown to differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gdverify.catalogue import architectures, find, operations
from gdverify.codegen.nodes import Node, number
from gdverify.codegen.program import Statement, program
from gdverify.derivation.steps import Derivation, derive
from gdverify.slips.equivalence import equivalent, small_cases
from gdverify.slips.links import LINKS
from gdverify.slips.table import SLIPS, slipped
from gdverify.tracing.deciding import Decision

RECTIFIED = ("relu", "contrastive_pairs", "small_cnn", "multiclass_hinge", "multiclass_hinge_sum")
KINKED = (*RECTIFIED, "leaky_relu", "hard_sigmoid", "hard_tanh", "elu", "selu", "contrastive")
# relu is positive where its argument is, and its slope is its own square.
SAME = {
    *((name, "derivative at the activated value") for name in RECTIFIED),
    *((name, "derivative applied twice") for name in RECTIFIED),
    *((name, "derivative by the value, at the argument") for name in RECTIFIED),
    ("leaky_relu", "derivative at the activated value"),
    ("hard_tanh", "derivative applied twice"),
    # e^y is its own derivative.
    *((name, "value in place of the derivative") for name in ("poisson", "poisson_sum")),
    # Where the mask is 0 the squared margin's derivative is so anyway.
    ("contrastive", "mask of the wrong tensor"),
    ("contrastive_pairs", "mask of the wrong tensor"),
    # What is taken at a kink alone is no matter of the paths beside it.
    *((name, f"{which} at the kink") for name in KINKED for which in ("other side", "both sides")),
}
# Of the two branches one alone is the whole, and the other one nothing; of two signs both together are none.
ONE_OF_BOTH = {
    *((name, "one branch only") for name in ("contrastive", "contrastive_pairs")),
    ("contrastive_pairs", "sign of the derivative"),
    ("contrastive_pairs", "derivative applied twice"),
    ("contrastive_pairs", "derivative at the activated value"),
    ("contrastive_pairs", "derivative by the value, at the argument"),
}
# Beside the paths that ordinary values take.
ROWS = [row for row in LINKS if row.name != "cut off at saturation"]
# A large network consists of the same links.
LARGE = {"gpt", "transformer_block", "lstm_peepholes"}
NAMES = [name for name in (*operations(), *architectures()) if name not in LARGE]
SLIPPED = [name for name in NAMES if any(slipped(derive(find(name)), slips=ROWS))]


@pytest.mark.parametrize("name", SLIPPED)
def test_slips(name: str) -> None:
    derivation = derive(find(name))
    for slip in slipped(derivation, slips=ROWS):
        decision = equivalent(derivation, slip.statements, small_cases(derivation))
        if (name, slip.slip.name) in ONE_OF_BOTH:
            continue
        assert decision.outcome == ("zero" if (name, slip.slip.name) in SAME else "different")


def statements(derivation: Derivation, target: str, node: Node) -> Sequence[Statement]:
    """The statements of a derivation with one exchanged."""
    made = program(derivation)
    every = (*made.loss, *made.every_adjoint)
    return [replace(s, node=node) if s.target == target else s for s in every]


def judged(derivation: Derivation, target: str, node: Node) -> Decision:
    """Whether an exchanged statement changes the gradients."""
    return equivalent(derivation, statements(derivation, target, node), small_cases(derivation))


def of(derivation: Derivation, target: str) -> Node:
    """The expression of a statement."""
    return next(s.node for s in program(derivation).every_adjoint if s.target == target)


def test_another_form_is_equivalent() -> None:
    derivation = derive(find("fully_connected"), hidden=1)
    z, da = Node("name", (), "z1"), Node("name", (), "da1")
    # σ'(z) = (1 − tanh²(z/2)) / 4
    tanh = Node("tanh", (Node("div", (z, number(2))),))
    other = Node("div", (Node("mul", (da, Node("sub", (number(1), Node("mul", (tanh, tanh)))))), number(4)))
    decision = judged(derivation, "dz1", other)
    assert (decision.outcome, decision.how) == ("zero", "modular")
    assert 0 < decision.error < 1e-30
    assert "entries are equal" in decision.reason


def test_what_is_equal_for_one_shape_only_is_not_equivalent() -> None:
    # A sum in place of a mean, twice too large for two rows: at (2, 3) alone it is right.
    derivation = derive(find("mean_squared_error"))
    (target,) = [s.target for s in program(derivation).every_adjoint]
    entries = Node("div", (Node("mul", (of(derivation, target), Node("name", (), "batch"))), number(3)))
    assert judged(derivation, target, entries).outcome == "different"


def test_the_same_statements_are_equivalent_by_structure() -> None:
    derivation = derive(find("two_layer_classifier"))
    decision = judged(derivation, "dz1", of(derivation, "dz1"))
    assert (decision.outcome, decision.how, decision.error) == ("zero", "structure", 0)


@pytest.mark.parametrize("row", ["first term for the sum", "last term for the sum"])
def test_one_entry_in_place_of_a_sum_differs_where_the_gradient_is_a_scalar(row: str) -> None:
    derivation = derive(find("line_through"))
    for made in slipped(derivation, slips=[slip for slip in SLIPS if slip.name == row]):
        assert equivalent(derivation, made.statements, small_cases(derivation)).outcome == "different"
