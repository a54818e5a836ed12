"""What the diagonal cannot follow is refused with the reason and what does; names of their own for new tensors."""

from __future__ import annotations

import re

import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.derivation import second
from gdverify.derivation.steps import derive
from gdverify.errors import NotationError, UnknownName
from gdverify.notation import Tensor, architecture, axis, indices, operation, parameter, target, total
from gdverify.operations.activations import product
from gdverify.operations.losses import mean_squared_error
from tests.user_sources import residual

batch, state = axis("batch", "n"), axis("state", "s")


@operation("loss", W=(state, state), gives=())
def twice(W: Tensor) -> Expr:
    """Σ W W^T, in which an entry of the diagonal is read twice."""
    s, r = indices(state, state)
    return total(W[s, r] * W[r, s], over=(s, r))


REFUSED = {
    "a recurrence": (
        derive(catalogue.find("rnn")),
        "the diagonal of the Hessian by h0[batch, hidden]: it goes round a recurrence, through h0_before[batch, time, "
        "hidden], and no entry of the gradient can be followed alone; hessian_product with unit vectors gives the "
        "diagonal.",
    ),
    "what is moved": (
        derive(catalogue.find("group_norm")),
        "reads along an axis what depends on it, and no entry",
    ),
    "a diagonal of a weight": (derive(residual), "would read W2[state, state] at one index at two of its axes"),
    "an axis in the place of another": (derive(twice), "its axis state is read at an index of another one"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    derivation, message = REFUSED[case]
    with pytest.raises(NotationError, match=re.escape(message)):
        second.diagonal(derivation)


def test_an_operand_that_there_is_not() -> None:
    with pytest.raises(UnknownName, match="unknown operand of mlp 'W9': did you mean W3 or W2 or W1\\?"):
        second.diagonal(derive(catalogue.find("mlp")), "W9")


@architecture
def names_in_use() -> Tensor:
    """Weights called as a direction and as a diagonal would be."""
    W, vW, hW = (parameter(name, batch, state) for name in ("W", "vW", "hW"))
    return mean_squared_error(product(W, product(vW, hW)), target("t", batch, state))


def test_new_tensors_have_names_that_are_free() -> None:
    derivation = derive(names_in_use)
    made = second.product(derivation)
    assert [tensor.name for tensor in made.directions] == ["v_W", "v_vW", "v_hW"]
    assert [tensor.name for tensor in second.diagonal(derivation).results.values()] == ["h_W", "h_vW", "h_hW"]
    for order in (made, second.diagonal(derivation)):
        names = [definition.tensor.name for definition, _ in order.definitions]
        names += [tensor.name for tensor in (*derivation.arguments, *(d.tensor for d in derivation.forward))]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(("name", "count"), [("layer_norm", 2), ("fully_connected", 1)])
def test_derivatives_of_one_tensor_by_another_have_names_of_their_own_and_are_made_once(name: str, count: int) -> None:
    made = [definition for definition, _ in second.diagonal(derive(catalogue.find(name))).definitions]
    names = [definition.tensor.name for definition in made]
    assert len(names) == len(set(names))
    told = {(definition.tensor.axes, definition.terms) for definition in made if "_by_" in definition.tensor.name}
    assert len(told) == sum("_by_" in found for found in names)
    assert max(sum(found.startswith(stem) for found in names) for stem in names if "_by_" in stem) == count


def test_a_diagonal_by_one_operand_alone() -> None:
    order = second.diagonal(derive(catalogue.find("triplet")), "positive")
    assert [tensor.name for tensor in order.results] == ["positive"]


def test_the_work_grows_with_the_depth_and_no_faster() -> None:
    counts = [len(second.product(derive(catalogue.find("mlp"), hidden=hidden)).definitions) for hidden in (2, 4, 6)]
    assert counts[2] - counts[1] == counts[1] - counts[0]
