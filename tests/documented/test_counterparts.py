"""The hand-written layers beyond what the property suite sees: other constants, other shapes, a second call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdverify import catalogue
from gdverify.auditing.examination import examine
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, build, cases
from gdverify.derivation.steps import derive
from gdverify.documented.affine import Affine, LinearInOut, LinearMap
from gdverify.documented.counterparts import counterpart
from gdverify.documented.evaluation import BatchNormEvaluation
from gdverify.documented.normalisation import LayerNorm, LogSoftmax, RMSNorm, Softmax
from gdverify.documented.rectifiers import PReLU
from gdverify.errors import UnknownName

WINDOWS: list[dict[str, Any]] = [{"stride": 2}, {"dilation": 2}, {"padding": 1}]
EVERYTHING = {"stride": 2, "dilation": 2, "padding": 2}
POOLS: list[dict[str, Any]] = [{"stride": 1}, {"width": 3}]
BATCHES = ("batch_norm", "batch_norm_2d", "batch_norm_evaluation", "batch_norm_2d_evaluation")
IMAGES = ("1d", "2d", "2d_channels_last")
CONSTANTS: list[tuple[str, dict[str, Any]]] = [
    *(("convolution_2d", given) for given in WINDOWS),
    ("convolution_1d", EVERYTHING),
    ("convolution_1d_channels_last", EVERYTHING),
    ("convolution_2d_channels_last", EVERYTHING),
    ("depthwise_convolution_2d", EVERYTHING),
    ("depthwise_convolution_2d_channels_last", EVERYTHING),
    ("grouped_convolution_2d", {"groups": 3, **EVERYTHING}),
    ("grouped_convolution_2d", {"groups": 1}),
    ("transposed_convolution_2d", {"stride": 1}),
    ("transposed_convolution_2d", {"stride": 3, "padding": 1}),
    *((f"{kind}_pooling_{images}", given) for kind in ("max", "average") for images in IMAGES for given in POOLS),
    ("scaled_sigmoid", {"c": 0.5}),
    ("sine", {"omega": 30}),
    ("hard_sigmoid", {"slope": 0.25}),
    ("leaky_relu", {"alpha": 0.25}),
    ("elu", {"alpha": 0.5}),
    ("silu", {"beta": 2}),
    ("dropout", {"keep": 0.75}),
    *((name, {"epsilon": 0.125}) for name in BATCHES),
    *((name, {"epsilon": 0.125}) for name in ("instance_norm", "layer_norm", "rms_norm", "smoothed_cross_entropy")),
    ("huber", {"delta": 0.25}),
    ("smooth_l1", {"beta": 2}),
    ("quantile", {"q": 0.75}),
    ("focal", {"gamma": 3}),
    ("contrastive", {"margin": 0.5}),
    *((name, {"margin": 0.5}) for name in ("contrastive_pairs", "triplet")),
    ("group_norm", {"groups": 3, "epsilon": 0.125}),
    ("split", {"parts": 3, "part": 1}),
    ("split_heads", {"heads": 3}),
    ("upsampling_2d", {"scale": 3}),
    ("lasso", {"strength": 0.25}),
    ("ridge", {"strength": 0.25}),
    ("elastic_net", {"strength": 0.5, "share": 0.25}),
]


@pytest.mark.parametrize(("name", "constants"), CONSTANTS, ids=str)
@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_constants_mean_what_they_do_in_the_equation(name: str, constants: dict[str, Any], data: st.DataObject) -> None:
    operation = catalogue.find_operation(name).given(**constants)
    case = data.draw(cases(Space(operation)))
    subject = Subject(lambda given: counterpart(name).gradients(given, **constants), name, operation)
    found = examine(subject, derive(operation), case)
    assert found.wrong == (), {name: found.comparisons[name] for name in found.wrong}


def test_every_constant_of_the_catalogue_is_tried() -> None:
    tried = {(name, constant) for name, constants in CONSTANTS for constant in constants}
    wanted = {
        (name.removesuffix("_sum"), constant)
        for name, operation in catalogue.operations().items()
        for constant, _ in operation.options
    }
    # The windows of all convolutions are the same.
    assert {(name, constant) for name, constant in wanted if constant not in EVERYTHING} <= tried


def ordinary(name: str, dtype: str = "float64") -> Case:
    """A case with several entries along each axis."""
    operation = catalogue.find_operation(name)
    derivation = derive(operation)
    chosen = {axis.name: 3 for axis in derivation.composition.axes}
    return build(derivation, {}, chosen, "ordinary", dtype, 1)


@pytest.mark.parametrize("name", catalogue.operations())
def test_the_forward_pass_keeps_single_precision(name: str) -> None:
    case = ordinary(name, "float32")
    made = counterpart(name)
    taken = [array for operand, array in case.inputs.items() if operand not in made.learnt]
    assert made.layer(case).forward(*taken, *case.targets.values()).dtype == np.float32


@pytest.mark.parametrize("name", catalogue.operations())
def test_a_second_pass_of_the_same_layer_adds_nothing_to_the_first(name: str) -> None:
    case, made = ordinary(name), counterpart(name)
    layer = made.layer(case)
    first = {key: np.copy(value) for key, value in made.call(layer, case).items()}
    second = made.call(layer, case)
    assert first.keys() == second.keys()
    for key, value in first.items():
        np.testing.assert_array_equal(value, second[key])


@pytest.mark.parametrize(
    "layer",
    [
        *(make(4, 3, np.random.default_rng(0)) for make in (Affine, LinearMap, LinearInOut)),
        *(make(4) for make in (LayerNorm, RMSNorm, BatchNormEvaluation, PReLU)),
        Softmax(),
        LogSoftmax(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_any_number_of_axes_may_stand_before_the_features(layer: Any) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 5, 4))
    dy = rng.normal(size=layer.forward(x).shape)

    def passes(x: np.ndarray, dy: np.ndarray) -> dict[str, np.ndarray]:
        found = {"y": layer.forward(x), "dx": layer.backward(dy)}
        learnt = {name: value for name, value in vars(layer).items() if name.startswith("d")}
        return {**{name: value.reshape(10, -1) for name, value in found.items()}, **learnt}

    deep, flat = passes(x, dy), passes(x.reshape(10, 4), dy.reshape(10, -1))
    assert deep.keys() == flat.keys()
    for name, value in deep.items():
        np.testing.assert_allclose(value, flat[name], rtol=1e-12, atol=1e-14)


def test_an_unknown_operation_is_refused_with_the_closest() -> None:
    with pytest.raises(UnknownName, match="affine"):
        counterpart("afine")
