"""The architectures of the catalogue by hand: layers of `gdverify.documented`, put together.

Each is a function ``case → {"loss": …, gradients}``. `Network` gives the parameters of a case to the layers that hold
them, and collects their gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gdverify.cases.case import Array, Case
from gdverify.documented.activations import Sigmoid
from gdverify.documented.affine import Affine, DotProducts, LinearInOut, LinearMap, WeightedSum
from gdverify.documented.attention import CausalAttention, MultiHeadAttention
from gdverify.documented.classification import BinaryCrossEntropyWithLogits, SoftmaxCrossEntropy
from gdverify.documented.convolution import Convolution2D
from gdverify.documented.counterparts import counterpart
from gdverify.documented.gated import GRU, GRUResetAfter
from gdverify.documented.gates import PositionalEncoding
from gdverify.documented.layers import MeanSquaredError
from gdverify.documented.lookup import CrossEntropyOfClasses, Embedding
from gdverify.documented.losses import HalfSquaredError, whole
from gdverify.documented.normalisation import LayerNorm
from gdverify.documented.penalties import Ridge
from gdverify.documented.recurrent import LSTM, RNN, PeepholeLSTM
from gdverify.documented.sequences import Bidirectional
from gdverify.documented.shapes import AverageOverTime, Flatten, LastStep
from gdverify.documented.transformer import TransformerBlock

Gradients = dict[str, Any]
RNG = np.random.default_rng(0)  # first weights, all of which are replaced


@dataclass
class Network:
    """Layers with the parameters of a case."""

    case: Case
    held: list[tuple[Any, dict[str, Sequence[str]]]] = field(default_factory=list)

    def chosen(self, kind: str, default: str) -> Any:
        """A new layer or loss: the one that the case asks for."""
        return counterpart(str(self.case.options.get(kind, default))).make()

    def hold(self, layer: Any, **names: str | Sequence[str]) -> Any:
        """Give parameters to a layer, by attribute; several are one below the other."""
        below = {attribute: [name] if isinstance(name, str) else name for attribute, name in names.items()}
        for attribute, parts in below.items():
            setattr(layer, attribute, np.concatenate([self.case.parameters[part] for part in parts]))
        self.held.append((layer, below))
        return layer

    def affine(self, name: str = "", W: str = "W", b: str = "b") -> Affine:
        """An affine map with W and b of that name."""
        return self.hold(Affine(1, 1, RNG), W=f"{W}{name}", b=f"{b}{name}")

    def found(self, **others: Any) -> Gradients:
        """What the layers found from the last to the first, and what else there is; what two layers hold adds up."""
        found = dict(others)
        for layer, below in reversed(self.held):
            for attribute, parts in below.items():
                for part, gradient in zip(parts, np.split(getattr(layer, f"d{attribute}"), len(parts)), strict=True):
                    found[part] = found[part] + gradient if part in found else gradient
        return found


def forward(layers: Sequence[Any], x: Array) -> Array:
    for layer in layers:
        x = layer.forward(x)
    return x


def backward(layers: Sequence[Any], dy: Array) -> Array:
    for layer in reversed(layers):
        dy = layer.backward(dy)
    return dy


def _trained(net: Network, layers: Sequence[Any], loss: Any, x: str = "x", t: str = "t") -> Gradients:
    """One layer after the other, and a loss."""
    arrays = net.case.arrays
    value = loss.forward(forward(layers, arrays[x]), arrays[t])
    backward(layers, loss.backward())
    return net.found(loss=value)


# -- perceptrons


def _mlp(case: Case) -> Gradients:
    return _perceptron(case, "tanh", "mean_squared_error", active_at_the_end=False)


def _fully_connected(case: Case) -> Gradients:
    return _perceptron(case, "sigmoid", "squared_error", active_at_the_end=True)


def _perceptron(case: Case, activation: str, loss: str, *, active_at_the_end: bool) -> Gradients:
    """Affine maps and an activation in turn, with or without one at the end; one sample is an x without a batch."""
    net = Network(case)
    depth = range(1, len(case.parameters) // 2 + 1)
    layers = [each for k in depth for each in (net.affine(str(k)), net.chosen("activation", activation))]
    return _trained(net, layers if active_at_the_end else layers[:-1], net.chosen("loss", loss))


# The denominator of these derivatives cancels against σ' = y (1 − y): with σ they are the same loss of logits.
OF_LOGITS = {
    "binary_cross_entropy": "binary_cross_entropy_with_logits",
    "binary_cross_entropy_sum": "binary_cross_entropy_with_logits_sum",
}


def _ending_in_sigmoid(net: Network, layers: Sequence[Any]) -> Gradients:
    """Layers, a sigmoid and a loss of probabilities."""
    logits, t, end = forward(layers, net.case.inputs["x"]), net.case.targets["t"], Sigmoid()
    loss = net.chosen("loss", "binary_cross_entropy")
    value = loss.forward(end.forward(logits), t)
    together = OF_LOGITS.get(str(net.case.options.get("loss", "binary_cross_entropy")))
    if together is None:
        dlogits = end.backward(loss.backward())
    else:
        of_logits = counterpart(together).make()
        of_logits.forward(logits, t)
        dlogits = of_logits.backward()
    backward(layers, dlogits)
    return net.found(loss=value)


def _two_layer_classifier(case: Case) -> Gradients:
    net = Network(case)
    first, second = (net.hold(LinearInOut(1, 1, RNG), w=name) for name in ("w1", "w2"))
    return _ending_in_sigmoid(net, [first, net.chosen("activation", "sigmoid"), second])


def _autoencoder(case: Case) -> Gradients:
    net = Network(case)
    layers = [net.affine("1"), net.chosen("activation", "tanh"), net.affine("2"), net.chosen("output", "sigmoid")]
    return _trained(net, layers, MeanSquaredError(), t="x")


# -- regressions


def _linear_regression(case: Case) -> Gradients:
    net = Network(case)
    return _trained(net, [net.affine()], HalfSquaredError())


def _ridge_regression(case: Case) -> Gradients:
    found, penalty = _linear_regression(case), Ridge()
    value = found["loss"] + penalty.forward(case.parameters["W"])
    return {**found, "loss": value, "W": found["W"] + penalty.backward()}


def _logistic_regression(case: Case) -> Gradients:
    net = Network(case)
    return _ending_in_sigmoid(net, [net.hold(WeightedSum(1, RNG), w="w")])


def _softmax_regression(case: Case) -> Gradients:
    net = Network(case)
    return _trained(net, [net.affine()], SoftmaxCrossEntropy())


# -- images and words


def _small_cnn(case: Case) -> Gradients:
    net = Network(case)
    convolution = net.hold(Convolution2D(1, 1, 3, 3, RNG), W="K", b="c")
    pooling = net.chosen("pooling", "max_pooling_2d")
    layers = [convolution, net.chosen("activation", "relu"), pooling, Flatten(), net.affine()]
    return _trained(net, layers, SoftmaxCrossEntropy())


def _embedding(net: Network, name: str) -> Any:
    return net.hold(Embedding(1, 1, RNG), E=name)


def _cbow(case: Case) -> Gradients:
    net = Network(case)
    layers = [_embedding(net, "E"), AverageOverTime(), net.hold(LinearMap(1, 1, RNG), W="U")]
    return _trained(net, layers, CrossEntropyOfClasses(), x="ids")


def _skip_gram(case: Case) -> Gradients:
    net = Network(case)
    middle, others = _embedding(net, "E"), _embedding(net, "U")
    products, loss = DotProducts(), BinaryCrossEntropyWithLogits(whole)
    y = products.forward(middle.forward(case.inputs["ids"]), others.forward(case.inputs["others"]))
    value = loss.forward(y, case.targets["t"])
    de, du = products.backward(loss.backward())
    middle.backward(de)
    others.backward(du)
    return net.found(loss=value)


# -- recurrences


def _each(name: str, gates: str) -> list[str]:
    return [f"{name}{gate}" for gate in gates]


def recurrence(
    make: Callable[..., Any], bias: str = "c", behind: Sequence[Any] = (), **names: str | Sequence[str]
) -> Callable[[Case], Gradients]:
    """A recurrent layer, its initial states learnt or given, and classes of its states."""

    def gradients(case: Case) -> Gradients:
        net = Network(case)
        layer = net.hold(make(1, 1, RNG), **names)
        layers = [*(each() for each in behind), net.hold(Affine(1, 1, RNG), W="V", b=bias)]
        start = {name: array for name, array in case.arrays.items() if name.endswith("0")}
        loss = CrossEntropyOfClasses()
        value = loss.forward(forward(layers, layer.forward(case.inputs["x"], *start.values())), case.targets["t"])
        _, *dstart = layer.backward(backward(layers, loss.backward()))
        return net.found(loss=value, **dict(zip(start, dstart, strict=True)))

    return gradients


def _gates(gates: str) -> dict[str, list[str]]:
    return {name: _each(name, gates) for name in "WUb"}


# The layers of those that name a class of every step, and what they hold.
RECURRENT: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "rnn": (RNN, {"W": "W", "U": "U", "b": "b"}),
    "lstm": (LSTM, {"bias": "d", **_gates("ifgo")}),
    "lstm_peepholes": (PeepholeLSTM, {"bias": "d", **_gates("ifgo"), "p": _each("p", "ifo")}),
    "gru": (GRU, _gates("urg")),
    "gru_reset_after": (GRUResetAfter, {**_gates("urg"), "a": "d"}),
}


def _bidirectional_rnn(case: Case) -> Gradients:
    net = Network(case)
    both = Bidirectional(*(net.hold(RNN(1, 1, RNG), W=f"W{k}", U=f"U{k}", b=f"b{k}") for k in "fb"))
    out, loss = net.hold(Affine(1, 1, RNG), W="V", b="c"), CrossEntropyOfClasses()
    first, last = case.arrays["hf0"], case.arrays["hb0"]
    value = loss.forward(out.forward(both.forward(case.inputs["x"], (first,), (last,))), case.targets["t"])
    _, (dfirst,), (dlast,) = both.backward(out.backward(loss.backward()))
    return net.found(loss=value, hf0=dfirst, hb0=dlast)


# -- transformers


def _attention_layers(net: Network, layer: MultiHeadAttention, k: str) -> MultiHeadAttention:
    for part, name in zip((layer.query, layer.key, layer.value, layer.output), "qkvo", strict=True):
        net.hold(part, W=f"W{name}{k}", b=f"b{name}{k}")
    return layer


def _block(net: Network, k: str = "", **options: Any) -> TransformerBlock:
    activation = counterpart(str(net.case.options.get("activation", "gelu_tanh"))).make
    block = TransformerBlock(2, 2, net.case.options.get("heads", 2), RNG, activation=activation, **options)
    net.hold(block.first, gamma=f"g1{k}", beta=f"c1{k}")
    net.hold(block.second, gamma=f"g2{k}", beta=f"c2{k}")
    _attention_layers(net, block.attention, k)
    net.hold(block.widen, W=f"Wm{k}", b=f"bm{k}")
    net.hold(block.narrow, W=f"Ww{k}", b=f"bw{k}")
    return block


def _multi_head_attention(case: Case) -> Gradients:
    net = Network(case)
    layer = _attention_layers(net, MultiHeadAttention(2, case.options.get("heads", 2), RNG), "")
    return _trained(net, [layer], MeanSquaredError())


def _transformer_block(case: Case) -> Gradients:
    net = Network(case)
    return _trained(net, [_block(net)], MeanSquaredError())


def _gpt(case: Case) -> Gradients:
    net = Network(case)
    blocks = sum(name.startswith("Wq") for name in case.parameters)
    layers = [
        _embedding(net, "E"),
        net.hold(PositionalEncoding(1, 1), P="P"),
        *(_block(net, str(k), attend=CausalAttention) for k in range(1, blocks + 1)),
        net.hold(LayerNorm(1), gamma="gf", beta="cf"),
        net.hold(LinearMap(1, 1, RNG), W="E"),
    ]
    return _trained(net, layers, CrossEntropyOfClasses(), x="ids")


NETWORKS: dict[str, Callable[[Case], Gradients]] = {
    "mlp": _mlp,
    "fully_connected": _fully_connected,
    "two_layer_classifier": _two_layer_classifier,
    "autoencoder": _autoencoder,
    "linear_regression": _linear_regression,
    "ridge_regression": _ridge_regression,
    "logistic_regression": _logistic_regression,
    "softmax_regression": _softmax_regression,
    "small_cnn": _small_cnn,
    "cbow": _cbow,
    "skip_gram": _skip_gram,
    **{name: recurrence(make, **held) for name, (make, held) in RECURRENT.items()},
    "rnn_classifier": recurrence(RNN, behind=[LastStep], W="W", U="U", b="b"),
    "bidirectional_rnn": _bidirectional_rnn,
    "multi_head_attention": _multi_head_attention,
    "transformer_block": _transformer_block,
    "gpt": _gpt,
}
