"""Derived gradients as expressions have the values of the reference, on the branches that the case takes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gdverify.cases.case import Case
from gdverify.cases.strategies import build
from gdverify.catalogue import find
from gdverify.codegen.nodes import OPERATORS
from gdverify.derivation.steps import Derivation, derive
from gdverify.evidence.reference import reference
from gdverify.slips.table import slipped
from gdverify.tracing.certified import certified
from gdverify.tracing.derived import Derived, derived, label, named, point, symbols, table
from gdverify.tracing.elementary import Branching
from gdverify.tracing.expression import Graph, walked
from gdverify.tracing.floats import Floats
from tests.helpers import EVERY, SHAPES, Source, sizes


def drawn(derivation: Derivation, shape: tuple[int, ...], regime: str = "ordinary", seed: int = 12345) -> Case:
    """A case of a shape."""
    return build(derivation, {}, sizes(derivation, shape), regime, "float64", seed)


def names(derivation: Derivation) -> list[str]:
    """The loss and every wanted gradient."""
    return ["loss", *(f"d{tensor.name}" for tensor in derivation.wanted)]


def values(made: Derived, case: Case, name: str) -> np.ndarray:
    """The floats of an array of expressions."""
    with np.errstate(invalid="ignore"):
        return np.vectorize(Floats(point(case)), otypes=[float])(made.arrays[name])


@pytest.mark.parametrize("source", EVERY, ids=str)
@pytest.mark.parametrize("regime", ["ordinary", "on kinks"])
def test_expressions_have_the_values_of_the_reference(source: Source, regime: str) -> None:
    derivation = source.derivation
    for shape in SHAPES:
        case = drawn(derivation, shape, regime)
        made = derived(derivation, case, Graph(), names(derivation))
        expected = reference(derivation, case, names(derivation)).bounds
        for name in names(derivation):
            got = values(made, case, name)
            assert got.shape == expected[name].expected.shape
            # Two points that are one have no direction: 0/0, of which nothing is expected.
            assert not (np.abs(got - expected[name].expected) > expected[name].tolerance).any()


@pytest.mark.parametrize("source", EVERY, ids=str)
def test_balls_contain_what_the_reference_allows(source: Source) -> None:
    derivation = source.derivation
    case = drawn(derivation, SHAPES[1])
    made = certified(derivation, case, names(derivation), 200)
    expected = reference(derivation, case, names(derivation)).bounds
    assert not made.open
    for name in names(derivation):
        for index in np.ndindex(expected[name].expected.shape):
            ball = made.arrays[name][index]
            # A dozen layers lose a few digits more.
            assert float(ball.rad()) <= 1e-45 * max(1, abs(float(ball.mid())))
            assert abs(float(ball.mid()) - expected[name].expected[index]) <= expected[name].tolerance[index]


def test_slipped_statements_are_evaluated_in_the_same_way() -> None:
    derivation = derive(find("fully_connected"), hidden=1)
    case = drawn(derivation, (2, 3))
    for slip in slipped(derivation):
        if slip.remembers:
            continue
        made = derived(derivation, case, Graph(), ["dW1"], slip.statements)
        expected = reference(derivation, case, ["dW1"], statements=slip.statements).bounds["dW1"]
        assert (np.abs(values(made, case, "dW1") - expected.expected) <= expected.tolerance).all()


def test_every_operator_has_a_row() -> None:
    assert set(OPERATORS) - {"name"} <= set(table(Branching(Graph(), Floats({}))))


def test_entries_are_called_by_array_and_index() -> None:
    assert [label("w", ()), label("b", (2,)), label("W1", (0, 1))] == ["w", "b[2]", "W1[0, 1]"]
    derivation = derive(find("two_layer_classifier"))
    case = drawn(derivation, (2, 3))
    graph = Graph()
    made = derived(derivation, case, graph, ["dw1"])
    read = {node.detail for node in walked(made.arrays["dw1"].ravel().tolist()) if node.operator == "symbol"}
    assert read == set(point(case))
    assert symbols(case, graph)["w1"][0, 1] is made.arrays["w1"][0, 1] is graph.symbol("w1[0, 1]")
    assert point(case)["w1[0, 1]"] == Fraction(float(case.parameters["w1"][0, 1]))


def test_intermediate_tensors_are_named() -> None:
    derivation = derive(find("mlp"), hidden=1)
    case = drawn(derivation, (2, 3))
    made = derived(derivation, case, Graph(), ["dW1", "db1"])
    found = named(made.arrays)
    assert found[made.arrays["a1"][0, 1].place] == "a1[0, 1]"
    assert found[made.arrays["dz1"][1, 0].place] == "dz1[1, 0]"


def test_branches_are_taken_by_value_and_kept() -> None:
    derivation = derive(find("relu"))
    case = drawn(derivation, (2, 3)).replaced(z=np.array([[1.0, -2.0, 0.0], [3.0, -1.0, 2.0]]))
    made = derived(derivation, case, Graph(), ["dz"])
    text = [entry.detail for entry in made.arrays["dz"].ravel().tolist()]
    assert text == ["da[0, 0]", 0, 0, "da[1, 0]", 0, "da[1, 2]"]
    path = {c.difference.detail: (c.relation, c.holds, c.tie) for c in made.path}
    assert path["z[0, 0]"] == (">", True, False)
    assert path["z[0, 1]"] == (">", False, False)
    assert path["z[0, 2]"] == (">", False, True)
    assert len(made.path) == 6  # the forward and the backward pass ask the same


def test_balls_say_which_branch_they_do_not_confirm() -> None:
    derivation = derive(find("mlp"), hidden=1, activation="relu")
    case = build(derivation, {}, {"batch": 1, "inputs": 2, "hidden1": 1, "outputs": 1}, "ordinary", "float64", 1)
    # (1 + ε)² rounds to 1 + 2ε: floats see a tie with 0 where there is ε².
    above = 1 + 2.0**-52
    near = case.replaced(W1=np.array([[above, -1.0]]), x=np.array([[above, above * above]]), b1=np.zeros(1))
    assert not certified(derivation, case, ["dW1"], 100).open
    (unsure,) = certified(derivation, near, ["dW1"], 100).open
    assert unsure.tie


def test_values_beyond_floats_are_infinite_and_no_error() -> None:
    graph = Graph()
    z = graph.symbol("z")
    large = graph.call("exp", graph.mul(z, z))
    at = Floats({"z": Fraction(100)})
    assert at(large) == np.inf
    assert at(graph.div(graph.number(1), graph.add(graph.number(1), large))) == 0
    assert np.isnan(at(graph.call("log", graph.neg(z))))
