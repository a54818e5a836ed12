"""Construct objects with sizes that are all distinct primes, so that every axis of every array identifies itself."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from gdverify.binding.calling.recording import Recorder
from gdverify.binding.calling.running import parameters_of
from gdverify.binding.recognising.names import CONSTRUCTOR, meanings, plain

INPUTS, OUTPUTS, BATCH = 3, 5, 13
HIDDEN = (7, 11, 17, 19, 23, 29)
# A change of the weights shows the gradient exactly where the rate is a large power of two.
RATE = 2.0**20
MOST_CONSTRUCTIONS = 64
FAR = 10_000  # steps: back-propagation through time that is not truncated

AMBIGUOUS = ("alpha", "gamma")  # a learning rate, or a constant of the forward pass: left at its default
ACTIVATION_WORDS = ("tanh", "sigmoid", "relu", "leakyrelu", "leaky_relu", "softplus", "identity", "linear", "logistic")


@dataclass(frozen=True)
class Fresh:
    """A value that is made anew for each object, such as a generator of random numbers."""

    make: Callable[[], Any]


@dataclass(frozen=True)
class Construction:
    """A call of a constructor: its arguments with sizes as primes, to be exchanged for those of a case.

    Attributes:
        make: the class, or the function that makes the parameters.
        arguments: by name; an integer that is one of the primes is a size.
        choice: the option that was chosen, by the name of its argument.
    """

    make: Callable[..., Any]
    arguments: Mapping[str, Any]
    choice: Mapping[str, Any] = field(default_factory=dict)

    def build(self, sizes: Mapping[int, int] | None = None) -> Any:
        """A new object, each prime exchanged for a size; what was chosen, such as a stride of 2, is no size."""
        given = {name: _sized(value, sizes or {}) for name, value in self.arguments.items()}
        return self.make(**{**given, **self.choice})

    @property
    def primes(self) -> set[int]:
        """The primes among the arguments."""
        return {number for value in self.arguments.values() for number in _numbers(value)}

    def __str__(self) -> str:
        shown = {k: v for k, v in {**self.arguments, **self.choice}.items() if not isinstance(v, (Fresh, Recorder))}
        words = ", ".join(f"{name}={getattr(value, '__name__', repr(value))}" for name, value in shown.items())
        return f"{getattr(self.make, '__name__', self.make)}({words})"


def constructions(make: Callable[..., Any], depth: int) -> Iterator[Construction]:
    """The ways to construct an object that are worth a try, likeliest first.

    Args:
        make: the class or function.
        depth: how many hidden layers, where the constructor takes a list.
    """
    parameters = parameters_of(make)
    unknown = iter((INPUTS, OUTPUTS, *HIDDEN))
    offered = {p.name: _values(p, depth, make, unknown) for p in parameters}
    fixed = {name: values for name, values in offered.items() if values}
    choices = [name for name in fixed if "activation" in meanings(name, CONSTRUCTOR)]
    for values in itertools.islice(itertools.product(*fixed.values()), MOST_CONSTRUCTIONS):
        given = dict(zip(fixed, values, strict=True))
        chosen = {name: given.pop(name) for name in choices}
        yield Construction(make, given, chosen)


def _values(
    parameter: inspect.Parameter, depth: int, make: Callable[..., Any], unknown: Iterator[int]
) -> Sequence[Any]:
    """What an argument may be given; nothing where its default is left."""
    hidden, optional = [*HIDDEN[:depth]], parameter.default is not parameter.empty
    for meaning in meanings(parameter.name, CONSTRUCTOR):
        match meaning:
            case "inputs":
                return [INPUTS, *_default(parameter)]
            case "outputs":
                return [OUTPUTS, *_default(parameter)]
            case "hidden":
                return [hidden, HIDDEN[0]] if isinstance(parameter.default, (list, tuple)) else [HIDDEN[0], hidden]
            case "hidden list":
                return [hidden, HIDDEN[0]]
            case "layers":
                return [[INPUTS, *hidden, OUTPUTS], hidden]
            case "batch":
                return [BATCH]
            case "rate" if not (optional and plain(parameter.name) in AMBIGUOUS):
                # The rate of a dropout is no learning rate; such a layer has no other arguments that tell.
                return [RATE, 0.5] if plain(parameter.name) == "rate" else [RATE]
            case "repetitions":
                return [1]
            case "seed":
                return [0]
            case "generator":
                return [Fresh(lambda: np.random.default_rng(0))]
            case "optimiser" if not optional:
                return [Recorder()]
            case "dropout":
                return [0.0]
            case "kept":
                return [1.0]
            case "truncation":
                return [FAR]
            case "activation":
                return _activations(parameter, make)
            case "loss" | "regularisation" if optional:
                return []
            case "regularisation":
                return [0.0]
    if optional:
        return []
    return _by_annotation(str(parameter.annotation), depth, unknown)


def _default(parameter: inspect.Parameter) -> list[int]:
    """A number that is left as it is where no other will do: the size of a window is called a size, too."""
    return [parameter.default] if type(parameter.default) is int else []


def _by_annotation(annotation: str, depth: int, unknown: Iterator[int]) -> Sequence[Any]:
    """Of an argument whose name says nothing its annotation may."""
    widths = [INPUTS, *HIDDEN[:depth], OUTPUTS]
    if "Generator" in annotation:
        return [Fresh(lambda: np.random.default_rng(0))]
    if any(word in annotation for word in ("list", "List", "Sequence", "tuple", "Iterable")):
        return [widths]
    return [next(unknown, INPUTS), widths, 0.5]


def _activations(parameter: inspect.Parameter, make: Callable[..., Any]) -> Sequence[Any]:
    """What the constructor offers: names that its code compares with, or activations of its module."""
    words = [word for word in _words(make) if plain(word) in ACTIVATION_WORDS]
    words += [word for word in offered(make, parameter.name) if words and word not in words]
    default = [] if parameter.default is parameter.empty else [parameter.default]
    if words:
        return [*dict.fromkeys([*(d for d in default if isinstance(d, str)), *words])]
    if default:
        return []
    module = getattr(inspect.getmodule(make), "__dict__", {})
    named = [value for name, value in module.items() if plain(name) in ACTIVATION_WORDS and callable(value)]
    return [*named, *ACTIVATION_WORDS]


def offered(make: Callable[..., Any], name: str) -> list[str]:
    """The texts that an argument is compared with, and the keys of tables of activations, as they are in the source."""
    found: list[str] = []
    for node in (node for one in _written(make) for node in ast.walk(_syntax(one))):
        if isinstance(node, ast.Compare) and name in (getattr(node.left, "id", ""), getattr(node.left, "attr", "")):
            found += [text for one in node.comparators for text in _texts(one)]
        elif isinstance(node, ast.Dict):
            keys = [text for key in node.keys if key is not None for text in _texts(key)]
            found += keys if any(plain(key) in ACTIVATION_WORDS for key in keys) else []
    return list(dict.fromkeys(found))


def _written(make: Callable[..., Any]) -> list[Any]:
    """A function; or a class with those that it is derived from, without ``object``."""
    return [one for one in make.__mro__ if one is not object] if isinstance(make, type) else [make]


def _syntax(written: Any) -> ast.AST:
    """The syntax of a class or function; nothing where its source is not at hand."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(written)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module([], [])


