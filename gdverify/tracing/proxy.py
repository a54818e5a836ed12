"""What stands for NumPy and `math` in the user's modules: the same functions, making elements instead of floats.

NumPy itself is left as it is. Its functions are called through a stand-in, which

- hands lists of elements over as arrays, since NumPy would try to read them as floats;
- returns arrays of floats as arrays of elements, so that a buffer of zeros can hold an expression;
- computes functions of constants exactly: ``np.sqrt(2)`` is √2, and ``np.e`` is e¹.

``np.pi`` has no expression. It is snapped to a rational like any other float, which is right where what is compared
with it means the same constant, and to 16 digits elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from gdverify.tracing.arrays import Traced, called, cells, given_back, raw, traced
from gdverify.tracing.elements import Element, Numbers
from gdverify.tracing.functions import FUNCTIONS

# Makers of arrays from what they are given; NumPy does not ask the arguments of these what to do.
CONVERSIONS = (np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray)
GENERATORS = (np.random.Generator, np.random.RandomState)
JOINERS = (type(np.r_), type(np.c_))
# What NumPy's functions are: those that ask their arguments, those in C, those in Python, those of np.random.
FUNCTION_TYPES = (type(np.dot), BuiltinFunctionType, FunctionType, MethodType)
MATH_NAMES = {
    "pow": "power",
    "fabs": "absolute",
    "asinh": "arcsinh",
    "atanh": "arctanh",
    "atan": "arctan",
    "asin": "arcsin",
}
PLAIN = (np.seterr, np.geterr, np.printoptions, np.set_printoptions, np.dtype, np.shape, np.ndim, np.size)


class _Floating(type):
    """The class of `Float`: what passes for a float is an instance, and is not converted."""

    def __call__(cls, value: Any = 0.0) -> Any:
        if isinstance(value, Element):
            return value
        if isinstance(value, Traced) and value.size == 1:
            return value.item()
        return float(value)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, (float, Element))


class Float(metaclass=_Floating):
    """What stands for ``float``, so that ``float(loss)`` stays an element."""

    dtype = np.dtype(float)  # for NumPy, which is asked for arrays of it


BUILTINS: dict[str, Any] = {"float": Float}


class StandIn:
    """A module or an object of NumPy's whose attributes are exchanged as they are asked for."""

    def __init__(self, original: Any, exchange: Callable[[Any], Any]) -> None:
        self._original = original
        self._exchange = exchange

    def __getattr__(self, name: str) -> Any:
        return self._exchange(getattr(self._original, name))

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._original(*arguments, **options)

    def __repr__(self) -> str:
        return repr(self._original)


class Function(StandIn):
    """A function of NumPy's or of `math`; its attributes, such as ``np.add.reduce``, are exchanged too."""

    def __init__(self, original: Any, exchange: Callable[[Any], Any], call: Callable[..., Any]) -> None:
        super().__init__(original, exchange)
        self._call = call

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._call(self._original, arguments, options)


class Generator(StandIn):
    """A generator of random numbers, which code that asks finds to be one."""

    @property  # type: ignore[misc]  # as of an object that was made so
    def __class__(self) -> Any:
        return type(self._original)


class Joiner:
    """What stands for ``np.c_`` and ``np.r_``, which join what stands in their brackets."""

    def __init__(self, original: Any, numbers: Numbers) -> None:
        self._original = original
        self._numbers = numbers

    def __getitem__(self, parts: Any) -> Any:
        return given_back(self._original[raw(parts)], self._numbers)


