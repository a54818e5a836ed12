"""What is found in a file: every implementation of the zoo, in its style, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.finding.scripts import SCRIPT
from gdverify.binding.finding.styles import STYLES
from gdverify.binding.finding.units import Discovery
from gdverify.errors import UnknownName, UsageError
from tests.zoo.table import FILES, ZOO, Exhibit


def by_file() -> dict[str, list[Exhibit]]:
    """The exhibits of each file that can be looked into here."""
    found: dict[str, list[Exhibit]] = defaultdict(list)
    for exhibit in ZOO:
        if exhibit.available:
            found[exhibit.file].append(exhibit)
    return found


def found_in(text: str, folder: Path, name: str | None = None) -> Discovery:
    path = folder / "net.py"
    path.write_text(text, encoding="utf-8")
    return discover(load(str(path)), name)


def units(text: str, folder: Path) -> dict[str, tuple[str, dict[str, str]]]:
    return {unit.name: (unit.style, dict(unit.roles)) for unit in found_in(text, folder).found}


def reasons(text: str, folder: Path) -> dict[str, str]:
    return {one.name: one.why for one in found_in(text, folder).skipped}


@pytest.mark.parametrize("file", by_file())
def test_each_file_of_the_zoo_holds_its_units_and_no_others(file: str) -> None:
    expected = {exhibit.unit: exhibit.style for exhibit in by_file()[file]}
    discovery = discover(load(str(FILES / file)))
    assert {unit.name: unit.style for unit in discovery.found} == expected


def test_every_file_of_the_zoo_is_in_its_table() -> None:
    assert {path.name for path in FILES.iterdir() if path.is_file()} == {exhibit.file for exhibit in ZOO}


def test_every_style_is_in_the_zoo() -> None:
    assert {style.name for style in STYLES} | {SCRIPT} == {exhibit.style for exhibit in ZOO}


@pytest.mark.parametrize("exhibit", [one for one in ZOO if one.edit], ids=lambda one: one.id)
def test_a_wrong_version_by_an_edit_is_found_as_the_right_one_is(exhibit: Exhibit, tmp_path: Path) -> None:
    path = exhibit.written(tmp_path)
    (unit,) = discover(load(str(path))).found
    assert (unit.name, unit.style) == (exhibit.unit, exhibit.style)


CLASS = "class A:\n def {}(self, x): return x\n def {}(self, d): return d\n"
STEP = " def descend_on(self, g): self.w -= g\n"
FUNCTIONS = "def {}(x): return x\ndef {}(x): return x\n"
ROLES = {
    CLASS.format("fprop", "bprop"): {"forward": "fprop", "backward": "bprop"},
    CLASS.format("__call__", "backward"): {"forward": "__call__", "backward": "backward"},
    CLASS.format("feedForward", "backPropagate"): {"forward": "feedForward", "backward": "backPropagate"},
    CLASS.format("__forward", "__backward"): {"forward": "_A__forward", "backward": "_A__backward"},
    CLASS.format("forward", "grad"): {"forward": "forward", "gradient": "grad"},
    CLASS.format("f", "prime"): {"forward": "f", "derivative": "prime"},
    CLASS.format("loss", "backward"): {"loss": "loss", "backward": "backward"},
    CLASS.format("loss", "grad"): {"gradient": "grad", "loss": "loss"},
    CLASS.format("predict", "step") + STEP: {"forward": "predict", "update": "step"},
    CLASS.format("predict", "partial_fit") + STEP: {"forward": "predict", "train": "partial_fit"},
    FUNCTIONS.format("f", "df"): {"forward": "f", "gradient": "df"},
    FUNCTIONS.format("f", "f_prime"): {"forward": "f", "gradient": "f_prime"},
    FUNCTIONS.format("elu", "d_elu"): {"forward": "elu", "gradient": "d_elu"},
    FUNCTIONS.format("elu", "gradElu"): {"forward": "elu", "gradient": "gradElu"},
    FUNCTIONS.format("loss", "grad"): {"loss": "loss", "gradient": "grad"},
    FUNCTIONS.format("mse", "mse_prime"): {"loss": "mse", "gradient": "mse_prime"},
    FUNCTIONS.format("swish", "swish_vjp"): {"forward": "swish", "backward": "swish_vjp"},
    FUNCTIONS.format("reluForward", "reluBackward"): {"forward": "reluForward", "backward": "reluBackward"},
    FUNCTIONS.format("forward_pass", "backward_pass"): {"forward": "forward_pass", "backward": "backward_pass"},
    FUNCTIONS.format("predict", "loss") + "def gradient(x): return x": {"loss": "loss", "gradient": "gradient"},
    "f = lambda x: x\ndf = lambda x: 1": {"forward": "f", "gradient": "df"},
    "def act(x, prime=False):\n return 1 if prime else x": {"forward": "act", "flag": "prime"},
    "def step(w, x):\n loss = w\n dw = x\n return loss, dw": {"loss_and_gradients": "step"},
    "def objective(p, t):\n return p - t, {'dW': p}": {"loss_and_gradients": "objective"},
    "def propagate(w, x):\n grads = {'dw': x}\n return grads, cost": {"loss_and_gradients": "propagate"},
    "def value_and_grad(p, t):\n return compute(p)": {"loss_and_gradients": "value_and_grad"},
    "def objective(p, t):\n return p - t, p * t": None,
    "def gd(x, w, lr):\n for _ in range(9): w -= lr * x\n return w": {"train": "gd"},
}


@pytest.mark.parametrize("text", ROLES, ids=range(len(ROLES)))
def test_roles_are_told_by_names_and_by_what_is_returned(text: str, tmp_path: Path) -> None:
    roles = [roles for _, roles in units(text, tmp_path).values()]
    assert roles == ([] if ROLES[text] is None else [ROLES[text]])


def test_a_loss_is_preferred_where_its_parameters_are_those_of_the_gradient(tmp_path: Path) -> None:
    text = "def line(a, x): return a\ndef line_loss(a, x, t): return a\ndef line_gradient(a, x, t): return a\n"
    assert units(text, tmp_path)["line_gradient"] == (
        "loss and gradient",
        {"loss": "line_loss", "gradient": "line_gradient"},
    )


def test_private_names_are_left_alone_unless_named(tmp_path: Path) -> None:
    text = "class _Layer:\n def forward(self, x): return x\n def backward(self, d): return d\n"
    assert reasons(text, tmp_path) == {"_Layer": "private; name it to have it looked at"}
    assert [unit.name for unit in found_in(text, tmp_path, "_Layer").found] == ["_Layer"]


BASE = """
import abc
from typing import Protocol
import nowhere_at_all as n