def _texts(node: ast.expr) -> list[str]:
    parts = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
    return [one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _words(make: Callable[..., Any]) -> list[str]:
    """The texts in the code of a class or function, in order."""
    functions = [f for one in _written(make) for f in (vars(one).values() if isinstance(one, type) else [one])]
    codes = [function.__code__ for function in functions if hasattr(function, "__code__")]
    found: list[str] = []
    while codes:
        code = codes.pop(0)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                codes.append(constant)
            for text in constant if isinstance(constant, tuple) else [constant]:
                if isinstance(text, str):
                    found.append(text)
    return found


def is_known(value: Any) -> bool:
    """Whether the catalogue may have what an option stands for."""
    return not isinstance(value, str) or plain(value) in ACTIVATION_WORDS


def _sized(value: Any, sizes: Mapping[int, int]) -> Any:
    if isinstance(value, Fresh):
        return value.make()
    if isinstance(value, Recorder):
        return Recorder()
    if isinstance(value, list):
        return [_sized(one, sizes) for one in value]
    return sizes.get(value, value) if type(value) is int else value


def _numbers(value: Any) -> Iterator[int]:
    for one in value if isinstance(value, list) else [value]:
        if type(one) is int and one in (INPUTS, OUTPUTS, BATCH, *HIDDEN):
            yield one
