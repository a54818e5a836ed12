"""Rules registered with a package, run through what stands for the package: what is asked, what becomes of it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gdverify.binding.calling.rules import ByArgument, of_autograd, of_jax, of_torch


def product(x: Any, y: Any, scale: Any = 1, *, rounds: int = 0) -> Any:
    return x * y * scale


def slopes(x: float, y: float) -> tuple[Callable[[float], float], Callable[[float], float]]:
    return lambda d: d * y, lambda d: d * x


@pytest.fixture
def jax(monkeypatch: pytest.MonkeyPatch) -> None:
    def vjp(function: Any, *given: float) -> Any:
        return "of the forward rule", lambda d: [slope(d) for slope in slopes(*given)]

    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(vjp=vjp))


@pytest.fixture
def autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    def make_vjp(function: Any, number: int) -> Any:
        if number == 1:
            raise NotImplementedError
        return lambda *given: (slopes(*given)[number], function(*given))

    monkeypatch.setitem(sys.modules, "autograd", SimpleNamespace(make_vjp=make_vjp))


class Array(float):
    """A leaf that remembers whether it was asked to be differentiated, and whose memory it shares."""

    requires_grad = False
    shares: Array | None = None

    def detach(self) -> Array:
        made = Array(self)
        made.shares = self
        return made

    def clone(self) -> Array:
        return Array(self)

    def is_floating_point(self) -> bool:
        return self != 7  # the one that stands for an index

    def requires_grad_(self, wanted: bool) -> Array:
        self.requires_grad = wanted
        return self


class Function:
    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Saves nothing."""


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    asked: list[Any] = []

    def grad(value: Any, leaves: Any, d: float, **how: bool) -> list[float]:
        asked.append((value, list(leaves), how))
        return [d * 10**k for k in range(len(leaves))]

    package = SimpleNamespace(autograd=SimpleNamespace(Function=Function, grad=grad))
    monkeypatch.setitem(sys.modules, "torch", package)
    return asked


class WithContext(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, k: Any) -> Any:
        return x * k

    @classmethod
    def apply(cls, x: Any, k: Any) -> Array:
        return Array(cls.forward(None, x, k))


class SetUp(WithContext):
    @staticmethod
    def forward(x: Any, k: Any) -> Any:  # type: ignore[override]
        return x * k

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Saves something."""

    @classmethod
    def apply(cls, x: Any, k: Any) -> Array:
        return Array(cls.forward(x, k))


def positions(function: Any) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    assert {one.kind for one in parameters} == {inspect.Parameter.POSITIONAL_ONLY}
    return [one.name for one in parameters]


@pytest.mark.usefixtures("jax")
def test_a_rule_of_jax_gives_its_own_value_and_gradients_by_argument() -> None:
    rule = of_jax(product)
    assert (rule.__name__, positions(rule)) == ("product", ["x", "y"])
    value, back = rule(2.0, 3.0)
    assert value == 6
    assert back(10.0) == ByArgument(x=30, y=20)
    assert isinstance(back(1.0), ByArgument)


@pytest.mark.usefixtures("autograd")
def test_an_argument_without_a_rule_of_autograd_has_no_gradient() -> None:
    def primitive(*given: Any) -> Any:
        return product(*given)

    primitive.fun = product  # type: ignore[attr-defined]
    rule = of_autograd(primitive)
    assert positions(rule) == ["x", "y"]
    value, back = rule(2.0, 3.0)
    assert value == 6
    assert back(10.0) == {"x": 30}


@pytest.mark.parametrize("kind", [WithContext, SetUp])
def test_a_rule_of_torch_is_asked_for_what_can_be_differentiated(kind: Any, torch: list[Any]) -> None:
    rule = of_torch(kind)
    assert (rule.__name__, positions(rule)) == (kind.__name__, ["x", "k"])
    given = Array(2), Array(7)
    value, back = rule(*given)
    assert value == 14
    assert back(5) == {"x": 5}
    ((of, leaves, how),) = torch
    assert (of, leaves, how) == (14, [2], {"retain_graph": True, "allow_unused": True})
    assert value.shares is of  # without its history
    assert [leaf.shares for leaf in leaves] == [None]  # of its own, not the caller's
    assert not given[0].requires_grad


def test_every_floating_argument_of_torch_has_its_gradient_by_name(torch: list[Any]) -> None:
    _, back = of_torch(SetUp)(Array(2), Array(3))
    assert back(5) == {"x": 5, "k": 50}
