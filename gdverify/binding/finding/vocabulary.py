"""What the parts of a hand-written gradient are called: the words of methods and functions, and how names are read."""

from __future__ import annotations

import re
from collections.abc import Iterable

METHODS: dict[str, tuple[str, ...]] = {
    "forward": (
        "forward", "fprop", "forwardpass", "forwardpropagation", "forwardprop", "forwardpropagate", "feedforward",
        "feed", "propagate", "predict", "predictproba", "call", "apply", "activate", "activation", "activationfunction",
        "function", "func", "fn", "f", "fx", "value", "evaluate", "eval", "compute", "output", "calculate", "run",
        "think", "query", "hypothesis", "transform", "infer",
    ),
    "backward": (
        "backward", "bprop", "backprop", "backwardpass", "backpropagation", "backpropagate", "backwardpropagation",
        "backwardprop", "backpass", "back", "vjp", "pullback", "inputgradient",
    ),
    "gradient": (
        "gradient", "gradients", "grad", "grads", "computegradient", "computegradients", "computegrad", "computegrads",
        "calculategradient", "calculategradients", "getgradients", "getgrads", "gradloss", "lossgradient", "lossgrad",
        "lossprime", "dloss", "costgradient", "jacobian",
    ),
    "derivative": (
        "derivative", "deriv", "prime", "df", "dfunc", "dfunction", "dfn", "dactivation", "fprime", "slope", "diff",
        "differentiate", "activationprime", "activationderivative", "derivate", "delta",
    ),
    "loss": (
        "loss", "cost", "computeloss", "computecost", "calculateloss", "calculatecost", "calcloss", "getloss",
        "lossfunction", "lossfunc", "lossfn", "costfunction", "objective", "criterion", "energy",
    ),
    "train": (
        "train", "fit", "learn", "trainstep", "trainonbatch", "trainbatch", "trainone", "trainonce", "trainepoch",
        "partialfit", "fitpartial", "fitone", "fitbatch", "learnone", "sgd", "gradientdescent",
        "stochasticgradientdescent",
        "updateminibatch", "adapt", "optimize", "optimise", "trainsample",
    ),
    "update": (
        "update", "step", "updateweights", "updateparams", "updateparameters", "applygradients", "applygrads",
        "sgdstep", "gradientstep", "descend", "adjust", "adjustweights", "applyupdate",
    ),
    "hessian": ("hess", "hessian", "secondderivative", "hessp", "hessdiag"),
    "setup": (
        "setup", "build", "initialize", "initialise", "init", "initweights", "initializeweights", "initparams",
        "initializeparameters", "initialiseweights", "setinputshape", "reset", "resetparameters", "compile",
    ),
}  # fmt: skip
"""The methods that play each role, as `normal` writes them, the surest first."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BACKWARD = _words("backward back backprop bprop backpropagation backpropagate bwd bp vjp pullback rev")
DERIVATIVE = _words("""
    prime derivative deriv der derivatives grad grads gradient gradients d slope dash diff jacobian derivada delta
""")
FORWARD = _words("forward fwd fprop fp feedforward predict prediction")
LOSS = _words("""
    loss losses cost costs error err objective criterion energy mse mae sse rmse bce nll entropy crossentropy l2 obj
""")
TRAIN = _words("train training fit learn sgd descent descend gd optimize optimise trainer epoch")
UPDATE = _words("update step adam momentum rmsprop adagrad")
GRADIENTS = _words("grad grads gradient gradients")
HESSIAN = _words("hess hessian h hessians")
RATES = _words("lr alpha eta epsilon gamma stepsize step_size learningrate")
FILLERS = _words("pass propagation prop propagate compute calculate calc get eval evaluate function func fn layer")
FLAGS = ("derivative", "deriv", "prime", "diff", "derive", "backward", "grad", "gradient", "der", "d", "derivation")
MODELS = _words("net model network nn mlp clf classifier")

_PIECES = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_TENSORS = (
    "[wbxyzahuvscotp]|theta|weights?|bias|biases|inputs?|outputs?|out|params?|loss|hidden|logits|scores|values|pred"
)
_GRADIENT = re.compile(
    rf"_*(d_?[A-Z]\w*|d({_TENSORS})(\d*|_\w+)|d_\w+|d[a-z]+_d[a-z]\w*|del_\w+|delta\w*|nabla\w*|g|gw|gb)"
)


def words(name: str) -> tuple[str, ...]:
    """``relu_backward``, ``reluBackward`` and ``ReluBackward`` are all ``("relu", "backward")``."""
    return tuple(piece.lower() for piece in _PIECES.findall(name))


def normal(name: str, owner: str = "") -> str:
    """A method's name without underscores, capitals and the mangling of its class ``owner``."""
    if owner and name.startswith(f"_{owner.lstrip('_')}__"):
        name = name[len(owner.lstrip("_")) + 1 :]
    return name.replace("_", "").lower()


def without(name: Iterable[str], *kinds: frozenset[str]) -> tuple[str, ...]:
    """The words that are of none of some kinds."""
    return tuple(word for word in name if not any(word in kind for kind in kinds))


def is_rate(name: str) -> bool:
    """Whether a variable of this name is a learning rate."""
    return name.lower() in RATES or "rate" in words(name)


def is_gradient(name: str) -> bool:
    """Whether a variable of this name holds a gradient: ``dW1``, ``grad_b``, ``w_grad``, ``nabla_w``."""
    return _GRADIENT.fullmatch(name) is not None or bool(GRADIENTS & set(words(name)))


def is_loss(name: str) -> bool:
    """Whether a variable or function of this name is a loss."""
    return bool(LOSS & set(words(name))) or name in {"J", "L", "E", "C"}