class Base{bases}:
    def forward(self, x):
        {body}
    def backward(self, d):
        return self.slope(d)
{more}
"""
REFUSES = "    def slope(self, d):\n        raise NotImplementedError\n"
ABSTRACT = "    @abc.abstractmethod\n    def slope(self, d):\n        return d\n"


def base(bases: str = "", body: str = "return x", more: str = "") -> str:
    """A layer that lacks something."""
    return BASE.format(bases=bases, body=body, more=more)


SKIPPED = {
    base(body="raise NotImplementedError('later')"): "abstract: forward is left to subclasses",
    base(body="pass"): "abstract: forward is left to subclasses",
    base(body="..."): "abstract: forward is left to subclasses",
    base(more=REFUSES): "abstract: slope is left to subclasses",
    base("(abc.ABC)", more=ABSTRACT): "abstract: slope is left to subclasses",
    base("(Protocol)"): "a protocol",
    base("(n.Layer)"): "derives from nowhere_at_all.Layer, and nowhere_at_all is not installed",
    base(body="return n.exp(x)"): "uses nowhere_at_all, and nowhere_at_all is not installed",
    "class Base:\n def forward(self, x): return x": "has forward, and nothing that gives a gradient",
    "class Base:\n def backward(self, d): return d": "has backward, and nothing that gives the value it belongs to",
    "class Base:\n def step(self, w, g): w -= g": "step changes what it is given, by gradients that it is given",
    "class Base:\n def __init__(self, net): pass\n def fit(self, x): net.go(x)": "fit drives a model that it is given",
    "class Base:\n size = 3": "has no forward and no backward pass",
    "class Base:\n def fit(self, x): self.w = solve(x)\n def predict(self, x): return x": (
        "fit takes no steps against a gradient"
    ),
    "def Base(x): return x": "neither its name nor what it returns speaks of a gradient",
    "def Base_descent(f, w):\n for _ in range(3): w -= 0.1 * f(w)\n return w\nclass Base: pass": (
        "has no forward and no backward pass"
    ),
    "def Base():\n w = 1\n for _ in range(3): w -= 0.1 * w": "has an update of its own inside: bind it by hand",
    "def Base(w, grad):\n return w": "neither its name nor what it returns speaks of a gradient",
}


@pytest.mark.parametrize("text", SKIPPED, ids=range(len(SKIPPED)))
def test_what_is_passed_over_says_why(text: str, tmp_path: Path) -> None:
    discovery = found_in(text, tmp_path)
    assert not discovery.found
    assert {one.name: one.why for one in discovery.skipped}["Base"] == SKIPPED[text]


@pytest.mark.parametrize("name", ["hvp", "hessian_vector_product", "loss_hessian", "hessp"])
def test_second_derivatives_are_bound_by_hand(name: str, tmp_path: Path) -> None:
    said = "second derivatives: bind it by hand, gdverify.bind(…, against=gdverify.hessian_product(…))"
    assert reasons(f"def {name}(w, x, v): return x.T @ (x @ v)", tmp_path) == {name: said}


SERVING = """
def weights(n):
    W, b = 0, n
    return W, b
