"""The property suite for an equation of one's own: right ones pass, and what is wrong is told where."""

from __future__ import annotations

from typing import Any

import pytest

import gdverify
from gdverify import functions as f
from gdverify import indices, leading, operation, total
from gdverify.notation import axis

features = axis("features", "i")


@operation(
    "y",
    x=(leading, features),
    W=(features, features),
    b=(features,),
    V=(features, features),
    gives=(leading, features),
)
def gated_residual(x: Any, W: Any, b: Any, V: Any) -> Any:
    """Gated residual layer: y = x + σ(W x + b) relu(V x)."""
    n, i, j, k = indices(leading, features, features, features)
    gate = f.sigmoid(total(W[i, j] * x[n, j], over=j) + b[i])
    return x[n, i] + gate * f.relu(total(V[i, k] * x[n, k], over=k))


@operation("y")
def rooted(x: Any, w: Any) -> Any:
    """A root that does not exist for half of the numbers."""
    return f.sqrt(x * w)


@pytest.mark.parametrize("source", [gated_residual, "softmax_cross_entropy", "mlp"], ids=str)
def test_what_is_right_passes(source: Any) -> None:
    gdverify.check_derivation(source, examples=10)


def test_a_choice_of_the_family_may_be_given() -> None:
    gdverify.check_derivation("mlp", examples=5, hidden=(0, 1), activation="relu")


def test_an_equation_without_a_value_is_shown_where() -> None:
    with pytest.raises(AssertionError, match=r"rooted: the equation gives nan at ordinary values(.|\n)*x = np.array\("):
        gdverify.check_derivation(rooted)


def test_a_gradient_that_is_no_slope_of_the_equation_is_shown_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    written = gdverify.properties.python_source
    monkeypatch.setattr(
        "gdverify.properties.python_source", lambda *given: written(*given).replace("dy = 2 *", "dy = 3 *")
    )
    with pytest.raises(
        AssertionError, match=r"squared_error: the derived gradient of y\[.*\] is .*, differences of the"
    ):
        gdverify.check_derivation("squared_error")


def test_what_is_written_may_not_lose_more_than_an_implementation_may(monkeypatch: pytest.MonkeyPatch) -> None:
    written = gdverify.properties.python_source
    monkeypatch.setattr(
        "gdverify.properties.python_source", lambda *given: written(*given).replace("dy = 2 *", "dy = (2 + 1e-9) *")
    )
    with pytest.raises(AssertionError, match="loses more than the bounds allow"):
        gdverify.check_derivation("squared_error")


def test_derivatives_are_no_equation() -> None:
    with pytest.raises(gdverify.UsageError, match="expected an architecture or operation, and not its derivatives"):
        gdverify.check_derivation(gdverify.hessian_diagonal("squared_error"))
