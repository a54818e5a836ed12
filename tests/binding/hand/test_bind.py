"""`gdverify.bind`: what it refuses before anything runs, and what it says of places that do not fit the code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gdverify
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT, ERROR, TESTED, WRONG, SubjectReport
from gdverify.errors import UnknownName, UsageError


class Net:
    """One affine layer, mean squared error; weights (in, out), in float64 whatever comes in."""

    def __init__(self, inputs: int, outputs: int) -> None:
        self.W = np.zeros((inputs, outputs))
        self.b = np.zeros(outputs)
        self.rate = 0.1

    def loss(self, x: Any, t: Any) -> Any:
        self.e = x @ self.W + self.b - t
        return np.mean(self.e**2)

    def train(self, x: Any, t: Any) -> Any:
        loss = self.loss(x, t)
        self.dW, self.db = 2 * x.T @ self.e / t.size, 2 * self.e.sum(axis=0) / t.size
        self.W = self.W - self.rate * self.dW
        self.b = self.b - self.rate * self.db
        return loss


def made(c: Any) -> Net:
    return Net(c.inputs, c.outputs)


def train(c: Any) -> Any:
    return c.self.train(c.x, c.t)


PLACES = {"W1": "W.T", "b1": "b"}
FITTING: dict[str, Any] = {
    "against": "mlp",
    "hidden": 0,
    "places": PLACES,
    "run": train,
    "gradients": {"W1": "dW.T", "b1": "db"},
}
OWN: dict[str, Any] = {
    "inputs": {"x": ("batch", "inputs"), "t": ("batch", "outputs")},
    "places": {"W": "W", "b": "b"},
    "run": train,
    "value": "returned",
    "gradients": {"W": "dW", "b": "db"},
}


def report(make: Any = made, **changes: Any) -> SubjectReport:
    return gdverify.audit(gdverify.bind(make, **{**FITTING, **changes}), examples=16, evidence=TESTED)


def test_what_fits_is_judged() -> None:
    assert report().verdict == CORRECT
    assert report(value="returned").verdict == CORRECT
    assert report(gradients=None, rate="rate").verdict == CORRECT
    assert report(gradients={"W1": lambda c: c.self.dW.T}, rate="self.rate").verdict == CORRECT
    assert report(gradients=None, rate=0.5, set={"rate": 0.5}).verdict == CORRECT


def test_what_is_wrong_is_judged_wrong() -> None:
    assert report(gradients={"W1": "dW.T", "b1": lambda c: c.self.db / 2}).verdict == WRONG
    assert report(gradients=None, rate=0.05).verdict == WRONG
    assert report(value=lambda c: 2 * c.returned).verdict == WRONG


def test_several_gradients_are_added_up() -> None:
    halves = {"W1": [lambda c: c.self.dW.T / 4, lambda c: 0.75 * c.self.dW.T], "b1": "db"}
    assert report(gradients=halves).verdict == CORRECT


def test_an_operation_is_handed_its_gradient_from_behind() -> None:
    class Layer:
        def forward(self, z: Any) -> Any:
            self.y = np.tanh(z)
            return self.y

    def run(c: Any) -> Any:
        return c.self.forward(c.z), c.upstream * (1 - c.self.y**2)

    bound = gdverify.bind(Layer, against="tanh", run=run, gradients={"z": "returned[1]"}, output="returned[0]")
    assert gdverify.audit(bound, examples=16, evidence=TESTED).verdict == CORRECT
    off = gdverify.bind(Layer, against="tanh", run=run, gradients={"z": "returned[0]"}, output="returned[0]")
    assert gdverify.audit(off, examples=16, evidence=TESTED).verdict == WRONG


def test_the_line_of_the_report_says_where_everything_is() -> None:
    net = gdverify.bind(made, **{**FITTING, "gradients": {"W1": "dW.T"}, "rate": "rate", "value": train})
    assert net.binding == (
        f"self = made in test_bind.py:{made.__code__.co_firstlineno}; rate = 2**20; W1 = W.T; b1 = b; "
        f"returned = train in test_bind.py:{train.__code__.co_firstlineno}; dW1 = dW.T; "
        f"db1 = (b before − after) / 2**20; value = train in test_bind.py:{train.__code__.co_firstlineno}"
    )
    said = gdverify.audit(net, examples=4, evidence=TESTED)
    assert said.diagnosis[0].kind == "binding"
    assert said.diagnosis[0].message == net.binding


def test_the_dtypes_are_those_that_the_code_keeps() -> None:
    class Single(Net):
        def train(self, x: Any, t: Any) -> Any:
            return super().train(x.astype(np.float64), t.astype(np.float64))

    def single(c: Any) -> Net:
        return Single(c.inputs, c.outputs)

    assert tuple(gdverify.bind(made, **FITTING).space().dtypes) == ("float64", "float32")
    assert tuple(gdverify.bind(single, **FITTING).space().dtypes) == ("float64",)
    assert tuple(gdverify.bind(single, **FITTING, dtypes=["float32"]).space().dtypes) == ("float32",)


def test_binding_does_not_run_the_code() -> None:
    def never(c: Any) -> Any:
        raise AssertionError("ran")

    gdverify.bind(never, **{**FITTING, "run": never}).check_declaration()


REFUSED: list[tuple[Callable[[], Subject], str]] = [
    (
        lambda: gdverify.bind(made, **{**FITTING, "places": {"W2": "W"}}),
        "places={'W2': …}: there is no tensor 'W2'; did you mean W1?",
    ),
    (
        lambda: gdverify.bind(made, **{**FITTING, "places": {"Q{k}": "W"}}),
        "places={'Q{k}': …}: there is no tensor 'Q{k}'; there are x, W1, b1, t.",
    ),
    (
        lambda: gdverify.bind(made, **{**FITTING, "gradients": {"W1": "dW", "c1": "db"}}),
        "gradients={'c1': …}: there is no tensor 'c1'; did you mean",
    ),
    (
        lambda: gdverify.bind(made, **{**FITTING, "gradients": {"W1": "dW"}}),
        "bind(against='mlp'): no gradient of b1; say where it is, gradients={'b1': 'self.db1'}, or give its place and "
        "rate=, where the change shows it.",
    ),
    (
        lambda: gdverify.bind(made, **{**FITTING, "gradients": None, "rate": 0.1, "places": {"W1": "W"}}),
        "bind(against='mlp'): no gradient of b1;",
    ),
    (
        lambda: gdverify.bind(made, **{**FITTING, "run": None}),
        "bind(): run=… is missing; expected the calls that give the gradients",
    ),
    (
        lambda: gdverify.bind(),
        "bind(): expected make=, what makes the object for a case, or run=, what calls the code.",
    ),
    (
        lambda: gdverify.bind(**FITTING),
        "places={'W1', 'b1': …}: without make= there is no object to put them in;",
    ),
    (
        lambda: gdverify.bind(Net(2, 1), **FITTING),  # type: ignore[arg-type]
        "bind(Net …): expected what makes the object anew for each case, lambda c: Net(c.inputs), a class, or "
        "gdverify.script(…); an object itself would remember one case in the next.",
    ),
    (
        lambda: gdverify.bind(made, **FITTING, inputs={"x": ("batch",)}),
        "inputs={'x': ('batch',)}: with against=… the cases are the architecture's, and its arrays are put in their",
    ),
    (lambda: gdverify.bind(made, **FITTING, steps=2), "steps=2: with against=… the cases are the architecture's, and"),
    (lambda: gdverify.bind(made, **FITTING, sizes={"widths": 3}), "mlp has no axis 'widths'"),
    (
        lambda: gdverify.bind(made, **FITTING, regimes=["large"]),
        "regimes=('large',): expected names from ('ordinary',",
    ),
    (lambda: gdverify.bind(made, **FITTING, dtypes=["int8"]), "dtypes=('int8',): expected names from ('float64',"),
    (
        lambda: gdverify.bind(made, **OWN, activation="tanh"),
        "bind(): options ['activation'] belong to an architecture; expected against=… with them.",
    ),
    (
        lambda: gdverify.bind(made, **OWN, regimes=["tiny"], dtypes=["float64"]),
        "bind(): options ['dtypes', 'regimes'] belong to an architecture; expected against=… with them.",
    ),
    (
        lambda: gdverify.bind(made, **{**OWN, "value": None}),
        "bind(): without against=… the gradients are checked against the code's own value: say where it is",
    ),
    (
        lambda: gdverify.bind(made, **{**OWN, "value": None, "output": "e"}),
        'output=…: expected inputs={"upstream": (…)} too, the axes of the result.',
    ),
    (
        lambda: gdverify.bind(made, **{**OWN, "gradients": None}),
        "bind(): no gradient is named; say where they are, gradients={…}, or rate= for a change.",
    ),
    (
        lambda: gdverify.bind(made, **{**OWN, "gradients": {"w": "dW"}}),
        "gradients={'w': …}: there is no tensor 'w'; there are W, b, x, t.",
    ),
    (
        lambda: gdverify.bind(made, **OWN, steps=2),
        "steps=2: weights that the code makes itself need places=, rate=, and forward= for the value.",
    ),
]


@pytest.mark.parametrize(("bind", "says"), REFUSED, ids=[says[:40] for _, says in REFUSED])
def test_what_cannot_be_meant_is_refused(bind: Callable[[], Subject], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        bind()
    assert says in str(caught.value)


def test_an_architecture_that_does_not_exist() -> None:
    with pytest.raises(UnknownName, match="mpl"):
        gdverify.bind(made, **{**FITTING, "against": "mpl"})


def test_a_script_does_not_assign_a_place(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("w = 1.0\nfor _ in range(1):\n    w = w - 1\n")
    with pytest.raises(UsageError) as caught:
        gdverify.bind(gdverify.script(tmp_path / "net.py"), against="quadratic", places={"z": "v"}, rate=1.0)
    assert str(caught.value).endswith("net.py does not assign 'v' outside of functions and loops; it assigns w.")


def said(make: Any = made, **changes: Any) -> str:
    found = report(make, **changes)
    assert found.verdict == ERROR
    return next(one.message for one in found.diagnosis if one.kind == "misfit")


def test_a_place_that_wants_to_be_transposed() -> None:
    assert said(places={"W1": "W", "b1": "b"}) == (
        "W1 = W: has shape (1, 2) there, expected (2, 1), the axes outputs, inputs of W1; write .T behind the place "
        "[case: batch=1, inputs=1, outputs=2]."
    )


def test_a_size_that_the_code_fixes() -> None:
    assert said(lambda c: Net(3, c.outputs)) == (
        "W1 = W.T: has shape (1, 3) there, expected (1, 1), the axes outputs, inputs of W1; make the object for the "
        "sizes of the case, or where the code fixes a size, say so: sizes={'inputs': 3} "
        "[case: batch=1, inputs=1, outputs=1]."
    )
    assert report(lambda c: Net(3, c.outputs), sizes={"inputs": 3}).verdict == CORRECT


def test_a_gradient_of_another_shape() -> None:
    text = said(gradients={"W1": "dW.T", "b1": "db[None]"})
    assert text.startswith(
        "db1 = db[None]: has shape (1, 1) there, expected (1,), the axes outputs of b1; [:, None] adds"
    )


def test_a_place_that_is_not_there() -> None:
    assert said(places={"W1": "weights.T", "b1": "b"}, gradients={"W1": "grad_W.T", "b1": "db"}).startswith(
        "dW1 = grad_W.T: AttributeError: 'Net' object has no attribute 'grad_W' (self is a Net; returned is a "
    )
    text = said(places={"W1": "layers[0].W", "b1": "b"})
    assert text.startswith(
        "W1 = layers[0].W: LookupError: there is nothing yet of which this could be a part; expected"
    )
    assert "(self is a Net)" in text


def test_a_size_in_a_place_that_is_not_there() -> None:
    text = said(places={"W1": "W[:width].T", "b1": "b"})
    assert "LookupError: there is no size 'width' here; there are batch, inputs, outputs" in text


def test_an_array_that_the_case_has_not() -> None:
    text = said(run=lambda c: c.self.train(c.X, c.t))
    assert text == (
        "c.X: the case has no such array or size; it has self, x, W1, b1, t, batch, inputs, outputs and widths."
    )


def test_a_value_that_is_no_number() -> None:
    assert said(value="e").startswith("value = e: has shape (1, 2), expected one number [case: ")


def test_a_script_that_does_not_end_is_a_row_of_the_report(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("w = 1.0\nwhile True:\n    w = w - 2 * w\n")
    script = gdverify.script(tmp_path / "net.py", time_limit=0.1)
    bound = gdverify.bind(script, against="quadratic", places={"z": "w"}, rate=1.0, dtypes=["float64"])
    found = gdverify.audit(bound, examples=4)
    assert found.verdict == ERROR
    assert any("did not end within time_limit=0.1 seconds" in one.message for one in found.diagnosis)


def test_the_own_forward_pass_is_the_reference_where_none_is_named() -> None:
    right = gdverify.audit(gdverify.bind(made, **OWN), examples=4)
    assert (right.verdict, right.evidence) == (CORRECT, "differences")
    assert [row.name for row in right.parameters] == ["W", "b"]
    assert any("no documented architecture" in one.message for one in right.diagnosis)
    halved = {"W": "dW", "b": lambda c: c.self.db / 2}
    wrong = gdverify.audit(gdverify.bind(made, **{**OWN, "gradients": halved}), examples=4)
    assert {row.name: row.verdict for row in wrong.parameters} == {"W": CORRECT, "b": WRONG}
    by_change = {**OWN, "gradients": None, "rate": "rate"}
    assert gdverify.audit(gdverify.bind(made, **by_change), examples=4).verdict == CORRECT
    with_x = {**OWN, "gradients": {"x": lambda c: 2 * c.self.e @ c.W.T / c.t.size}}
    assert gdverify.audit(gdverify.bind(made, **with_x), examples=4).verdict == CORRECT


def test_forward_is_the_value_where_the_run_changes_the_weights() -> None:
    def forward(c: Any) -> Any:
        return c.self.loss(c.x, c.t)

    own = {**OWN, "value": None, "forward": forward, "gradients": None, "rate": "rate"}
    assert gdverify.audit(gdverify.bind(made, **own), examples=4).verdict == CORRECT
    assert report(forward=forward).verdict == CORRECT
    assert report(forward=lambda c: 2 * c.self.loss(c.x, c.t)).verdict == WRONG


def test_what_is_bound_without_an_architecture_stays_so() -> None:
    with pytest.raises(UsageError) as caught:
        gdverify.audit(gdverify.bind(made, **OWN), "mlp")
    assert "it was bound without an architecture" in str(caught.value)
    assert "gdverify.bind(…, against='mlp')" in str(caught.value)


def test_code_that_raises_or_hangs_is_a_row_of_the_report() -> None:
    def hangs(c: Any) -> None:
        while True:
            pass

    hanging = gdverify.audit(gdverify.bind(made, **{**OWN, "run": hangs}, time_limit=0.2), examples=4)
    assert (hanging.verdict, hanging.diagnosis[-1].kind) == (ERROR, "never returns")
    raising = gdverify.audit(gdverify.bind(made, **{**OWN, "run": lambda c: c.self.fit()}), examples=4)
    assert (raising.verdict, raising.diagnosis[-1].kind) == (ERROR, "raises")
    assert "AttributeError: 'Net' object has no attribute 'fit'" in raising.diagnosis[-1].message
    unfit = gdverify.audit(gdverify.bind(made, **{**OWN, "places": {"W": "w", "b": "b"}}), examples=4)
    assert (unfit.verdict, unfit.diagnosis[-1].kind) == (ERROR, "misfit")


def test_the_same_seed_gives_the_same_report() -> None:
    bound = gdverify.bind(made, **OWN)
    first, second = (str(gdverify.audit(bound, examples=4, seed=3)) for _ in range(2))
    assert first == second
    assert str(gdverify.audit(bound, examples=4, seed=4)) != first


class Ridge(Net):
    """With 0.005 |W|² in its loss."""

    def train(self, x: Any, t: Any) -> Any:
        loss = super().loss(x, t) + 0.005 * np.sum(self.W**2)
        self.dW, self.db = 2 * x.T @ self.e / t.size + 0.01 * self.W, 2 * self.e.sum(axis=0) / t.size
        return loss


def ridge(c: Any) -> Ridge:
    return Ridge(c.inputs, c.outputs)


def test_a_term_of_the_loss_is_named_apart() -> None:
    how: dict[str, Any] = {"against": "mlp", "hidden": 0, "activation": "identity", "loss": "mean_squared_error"}
    how |= {"places": PLACES, "run": train, "gradients": {"W1": "dW.T", "b1": "db"}, "value": "returned"}
    bound = gdverify.bind(ridge, **how, regularisation="l2(0.01)")
    assert gdverify.audit(bound, examples=20).verdict == CORRECT
    assert gdverify.audit(gdverify.bind(ridge, **how), examples=20).verdict == WRONG
    assert "against='mlp',\n    regularisation='l2(0.01)'" in repr(bound)


def test_only_an_architecture_can_have_a_term() -> None:
    with pytest.raises(UsageError, match=r"regularisation='l2\(0.01\)'\): only the loss of an architecture"):
        gdverify.bind(run=train, against="affine", regularisation="l2(0.01)")
    with pytest.raises(UsageError, match="only the loss of an architecture"):
        gdverify.bind(run=train, regularisation="l2(0.01)")