def inner(x): return x
def smooth(x): return inner(x)
def idle(x): return x
def forward(W, b, x): return smooth(W * x + b)
def backward(dy, x): return dy * inner(x)
"""


def test_a_function_that_serves_a_unit_says_what_for(tmp_path: Path) -> None:
    assert reasons(SERVING, tmp_path) == {
        "weights": "makes W, b for backward",
        "inner": "used by backward",
        "smooth": "used by backward",
        "idle": "neither its name nor what it returns speaks of a gradient",
    }


LEARNERS = {
    "leaves it": "def adapt_to(self, x, t):\n  self.w -= x * t",
    "given a gradient": "def adapt_to(self, w, dw):\n  self.w -= dw",
}


@pytest.mark.parametrize(("how", "method"), [("leaves it", "adapt_to"), ("given a gradient", "fit")])
def test_what_takes_a_sample_and_a_step_trains_and_not_what_loops_over_all(
    how: str, method: str, tmp_path: Path
) -> None:
    text = f"class Net:\n def fit(self, X, T):\n  for x, t in zip(X, T): self.adapt_to(x, t)\n {LEARNERS[how]}\n"
    assert units(text, tmp_path) == {"Net": ("trained in place", {"train": method})}


def test_a_loop_that_changes_globals_is_a_script_and_one_that_drives_an_object_is_not(tmp_path: Path) -> None:
    script = "w, lr = 1.0, 0.1\nfor k in range(3):\n    w -= lr * 2 * w\n"
    assert units(script, tmp_path) == {"net": ("script", {"step": "the loop in line 2"})}
    assert reasons(script, tmp_path) == {}
    driver = "class Net: pass\nnet = Net()\nfor k in range(3):\n    net.w -= 0.1 * net.dw\n"
    assert units(driver, tmp_path) == {}


def test_a_subclass_of_an_abstract_base_is_found(tmp_path: Path) -> None:
    text = base(more=REFUSES) + "class Own(Base):\n    def slope(self, d):\n        return d\n"
    assert list(units(text, tmp_path)) == ["Own"]


@pytest.mark.parametrize(
    "name", ["sgd_update(w, dw)", "train(model, x)", "gradient_check(f, x)", "clip_grad(x)", "update(w, grads_values)"]
)
def test_functions_that_only_sound_like_a_gradient_are_passed_over(name: str, tmp_path: Path) -> None:
    assert not found_in(f"def {name}:\n    return 1\n", tmp_path).found


def test_training_that_calls_what_is_audited_itself_is_passed_over(tmp_path: Path) -> None:
    text = FUNCTIONS.format("loss", "gradient") + "def train(w):\n    w -= 0.1 * gradient(w)\n    return w\n"
    assert list(units(text, tmp_path)) == ["gradient"]
    assert reasons(text, tmp_path)["train"] == "trains by gradient, which is audited itself"


def test_what_a_file_imports_is_for_the_file_that_defines_it(tmp_path: Path) -> None:
    (tmp_path / "neighbour_layers.py").write_text(
        "class Linear:\n def forward(self, x): return x\n def backward(self, d): return d\n", encoding="utf-8"
    )
    text = "from math import exp\nfrom neighbour_layers import Linear\n"
    discovery = found_in(text, tmp_path)
    assert not discovery.found
    assert reasons(text, tmp_path) == {"Linear": "defined in neighbour_layers.py: audit that file"}
    with pytest.raises(
        UsageError, match=r"net.py:Linear cannot be audited: defined in neighbour_layers.py: audit that"
    ):
        found_in(text, tmp_path, "Linear")


def test_one_class_under_two_names_is_one_unit(tmp_path: Path) -> None:
    text = "class ReLU:\n def forward(self, x): return x\n def backward(self, d): return d\nRelu = ReLU\n"
    assert list(units(text, tmp_path)) == ["ReLU"]


def test_a_name_narrows_to_its_unit_or_to_the_units_it_has_a_part_in() -> None:
    loaded = load(str(FILES / "functions_with_cache.py"))
    assert [unit.name for unit in discover(loaded, "affine_backward").found] == ["affine_backward"]
    assert [unit.name for unit in discover(loaded, "relu_forward").found] == ["relu_backward", "relu_backward_ones"]


def test_an_unknown_name_is_answered_with_the_closest_ones() -> None:
    loaded = load(str(FILES / "layers_out_in.py"))
    with pytest.raises(
        UnknownName, match=r"unknown implementation in .*layers_out_in.py: 'Liner': did you mean Linear"
    ):
        discover(loaded, "Liner")


def test_a_name_that_cannot_be_audited_is_answered_with_the_reason_and_the_place() -> None:
    loaded = load(str(FILES / "custom_activations.py"))
    with pytest.raises(
        UsageError, match=r"custom_activations.py:Activation cannot be audited: abstract: .*\.py:5\)\.$"
    ):
        discover(loaded, "Activation")


def test_units_know_what_they_are_asked_for_by_and_where_they_stand() -> None:
    file = str(FILES / "functions_with_cache.py")
    unit = discover(load(file)).found[0]
    assert (unit.qualified, unit.file, unit.line) == (f"{file}:affine_backward", file, 11)
    assert [function.__name__ for function in unit.objects] == ["affine_forward", "affine_backward"]


def test_the_listing_has_a_line_for_each() -> None:
    lines = list(discover(load(str(FILES / "handed_to_optimiser.py"))).lines())
    assert lines == [
        "found    Regressor          line 13: forward and backward (forward, backward, loss)",
        "found    RegressorUnmasked  line 42: forward and backward (forward, backward, loss)",
        "skipped  SGD                line 5: update changes what it is given, by gradients that it is given",
    ]


def test_modules_are_looked_into_by_their_dotted_name() -> None:
    discovery = discover(load("gdverify.documented.layers"))
    assert [unit.name for unit in discovery.found] == [
        "quadratic_gradient", "line_gradient", "Linear", "ReLU", "Tanh", "MeanSquaredError", "MLP",
    ]  # fmt: skip


def test_the_nearest_loss_is_the_partner_and_no_other_one_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "two_costs.py"
    path.write_text(
        "def costFunction(theta, X, y): ...\n"
        "def gradient(theta, X, y): ...\n"
        "def costFunctionReg(theta, X, y, reg): ...\n"
        "def gradientReg(theta, X, y, reg): ...\n"
    )
    found = {unit.name: unit.roles["loss"] for unit in discover(load(str(path))).found}
    assert found == {"gradient": "costFunction", "gradientReg": "costFunctionReg"}


def test_what_makes_the_parameters_is_said_to() -> None:
    skipped = {one.name: one.why for one in discover(load(str(FILES / "propagation_functions.py"))).skipped}
    assert skipped == {"initialize_parameters": "may make parameters for backward_propagation"}
