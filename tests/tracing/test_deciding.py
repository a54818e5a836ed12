"""Zero or not: identities are proved, near misses shown with a point, and what cannot be told is not claimed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce

import pytest

from gdverify.tracing import deciding
from gdverify.tracing.balls import Intervals
from gdverify.tracing.deciding import Decision, decide, decide_all
from gdverify.tracing.expression import Expression
from gdverify.tracing.path import Condition
from tests.tracing.written import Written, call, exp, log, sigmoid, sqrt, symbols, tanh

x, y, u, v, w = symbols("x y u v w")
AT = {"x": Fraction(3, 4), "y": Fraction(1, 3), "u": Fraction(7, 5), "v": Fraction(2), "w": Fraction(1, 7)}


def softmax(first: Written, *others: Written) -> Written:
    """The first entry of a softmax."""
    return exp(first) / reduce(Written.__add__, map(exp, others), exp(first))


def nested(z: Written) -> Written:
    """An exponential of an exponential of an exponential."""
    return exp(exp(exp(z)))


p = softmax(x, y, u)
inner = 1 - sigmoid(-sigmoid(x))  # σ(σ(x))

IDENTITIES: dict[str, Written] = {
    "σ in two forms": sigmoid(x) - exp(x) / (1 + exp(x)),
    "1 − σ(x) = σ(−x)": 1 - sigmoid(x) - sigmoid(-x),
    "σ by tanh": sigmoid(x) - (1 + tanh(x / 2)) / 2,
    "1 − tanh² = sech²": 1 - tanh(x) ** 2 - 4 / (exp(x) + exp(-x)) ** 2,
    "tanh by e²ˣ": tanh(x) - (exp(2 * x) - 1) / (exp(2 * x) + 1),
    "tanh by its addition theorem": tanh(x + y) * (1 + tanh(x) * tanh(y)) - tanh(x) - tanh(y),
    "softmax, shifted": softmax(x - u, y - u, u - u) - softmax(x, y, u),
    "softmax by a logarithm": softmax(x, y, u) - exp(x - log(exp(x) + exp(y) + exp(u))),
    "tanh of a logarithm": tanh(log(x) / 2) - (x - 1) / (x + 1),
    "slope of softmax": p * (1 - p) - p * (softmax(y, x, u) + softmax(u, x, y)),
    "log-sum-exp, shifted": log(exp(x) + exp(y)) - (u + log(exp(x - u) + exp(y - u))),
    "softplus": log(1 + exp(x)) - (x + log(1 + exp(-x))),
    "log σ": log(sigmoid(x)) + log(1 + exp(-x)),
    "cross-entropy of σ": -(y * log(sigmoid(x)) + (1 - y) * log(1 - sigmoid(x))) - (log(1 + exp(x)) - y * x),
    "a square": (x + y) ** 2 - (x * x + 2 * x * y + y * y),
    "a difference of cubes": (x**3 - y**3) / (x - y) - (x * x + x * y + y**2),
    "√x √x": sqrt(x) * sqrt(x) - x,
    "x^(−3/2)": x * x ** Fraction(-3, 2) - 1 / sqrt(x),
    "∛x": x ** Fraction(1, 3) * x ** Fraction(2, 3) - x,
    "a denominator made rational": 1 / (sqrt(x) - sqrt(y)) - (sqrt(x) + sqrt(y)) / (x - y),
    "roots in an exponent": exp(sqrt(x) + y) / exp(y) - exp(sqrt(x)),
    "sin² + cos²": call("sin", x * y) ** 2 + call("cos", x * y) ** 2 - 1,
    "odd functions": call("erf", x - y) + call("erf", y - x) + call("sin", x - y) + call("sin", y - x),
    "σ of σ": sigmoid(sigmoid(sigmoid(x))) - exp(inner) / (1 + exp(inner)),
    "exponents halved, deep down": exp(exp(exp(x / 2) ** 2)) - exp(exp(exp(x))),
    "four exponents, deeper than three primes": nested(exp(w - x - y - u)) - nested(exp(w) * exp(-x) / exp(y + u)),
}

NEAR_MISSES: dict[str, Written] = {
    "a coefficient off by 1e-30": sigmoid(x) - exp(x) / (1 + exp(x)) + Fraction(1, 10**30) * y,
    "σ' at σ(x)": sigmoid(x) * (1 - sigmoid(x)) - sigmoid(sigmoid(x)) * (1 - sigmoid(sigmoid(x))),
    "1 − tanh": (1 - tanh(x)) - (1 - tanh(x) ** 2),
    "a shift in one place": softmax(x - u, y - u, u) - softmax(x, y, u),
    "log of a sum": log(x + y) - log(x) - log(y),
    "a root of a square, of a negative number": sqrt((x - 5) ** 2) - (x - 5),
}

# Equal on this path, by a relation that residues do not know.
UNDECIDABLE: dict[str, Written] = {
    "a root of a square": sqrt(x**2) - x,
    "a root of a product": sqrt(x * y) - sqrt(x) * sqrt(y),
    "a root of a root": sqrt(sqrt(x)) - x ** Fraction(1, 4),
    "an angle doubled": call("sin", 2 * x) - 2 * call("sin", x) * call("cos", x),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_an_identity_is_proved(name: str) -> None:
    decision = decide(IDENTITIES[name].node, AT)
    assert decision.outcome == "zero", decision.reason
    assert decision.error < 1e-30


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_shown_with_a_point(name: str) -> None:
    decision = decide(NEAR_MISSES[name].node, AT)
    assert (decision.outcome, decision.how) == ("different", "balls")
    assert decision.witness is not None
    assert decision.witness.value != 0
    assert set(decision.witness.point) <= set(AT)


@pytest.mark.parametrize("name", UNDECIDABLE)
def test_what_cannot_be_told_is_not_claimed(name: str) -> None:
    decision = decide(UNDECIDABLE[name].node, AT)
    assert decision.outcome == "undecided"
    assert decision.digits >= deciding.DIGITS
    assert decision.reason.startswith(f"equal to {decision.digits} digits, not proved: ")


def test_many_at_once_are_decided_as_each_alone() -> None:
    every = [*IDENTITIES.values(), *NEAR_MISSES.values()]
    together = decide_all([written.node for written in every], AT)
    assert [d.outcome for d in together] == ["zero"] * len(IDENTITIES) + ["different"] * len(NEAR_MISSES)


def test_one_that_residues_cannot_take_does_not_spoil_the_others() -> None:
    nodes = [UNDECIDABLE["a root of a root"].node, IDENTITIES["softplus"].node, NEAR_MISSES["log of a sum"].node]
    assert [d.outcome for d in decide_all(nodes, AT)] == ["undecided", "zero", "different"]


def test_constants_are_decided_by_structure() -> None:
    decisions = decide_all([(x - x).node, (x - x + 2).node], AT)
    assert [(d.outcome, d.how) for d in decisions] == [("zero", "structure"), ("different", "structure")]
    assert decisions[0].error == 0


def test_the_same_seed_decides_the_same() -> None:
    nodes = [written.node for written in (*IDENTITIES.values(), *NEAR_MISSES.values())]
    assert decide_all(nodes, AT, seed=3) == decide_all(nodes, AT, seed=3)


def path(difference: Written, relation: str, holds: bool, tie: bool = False) -> list[Condition]:
    """A path with one condition."""
    return [Condition(difference.node, relation, holds, tie)]


@pytest.mark.parametrize("seed", range(8))
def test_a_difference_is_looked_for_on_the_path_only(seed: int) -> None:
    at = AT | {"u": AT["v"] - Fraction(1, 100)}
    decision = decide((x * (u - v)).node, at, path(u - v, ">", False), seed)
    assert decision.witness is not None
    assert decision.witness.point["u"] < decision.witness.point["v"]


def test_a_condition_that_is_a_tie_everywhere_keeps_its_branch() -> None:
    always = (x + y) ** 2 - x * x - 2 * x * y - y * y
    for relation, holds in ((">", False), (">=", True), ("==", True)):
        assert decide((u - v).node, AT, path(always, relation, holds, tie=True)).outcome == "different"


@pytest.mark.parametrize("margin", [Fraction(1, 10**6), Fraction(1, 10**9)])
def test_a_narrow_path_has_a_point(margin: Fraction) -> None:
    at = AT | {"u": AT["v"] + margin}
    conditions = path(u - v, ">", True) + path(u - v - 2 * margin, "<", True)
    assert decide((x * y - y * x * 2).node, at, conditions).outcome == "different"
    assert decide(IDENTITIES["softplus"].node, at, conditions).outcome == "zero"


def test_a_path_of_ties_alone_is_judged_at_its_point() -> None:
    at = AT | {"x": Fraction(0), "y": Fraction(0)}
    conditions = path(x * y, ">", False, tie=True) + path(x * y, ">=", True, tie=True)
    assert decide((u - v).node, at, conditions).outcome == "different"
    assert decide(IDENTITIES["softmax, shifted"].node, at, conditions).outcome == "zero"


@pytest.mark.parametrize("difference", [x - 1, 1 - x, -1 + x])
def test_a_label_that_the_path_equates_with_a_number_is_one(difference: Written) -> None:
    at = AT | {"x": Fraction(1)}
    assert decide((x * x - x).node, at).outcome == "different"
    assert decide((x * x - x).node, at, path(difference, "==", True, tie=True)).outcome == "zero"
    assert decide((x * x - x).node, at, path(difference, "!=", False, tie=True)).outcome == "zero"


def test_pinned_symbols_keep_their_values() -> None:
    assert decide((x * (x - 1)).node, AT, pinned={"x": Fraction(1)}).outcome == "zero"
    decision = decide((y * x).node, AT, pinned={"x": Fraction(5)})
    assert decision.witness is not None
    assert decision.witness.point["x"] == 5


def test_a_point_outside_of_the_domain_is_not_used() -> None:
    # log x exists only very near to the given point.
    at = AT | {"x": Fraction(1, 10**6)}
    assert decide((log(x) - 2 * log(x)).node, at).outcome == "different"


def test_what_has_no_value_is_undecided() -> None:
    decision = decide((log(x - x * 1 - 1 - y * y) * y).node, AT)
    assert decision.outcome == "undecided"
    assert "no point was found on the path" in decision.reason
    assert decide((1 / ((x + y) ** 2 - x * x - 2 * x * y - y * y)).node, AT).outcome == "undecided"


def deep(levels: int, step: Callable[[Written, int], Written]) -> Expression:
    """(a + y)² − a² − 2 a y − y² for an a of many levels."""
    made = x
    for level in range(levels):
        made = step(made, level)
    return ((made + y) * (made + y) - (made**2 + 2 * made * y + y**2)).node


@pytest.mark.parametrize(
    "step",
    [lambda a, k: a * y + k % 7, lambda a, k: sigmoid(a + y), lambda a, k: tanh(a * y), lambda a, k: log(a * a + 2)],
    ids=["affine", "σ", "tanh", "log"],
)
def test_depth_beyond_the_recursion_limit(step: Callable[[Written, int], Written]) -> None:
    assert decide(deep(3000, step), AT).outcome == "zero"


def test_a_degree_beyond_the_primes_is_not_called_a_proof() -> None:
    # x to the power of 2¹⁰⁰: a prime divides its exponents more often than not.
    decision = decide(deep(100, lambda a, _: a * a), AT)
    assert decision.outcome == "undecided"
    assert "the chance of an error is only known to be below 1" in decision.reason


def test_the_number_of_nodes_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "LIMIT", 5)
    decisions = decide_all([(x - x).node, IDENTITIES["softplus"].node], AT)
    assert decisions[0].outcome == "zero"
    assert decisions[1] == Decision("undecided", "structure", "13 nodes, more than 5")


def test_without_balls_intervals_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "arithmetic", Intervals)
    without_erf = {name: written for name, written in IDENTITIES.items() if name != "odd functions"}
    decisions = decide_all([written.node for written in (*without_erf.values(), *NEAR_MISSES.values())], AT)
    assert [d.outcome for d in decisions] == ["zero"] * len(without_erf) + ["different"] * len(NEAR_MISSES)
    lacking = decide(IDENTITIES["odd functions"].node, AT)
    assert (lacking.outcome, lacking.reason) == (
        "undecided",
        'values in ball arithmetic with erf need the extra "certify": pip install "gdverify[certify]"',
    )