class Exchange:
    """From what the user's globals are bound to, to what stands for it while elements are computed with."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def __call__(self, value: Any) -> Any:
        """What stands for a value: itself, where it is neither NumPy's nor `math`'s."""
        if value is math or (isinstance(value, ModuleType) and _package(value.__name__) == "numpy"):
            return StandIn(value, self._attribute)
        if isinstance(value, GENERATORS):
            return Generator(value, self._attribute)
        return self._attribute(value) if _is_known(value) or isinstance(value, JOINERS) else value

    def _attribute(self, value: Any) -> Any:
        """What stands for an attribute of NumPy's or of `math`'s."""
        if isinstance(value, float):
            return self._constant(value)
        if isinstance(value, (ModuleType, *GENERATORS)):
            return self(value)
        if isinstance(value, JOINERS):
            return Joiner(value, self._numbers)
        if value is np.vectorize:
            return self._vectorize
        if value is np.random.RandomState:
            return Function(value, self._attribute, self._made)
        if isinstance(value, type) or not callable(value) or value in PLAIN:
            return value
        return Function(value, self._attribute, self._call_of(value))

    def _constant(self, value: float) -> Any:
        """e and π, of which products are exact then; other floats, such as infinities, stay what they are."""
        if value == math.e:
            return self._numbers.number(Fraction(1)).call("exp")
        return self._numbers.lift(value) if value == math.pi else value

    def _call_of(self, function: Any) -> Callable[..., Any]:
        if isinstance(function, np.ufunc):
            return self._ufunc
        if getattr(function, "__module__", None) == "math":
            return self._math
        if function in CONVERSIONS:
            return self._conversion
        if function in (np.empty, np.empty_like):
            return self._empty
        return self._made

    def _made(self, function: Any, arguments: Any, options: Any) -> Any:
        """A function whose floats become elements."""
        result = function(*self._given(arguments), **{name: self._given(value) for name, value in options.items()})
        return self._exact(result)

    def _ufunc(self, function: np.ufunc, arguments: Any, options: Any) -> Any:
        """An elementwise function, of constants too."""
        result = self._made(function, arguments, options)
        plain = not any(isinstance(each, (Element, Traced)) for each in (*arguments, *options.values()))
        if plain and isinstance(result, (Element, Traced)) and function.__name__ in FUNCTIONS:
            return function(*(traced(each, self._numbers) for each in arguments), **options)
        return result

    def _math(self, function: Any, arguments: Any, options: Any) -> Any:
        name = MATH_NAMES.get(function.__name__, function.__name__)
        if name == "log" and len(arguments) == 2:
            x, base = (self._math(function, (each,), {}) for each in arguments)
            return x / base
        elements = [self._numbers.lift(each) for each in arguments]
        row = FUNCTIONS.get(name)
        if row is not None and row.takes == len(elements) and None not in elements:
            return row.value(*elements)
        return function(*arguments, **options)

    def _conversion(self, function: Any, arguments: Any, options: Any) -> Any:
        """``np.array`` and the like: for any float type the same elements, in memory of their own or not."""
        value, *rest = self._given(arguments)
        dtype = options.get("dtype", rest[0] if rest else None)
        if not isinstance(value, (Traced, Element)) or (dtype is not None and np.dtype(dtype).kind != "f"):
            return self._made(function, arguments, options)
        others = {name: given for name, given in options.items() if name != "dtype"}
        return given_back(function(raw(value), dtype=object, **others), self._numbers)

    def _empty(self, function: Any, arguments: Any, options: Any) -> Any:
        """Zeros, since what stands in memory by chance is no number."""
        return self._made({np.empty: np.zeros, np.empty_like: np.zeros_like}[function], arguments, options)

    def _vectorize(self, function: Any, **options: Any) -> Callable[..., Any]:
        loop = np.vectorize(function, otypes=[object])
        return lambda *arguments: called(loop, [cells(each, self._numbers) for each in arguments], {}, self._numbers)

    def _given(self, value: Any) -> Any:
        """An argument with arrays of elements for lists of them, as far as they are rectangular."""
        if isinstance(value, np.ndarray) and not isinstance(value, Traced) and _holds_elements(value):
            return traced(value, self._numbers)
        if type(value) not in (list, tuple):
            return value
        if any(isinstance(each, Element) for each in value) and _are_numbers(value):
            return traced(value, self._numbers)
        parts = [self._given(each) for each in value]
        if parts and all(isinstance(each, Traced) for each in parts) and type(value) is list:
            shapes = {each.shape for each in parts}
            return traced(parts, self._numbers) if len(shapes) == 1 else parts
        return type(value)(parts)

    def _exact(self, value: Any) -> Any:
        """Floats as elements."""
        if isinstance(value, np.ndarray) and not isinstance(value, Traced) and value.dtype.kind == "f":
            return traced(value, self._numbers)
        if isinstance(value, (float, np.floating)):
            return self._numbers.lift(value)
        if isinstance(value, GENERATORS):
            return self(value)
        return type(value)(self._exact(each) for each in value) if type(value) in (list, tuple) else value


def _package(name: str) -> str:
    return name.partition(".")[0]


def _is_known(value: Any) -> bool:
    """Whether a global is a function of NumPy's or of `math`'s, imported by name."""
    if isinstance(value, np.ufunc):
        return getattr(np, value.__name__, None) is value
    if not isinstance(value, FUNCTION_TYPES):
        return False
    bound = getattr(value, "__self__", None)
    owner = type(bound) if isinstance(bound, GENERATORS) else value
    return _package(str(owner.__module__)) in ("numpy", "math")


def _holds_elements(array: Any) -> bool:
    return bool(array.dtype == object and array.size and isinstance(array.flat[0], Element))


def _are_numbers(values: Any) -> bool:
    return all(isinstance(each, (Element, int, float, np.number)) for each in values)
