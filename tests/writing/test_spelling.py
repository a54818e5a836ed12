"""A text is kept only where it says what was found, and names what was found to be judged against."""

from __future__ import annotations

from typing import Any

import pytest

import gdverify
from gdverify.architectures.starts import Start
from gdverify.binding.calling.places import Place
from gdverify.binding.calling.running import Call, Function, Method
from gdverify.binding.equations.families import network, upstream_product
from gdverify.binding.equations.losses import product_of, under
from gdverify.binding.equations.objectives import softmax_objective
from gdverify.binding.equations.penalties import penalty, regularised
from gdverify.binding.files.loading import load
from gdverify.binding.finding.discovery import discover
from gdverify.binding.finding.units import Unit
from gdverify.binding.subject import BoundSubject, find_subject
from gdverify.binding.subjects import find_subjects
from gdverify.catalogue import find, find_operation
from gdverify.notation.architecture import Architecture
from gdverify.writing import agreeing, bound
from gdverify.writing.called import Called
from gdverify.writing.calls import needed
from gdverify.writing.scope import Scope, Unspellable, module_of
from gdverify.writing.sources import against
from gdverify.writing.writer import pieces
from tests.zoo.table import FILES

SOURCES: list[tuple[Any, dict[str, Any]]] = [
    (find("affine"), {}),
    (find("leaky_relu"), {"alpha": "1/10"}),
    (find("mlp"), {"hidden": 1, "activation": find_operation("relu"), "loss": find_operation("mean_squared_error")}),
    (find("mlp"), {"hidden": (1, 2), "activation": find_operation("leaky_relu").given(alpha="1/5")}),
    (find("rnn"), {"start": Start.GIVEN}),
    (network, {"hidden": 0, "last": find_operation("tanh"), "loss": upstream_product}),
    (softmax_objective, {}),
    (product_of(find_operation("affine"), ("W", "b")), {}),
    (under(find("line"), find_operation("mean_absolute_error")), {}),  # type: ignore[arg-type]
    (regularised(find("mlp"), penalty("l2(0.01, per-sample)")), {"hidden": 1}),  # type: ignore[arg-type]
]


def unit_of(target: str) -> Unit:
    file, _, name = target.partition(":")
    (unit,) = discover(load(str(FILES / file)), name).found
    return unit


def scope_of(unit: Unit) -> Scope:
    return Scope(unit, module_of(unit.file), "net")


def spelled(target: str) -> tuple[BoundSubject, Scope, dict[str, Any]]:
    """A unit that is bound, and the arguments that say how."""
    unit = unit_of(target)
    found, scope = find_subject(unit), scope_of(unit)
    return found, scope, bound.spelled(found, scope, "run", True)[1]


@pytest.mark.parametrize(("source", "options"), SOURCES, ids=lambda one: str(one)[:30])
def test_a_source_and_its_options_have_a_text_that_means_them(source: Any, options: dict[str, Any]) -> None:
    scope = scope_of(unit_of("layers_in_out.py:Dense"))
    said = against(source, options, scope)
    names = scope.names
    got = {name: eval(text, names) for name, text in said.items()}
    meant = got.pop("against")
    meant = find(meant) if isinstance(meant, str) else meant
    term = got.pop("regularisation", None)
    assert (meant if term is None else regularised(meant, penalty(term))) is source
    if isinstance(source, Architecture):
        one = {name: value[0] if isinstance(value, tuple) else value for name, value in options.items()}
        other = {name: value[0] if isinstance(value, tuple) else value for name, value in got.items()}
        assert gdverify.derive(source, **one) is gdverify.derive(meant, **other) or term is not None


def test_a_source_without_a_name_has_no_text() -> None:
    own = Architecture("mine", find("mlp").function)
    with pytest.raises(Unspellable, match="mine has no name"):
        against(own, {}, scope_of(unit_of("layers_in_out.py:Dense")))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"places": {"W": '"weights"', "b": '"bias[0]"'}}, "does not run"),
        (
            {"gradients": {"x": '"returned[1]"', "W": '"weights.T"', "b": '"grad_bias[0]"'}},
            "value of the gradient of W",
        ),
        ({"output": '"inputs"'}, "does not run"),
        ({"against": '"linear"'}, "refused"),
        ({"run": "lambda c: net.no_such"}, "does not run"),
        ({"gradients": {"W": '"grad_weights.T"'}}, "refused"),
    ],
)
def test_a_text_that_says_something_else_is_refused(change: dict[str, Any], why: str) -> None:
    found, scope, arguments = spelled("layers_in_out.py:Dense")
    agreeing.agree(agreeing.made("", arguments, scope), found.subject, None)
    with pytest.raises(Unspellable, match=why):
        agreeing.agree(agreeing.made("", {**arguments, **change}, scope), found.subject, None)


@pytest.mark.parametrize("change", [{"activation": '"relu"'}, {"loss": '"squared_error"'}, {"hidden": "(1, 2)"}])
def test_a_text_with_other_options_is_refused(change: dict[str, Any]) -> None:
    found, scope, arguments = spelled("list_gradients.py:MLP")
    agreeing.agree(agreeing.made("", arguments, scope), found.subject, None)
    with pytest.raises(Unspellable, match="under other options"):
        agreeing.agree(agreeing.made("", {**arguments, **change}, scope), found.subject, None)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("closures.py:make_affine", "share variables"),
        ("optimised_training.py:DecayModel", "a term such as weight decay"),
        ("optimised_training.py:ClippingModel", "entries that are cut off"),
        ("shared_matrix.py:Twice", "make the object for the sizes of the case"),
    ],
)
def test_what_cannot_be_spelled_is_found_again_and_says_why(target: str, why: str) -> None:
    unit = unit_of(target)
    (piece,) = pieces(find_subjects(unit), unit, Called(unit.file, "net.py", "net"), {"loss": None, "against": "x"})
    assert piece.function == "gdverify.found"
    assert why in piece.remark
    assert dict(piece.arguments) == {"": f'"net.py", "{unit.name}"', "against": '"x"'}
    assert not piece.imports


def test_a_rate_is_set_where_the_object_keeps_it() -> None:
    assert spelled("train_in_place.py:NeuralNetwork")[2]["rate"] == '"lr"'
    assert spelled("handed_to_optimiser.py:Regressor")[2]["rate"] == '"optimizer.lr"'


@pytest.mark.parametrize("name", ["train", "train_eager"])
def test_a_rate_that_is_an_argument_is_set_in_the_namespace_also_where_it_was_found_at_another(name: str) -> None:
    arguments = spelled(f"training_in_functions.py:{name}")[2]
    assert arguments["rate"] == '"lr"'
    assert "lr=c.self.lr" in arguments["run"]


def test_only_the_calls_of_functions_whose_result_is_used_are_made() -> None:
    def call(role: str, **arguments: str) -> Call:
        return Call(role, Function(print), {name: Place(root) for name, root in arguments.items()}, {})

    calls = [call("unused"), call("forward", x="x"), call("loss", y="forward"), call("backward", y="forward")]
    assert [one.role for one in needed(calls, {"backward"})] == ["forward", "backward"]
    assert [one.role for one in needed(calls, {"backward", "loss"})] == ["forward", "loss", "backward"]
    method = Call("step", Method("step"), {}, {})
    assert needed([method, calls[-1]], {"backward"})[0] is method
