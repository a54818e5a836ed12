"""Terms that regularise: named apart from the code, found in its loss, or read from its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdverify.auditing.verdicts import CORRECT, WRONG
from gdverify.binding.equations.evaluation import computed, point
from gdverify.binding.equations.penalties import penalty, regularised, simplest, strength
from gdverify.binding.subject import BoundSubject, find_subject
from gdverify.catalogue import find
from gdverify.derivation.steps import derive
from gdverify.errors import GdverifyError, UsageError
from gdverify.notation.architecture import Architecture
from tests.binding.bound import LAYER, of_class, report
from tests.binding.networks import Network

SIZES = {"batch": 4, "inputs": 3, "hidden1": 5, "outputs": 2}
TERMS: dict[str, Any] = {
    "l2(0.01)": lambda w, n: 0.01 * w,
    "l2(0.01, whole)": lambda w, n: 0.02 * w,
    "l2(0.01, per-sample)": lambda w, n: 0.01 * w / n,
    "l1(0.01)": lambda w, n: 0.01 * np.sign(w),
    "l1(0.01, per-sample)": lambda w, n: 0.01 * np.sign(w) / n / 2,
    "elastic(0.5, 0.25)": lambda w, n: 0.125 * np.sign(w) + 0.375 * w,
}


def mlp() -> Architecture:
    source = find("mlp")
    assert isinstance(source, Architecture)
    return source


def gradients(source: Architecture) -> dict[str, Any]:
    derivation = derive(source, hidden=1)
    names = ["dW1", "db1", "dW2", "db2"]
    return computed(derivation, point(derive(mlp(), hidden=1), SIZES), SIZES, names)


@pytest.mark.parametrize("said", [one for one in TERMS if "l1(0.01, per" not in one])
@pytest.mark.parametrize(("on", "names"), [("", ("W1", "W2")), (", all", ("W1", "b1", "W2", "b2")), (", b2", ("b2",))])
def test_a_term_adds_its_derivative_to_what_it_is_on(said: str, on: str, names: tuple[str, ...]) -> None:
    plain, term = gradients(mlp()), gradients(regularised(mlp(), penalty(said.replace(")", f"{on})"))))
    values = point(derive(mlp(), hidden=1), SIZES)
    for name in ("W1", "b1", "W2", "b2"):
        more = TERMS[said](values[name], SIZES["batch"]) if name in names else 0.0
        np.testing.assert_allclose(term[f"d{name}"], plain[f"d{name}"] + more, rtol=1e-12)


@pytest.mark.parametrize("text", ["l3(1)", "l2()", "l2(x)", "l2(-1)", "elastic(1)", "l2(0.1", "2"])
def test_what_is_no_term_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        penalty(text)
    assert f"regularisation={text!r}: " in str(refused.value)
    assert "expected l2(0.01) for λ/2 |w|²" in str(refused.value)


def test_a_parameter_that_there_is_not_is_refused() -> None:
    with pytest.raises(GdverifyError, match="expected weights, all or parameters of mlp, which are W1, b1, W2, b2"):
        derive(regularised(mlp(), penalty("l2(1, W9)")), hidden=1)


class Ridge(Network):
    """λ W in the gradient; what the loss has differs."""

    lam = 0.02

    def train(self, x: Any, t: Any) -> Any:
        return super().train(x, t) + self.penalty(len(x))

    def penalty(self, n: int) -> Any:
        return 0.0

    def update(self, dW1: Any, dW2: Any) -> None:
        super().update(dW1 + self.lam * self.W1, dW2 + self.lam * self.W2)


class Gradients(Ridge):
    """The same with its gradients kept, and a loss that is called by itself."""

    def forward(self, x: Any) -> Any:
        self.x = x
        return self.predict(x)

    def loss(self, y: Any, t: Any) -> Any:
        return np.mean((y - t) ** 2) + self.penalty(len(t))

    def backward(self, y: Any, t: Any) -> None:
        dy = self.slope(y, t)
        self.dW2 = dy.T @ self.h + self.more(self.W2, len(t))
        self.dW1 = ((dy @ self.W2) * (1 - self.h**2)).T @ self.x + self.more(self.W1, len(t))

    def more(self, w: Any, n: int) -> Any:
        return self.lam * w


class Stated(Gradients):
    def penalty(self, n: int) -> Any:
        return self.lam / 2 * (np.sum(self.W1**2) + np.sum(self.W2**2))


class StatedLoss(Stated):
    """The loss has the term, the gradient has not."""

    def more(self, w: Any, n: int) -> Any:
        return 0.0


class Growing(Gradients):
    def more(self, w: Any, n: int) -> Any:
        return -self.lam * w


class PerSample(Gradients):
    def more(self, w: Any, n: int) -> Any:
        return self.lam * w / n


class Sparse(Gradients):
    def more(self, w: Any, n: int) -> Any:
        return self.lam * np.sign(w)


class Elastic(Gradients):
    def more(self, w: Any, n: int) -> Any:
        return self.lam * np.sign(w) + 3 * self.lam * w


class OnlyOne(Gradients):
    def more(self, w: Any, n: int) -> Any:
        return self.lam * w if w is self.W2 else 0.0


def bound(cls: type, **said: Any) -> BoundSubject:
    return find_subject(of_class(cls, **LAYER, loss="loss"), **said)


def message(names: str, term: str, option: str) -> str:
    return (
        f'the gradient of {names} has {term} added; no loss states it, so it is left out of the verdict: '
        f'--regularisation "{option}" makes it count'
    )  # fmt: skip


SAID = {
    Gradients: message("W1, W2", "0.02 · w", "l2(0.02)"),
    PerSample: message("W1, W2", "0.02 · w / n", "l2(0.02, per-sample)"),
    Sparse: message("W1, W2", "0.02 · sign(w)", "l1(0.02)"),
    Elastic: message("W1, W2", "0.06 · w + 0.02 · sign(w)", "elastic(0.08, 0.25)"),
    OnlyOne: message("W2", "0.02 · w", "l2(0.02, W2)"),
}


@pytest.mark.parametrize("cls", SAID, ids=lambda cls: cls.__name__)
def test_a_term_in_the_gradient_alone_is_named_and_is_no_error(cls: type) -> None:
    found = bound(cls)
    assert found.remarks == (SAID[cls],)
    judged = report(found, examples=30)
    assert (judged.verdict, judged.exit_code) == (CORRECT, 0)


@pytest.mark.parametrize("cls", SAID, ids=lambda cls: cls.__name__)
def test_the_option_that_is_named_settles_it(cls: type) -> None:
    option = SAID[cls].split('"')[1]
    settled = bound(cls, loss="mean_squared_error", regularisation=option)
    assert settled.remarks == ()
    assert "W1" in settled.line
    rows = {row.name: row.verdict for row in report(settled, examples=30).parameters}
    assert (rows["W1"], rows["W2"]) == (CORRECT, CORRECT)


@pytest.mark.parametrize("said", ["l2(0.02, whole)", "l2(0.03)", "l1(0.02)", "l2(0.02, per-sample)"])
def test_another_term_than_the_one_that_is_named_is_wrong(said: str) -> None:
    assert report(bound(Gradients, loss="mean_squared_error", regularisation=said), examples=30).verdict == WRONG


def test_a_term_that_the_loss_states_is_required_of_the_gradient() -> None:
    right, missing = bound(Stated), bound(StatedLoss)
    assert right.subject.source.name == missing.subject.source.name == "network_without_biases + l2(0.02)"
    assert report(right, examples=30).verdict == CORRECT
    assert report(missing, examples=30).verdict == WRONG


class StatedElastic(Elastic):
    """λ Σ |w| + 3 λ/2 Σ w²."""

    def penalty(self, n: int) -> Any:
        return self.lam * sum(np.sum(np.abs(w)) + 1.5 * np.sum(w**2) for w in (self.W1, self.W2))


class StatedElasticPerSample(StatedElastic):
    def penalty(self, n: int) -> Any:
        return super().penalty(n) / n

    def more(self, w: Any, n: int) -> Any:
        return super().more(w, n) / n


class StatedElasticThird(StatedElastic):
    """A strength that no decimal is, and factors whose ratio no decimal is."""

    lam = 0.01 / 3


class StatedElasticHalf(StatedElastic):
    """The gradient of λ/2 Σ |w|, and of the other term as it is."""

    def more(self, w: Any, n: int) -> Any:
        return 0.5 * self.lam * np.sign(w) + 3 * self.lam * w


@pytest.mark.parametrize(
    ("cls", "term", "verdict"),
    [
        (StatedElastic, "elastic(0.08, 0.25)", CORRECT),
        (StatedElasticPerSample, "elastic(0.08, 0.25, per-sample)", CORRECT),
        (StatedElasticThird, "elastic(1/75, 0.25)", CORRECT),
        (StatedElasticHalf, "elastic(0.08, 0.25)", WRONG),
    ],
)
def test_two_terms_in_a_loss_are_told_apart(cls: type, term: str, verdict: str) -> None:
    found = bound(cls)
    assert found.subject.source.name == f"network_without_biases + {term}"
    assert report(found, examples=30).verdict == verdict


@pytest.mark.parametrize(("square", "absolute"), [(0.03, 0.1), (1 / 3, 1e-7), (0.5, 0.0), (0.0, 2 / 3), (1e-5, 0.25)])
def test_a_term_is_asked_for_by_what_it_is(square: float, absolute: float) -> None:
    asked = penalty(strength(simplest(square), simplest(absolute)) + ")")
    assert float(2 * asked.square) == pytest.approx(square, rel=1e-15)
    assert float(asked.absolute) == pytest.approx(absolute, rel=1e-15)


def test_a_term_that_lets_weights_grow_is_wrong() -> None:
    assert report(bound(Growing), examples=30).verdict == WRONG
