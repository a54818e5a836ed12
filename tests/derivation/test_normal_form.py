"""What becomes a definition of its own, what is shared, and what is merged."""

from __future__ import annotations

import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.codegen.formulas import Text, formula
from gdverify.derivation.graph import Reference, slot, term
from gdverify.derivation.steps import Derivation, derive
from gdverify.notation import Operation, Tensor, axis, indices, leading, mean, operation, total
from gdverify.notation import functions as f
from tests import user_sources
from tests.helpers import EVERY, Source

features = axis("features", "j")


def formulas(derivation: Derivation) -> list[str]:
    """The forward definitions as text."""
    return [formula(definition, Text()) for definition in derivation.forward]


def adjoint_formulas(derivation: Derivation) -> list[str]:
    """The adjoints as text."""
    return [formula(definition, Text()) for definition in derivation.every_adjoint.values()]


def rowwise(equation: object) -> Operation:
    """An operation on the rows of x[leading, features] that gives a column."""
    made: Operation = operation("y", x=(leading, features), gives=(leading,))(equation)  # type: ignore[arg-type]
    return made


def test_softmax_computes_its_exponentials_once() -> None:
    assert formulas(derive(user_sources.softmax)) == [
        "p_exp[n, k] = exp(z[n, k])",
        "p_total[n] = Σ_k p_exp[n, k]",
        "p[n, k] = p_exp[n, k] / p_total[n]",
    ]


def test_derivative_in_terms_of_the_value() -> None:
    assert adjoint_formulas(derive(catalogue.find("tanh"))) == ["dz[n, j] = (1 - a[n, j]²) da[n, j]"]
    assert adjoint_formulas(derive(catalogue.find("sigmoid"))) == ["dz[n, j] = a[n, j] (1 - a[n, j]) da[n, j]"]


def test_root_is_read_from_its_value() -> None:
    @operation("a")
    def root(z: Expr) -> Expr:
        return f.sqrt(z)

    @operation("a")
    def reciprocal_root(z: Expr) -> Expr:
        return 1 / f.sqrt(z)

    assert adjoint_formulas(derive(root)) == ["dz[n, j] = da[n, j] / (2 a[n, j])"]
    assert adjoint_formulas(derive(reciprocal_root)) == ["dz[n, j] = -a[n, j]^3 da[n, j] / 2"]


def test_mean_is_named_with_its_size() -> None:
    @rowwise
    def centred(x: Tensor) -> Expr:
        n, j, k = indices(leading, features, features)
        return total((x[n, j] - mean(x[n, k], over=k)) ** 2, over=j)

    assert formulas(derive(centred)) == [
        "y_mean[n] = 1 / features Σ_j x[n, j]",
        "y[n] = Σ_j (x[n, j] - y_mean[n])²",
    ]


def test_sum_of_a_sum_is_one_sum() -> None:
    @operation("s", x=(leading, features), gives=())
    def mean_of_totals(x: Tensor) -> Expr:
        n, j = indices(leading, features)
        return mean(3 * total(x[n, j] ** 2, over=j), over=n) / 2

    assert formulas(derive(mean_of_totals)) == ["loss = 3 / (2 batch) Σ_n,j x[n, j]²"]


def test_constants_and_sizes_are_no_definitions() -> None:
    assert [d.tensor.name for d in derive(user_sources.scaled_scores).forward] == ["s"]
    assert [d.tensor.name for d in derive(user_sources.power_of_two).forward] == ["a"]


def test_names_on_the_way_are_all_different() -> None:
    @rowwise
    def nested(x: Tensor) -> Expr:
        n, j, k = indices(leading, features, features)
        inner = f.exp(total(x[n, j] ** 2, over=j))
        return f.exp(total(f.exp(x[n, k] * inner), over=k)) + inner

    names = [definition.tensor.name for definition in derive(nested).forward]
    assert names == ["y_total", "y_exp", "y_exp2", "y_total2", "y_exp3", "y"]


def test_operation_on_the_same_tensors_is_computed_once() -> None:
    derivation = derive(user_sources.same_twice)
    assert [d.tensor.name for d in derivation.forward] == ["z", "first", "u", "loss"]
    assert derivation.prediction.name == "first"


def test_value_on_the_way_is_shared_with_the_result_of_another_operation() -> None:
    @operation("s", x=(leading, features), gives=(leading,))
    def two_norms(x: Tensor) -> Expr:
        n, j = indices(leading, features)
        squares = total(x[n, j] ** 2, over=j)
        return f.sqrt(squares + 1) + f.log(squares + 1)

    assert [d.tensor.name for d in derive(two_norms).forward] == ["s_total", "s_power", "s"]


def test_term_renumbers_its_slots() -> None:
    a, b = (Reference(Tensor(name, ()), ()) for name in "ab")
    made = term((), slot(1) * slot(2) + slot(3), [a, b, b, a])
    assert made.operands == (b, a)
    assert made.body == slot(0) ** 2 + slot(1)


def test_tensor_that_is_read_twice_receives_twice() -> None:
    assert "dw[i] = du[i] + du[i]" in adjoint_formulas(derive(user_sources.doubled))
    residual = adjoint_formulas(derive(user_sources.residual))
    assert "dh1[n, s] = dh2[n, s] + Σ_s' W2[s', s] dz2[n, s']" in residual


def test_shared_parameter_receives_from_every_layer() -> None:
    derivation = derive(user_sources.shared_weights)
    (W,) = [tensor for tensor in derivation.wanted if tensor.name == "W"]
    terms = derivation.gradients[W].terms
    assert [{ref.tensor.name for ref in part.operands} for part in terms] == [{"a1", "dz2"}, {"x", "dz1"}]


def test_operand_on_which_nothing_depends_has_a_zero_gradient() -> None:
    @operation("a")
    def gate(x: Expr, z: Expr) -> Expr:
        return f.select(z > 0, x, 2 * x)

    assert "dz[n, j] = 0" in adjoint_formulas(derive(gate))


@pytest.mark.parametrize("source", EVERY, ids=str)
def test_gradients_alone_are_those_among_every_adjoint(source: Source) -> None:
    derivation = source.derivation
    for tensor, definition in derivation.gradients.items():
        assert formula(definition, Text()) == formula(derivation.every_adjoint[tensor], Text())
