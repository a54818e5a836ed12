"""Elements: what stands in an array in place of a float, so that code written for floats computes something exact.

An element is made and combined by its `Numbers`, of which there are two kinds: symbols that record the expression
(`symbols`), and balls (`ball_elements`). They differ in the field operations, in a handful of functions and in how a
comparison is decided. Everything else is the same for both, and stands here and in the tables of `functions`.
"""

from __future__ import annotations

import numbers
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np

from gdverify.tracing.floats import VALUES
from gdverify.tracing.lines import Code, Undecided, Untraceable
from gdverify.tracing.path import RELATIONS
from gdverify.tracing.snapping import snapped

IN_FLOATS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}


class Numbers(ABC):
    """One kind of elements, for one run of a subject."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.stopped: Untraceable | Undecided | None = None
        self._constants: dict[Any, Element] = {}

    @abstractmethod
    def number(self, value: Fraction) -> Element:
        """A constant."""

    @abstractmethod
    def add(self, a: Any, b: Any) -> Element:
        """a + b"""

    @abstractmethod
    def sub(self, a: Any, b: Any) -> Element:
        """a − b"""

    @abstractmethod
    def mul(self, a: Any, b: Any) -> Element:
        """a · b"""

    @abstractmethod
    def div(self, a: Any, b: Any) -> Element:
        """a / b"""

    @abstractmethod
    def neg(self, a: Any) -> Element:
        """−a"""

    @abstractmethod
    def power(self, a: Any, exponent: Fraction) -> Element:
        """aⁿ for a rational n"""

    @abstractmethod
    def call(self, function: str, a: Any) -> Element:
        """One of the `FUNCTIONS` of an expression."""

    @abstractmethod
    def compare(self, a: Any, b: Any, relation: str) -> bool:
        """Whether ``a relation b``, one of `RELATIONS`, holds; raises Undecided."""

    def lift(self, value: Any) -> Element | None:
        """An element from a number; None for what is none."""
        if isinstance(value, Element):
            return value
        if not isinstance(value, (numbers.Real, np.bool_)):
            return None
        found = self._constants.get(value)
        if found is None:
            finite = np.isfinite(float(value))
            found = self.number(snapped(value)) if finite else Unbounded(self, float(value))
            self._constants[value] = found
        return found

    def refuse(self, reason: str) -> NoReturn:
        """Stop here.

        Raises:
            Untraceable: with the user's line; it is kept, since the user's code may have a handler for everything.
        """
        self.stopped = Untraceable(reason, self.code.line())
        raise self.stopped


def holds(difference: Any, relation: str) -> bool:
    """Whether ``difference relation 0``; nothing holds of nan but that it differs."""
    if difference != difference:
        return relation == "!="
    return int(difference > 0) - int(difference < 0) in RELATIONS[relation]


def _lifted(combine: Callable[[Numbers, Any, Any], Any]) -> Callable[[Element, Any], Any]:
    """A method of two elements, where the other may be a plain number."""

    def method(self: Element, other: Any) -> Any:
        lifted = self.numbers.lift(other)
        return NotImplemented if lifted is None else combine(self.numbers, self, lifted)

    return method


def _binary(name: str) -> tuple[Callable[[Element, Any], Any], Callable[[Element, Any], Any]]:
    """An operation of `Numbers`, with the element on the left and with it on the right."""

    def combine(numbers: Numbers, a: Element, b: Element) -> Element:
        if isinstance(a, Unbounded) or isinstance(b, Unbounded) or (name == "div" and b.rational == 0):
            return _beyond(name, a, b)
        made: Element = getattr(numbers, name)(a, b)
        return made

    return _lifted(combine), _lifted(lambda numbers, b, a: combine(numbers, a, b))


def _comparison(relation: str) -> Callable[[Element, Any], Any]:
    def compare(numbers: Numbers, a: Element, b: Element) -> bool:
        if isinstance(a, Unbounded) or isinstance(b, Unbounded):
            return holds(np.subtract(a.approximate, b.approximate), relation)
        return numbers.compare(a, b, relation)

    return _lifted(compare)


class Element:
    """An exact number. Its methods are those of a float and those that NumPy's loops over objects call.

    Attributes:
        numbers: the kind that it is of.
        rational: its value where that is a known rational, else None.
        approximate: a float near it.
        constant: whether it is the same in every case.
    """

    __slots__ = ("approximate", "constant", "numbers", "rational")

    numbers: Numbers
    rational: Fraction | None
    approximate: float
    constant: bool

    __add__, __radd__ = _binary("add")
    __sub__, __rsub__ = _binary("sub")
    __mul__, __rmul__ = _binary("mul")
    __truediv__, __rtruediv__ = _binary("div")
    __lt__, __le__, __gt__, __ge__ = map(_comparison, ("<", "<=", ">", ">="))
    __eq__ = _comparison("==")
    __ne__ = _comparison("!=")
    __hash__ = None  # type: ignore[assignment]  # whether two are equal depends on the case

    def __pow__(self, exponent: Any) -> Any:
        n = self.numbers.lift(exponent)
        if n is None:
            return NotImplemented
        if n.rational is not None:
            return self.power(n.rational)
        # aᵇ = e^(b log a), and (e^c)ᵇ = e^(b c)
        return (n * self.log()).call("exp")

    def __rpow__(self, base: Any) -> Any:
        a = self.numbers.lift(base)
        return NotImplemented if a is None else a**self

    def __neg__(self) -> Element:
        return self.numbers.neg(self)

    def __pos__(self) -> Element:
        return self

    def __abs__(self) -> Element:
        return -self if self < 0 else self

    def __bool__(self) -> bool:
        return bool(self != 0)

    def power(self, exponent: Fraction) -> Element:
        """The power of a rational exponent."""
        if exponent < 0 and self.rational == 0:
            return _beyond("div", self.numbers.number(Fraction(1)), self)
        return self.numbers.power(self, exponent)

    def call(self, function: str) -> Element:
        """One of the `FUNCTIONS` of an expression."""
        return self.numbers.call(function, self)

    def log(self) -> Element:
        """The natural logarithm."""
        return Unbounded(self.numbers, -np.inf) if self.rational == 0 else self.call("log")

    def __float__(self) -> float:
        if not self.constant:
            self.numbers.refuse(
                "a value that depends on the case becomes a float: by float(…), by an array of floats that it is "
                "written into, or by compiled code"
            )
        return float(self.approximate)

    def __int__(self) -> int:
        if not self.constant:
            self.numbers.refuse("a value that depends on the case becomes an integer")
        return int(self.approximate)

    def __index__(self) -> int:
        if self.rational is None or self.rational.denominator != 1:
            self.numbers.refuse("a value that is not known to be an integer is used as an index or a size")
        return int(self.rational)

    def __copy__(self) -> Element:
        return self

    def __deepcopy__(self, memo: Any) -> Element:
        return self

    def __round__(self, digits: int | None = None) -> Any:
        return round(float(self), digits)

    def __repr__(self) -> str:
        return repr(float(self.approximate))

    def __format__(self, how: str) -> str:
        return format(float(self.approximate), how)

    # -- as NumPy's scalars: what an array of no axes has and does

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return self._array().__array_ufunc__(ufunc, method, *inputs, **options)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        return self._array().__array_function__(function, types, arguments, options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._array(), name)

    def _array(self) -> Any:
        from gdverify.tracing.arrays import traced  # arrays are made of elements; one element is the smallest array

        return traced(self, self.numbers)


numbers.Real.register(Element)


class Unbounded(Element):
    """±∞ or nan, as a mask of attention or the start of a search for a maximum: floats say what comes of it."""

    __slots__ = ()

    def __init__(self, numbers: Numbers, value: float) -> None:
        self.numbers, self.rational, self.approximate, self.constant = numbers, None, value, True

    def __neg__(self) -> Element:
        return Unbounded(self.numbers, -self.approximate)

    def power(self, exponent: Fraction) -> Element:
        return _from_limit(self.numbers, np.float64(self.approximate) ** float(exponent))

    def call(self, function: str) -> Element:
        return _from_limit(self.numbers, VALUES[function](None, np.float64(self.approximate)))

    def log(self) -> Element:
        return self.call("log")


def _beyond(name: str, a: Element, b: Element) -> Element:
    """An operation with an infinity, or a division by 0."""
    if name in ("mul", "div"):  # the sign of the result is that of both, so it belongs to the path
        a, b = _side(a), _side(b)
    with np.errstate(all="ignore"):
        return _from_limit(a.numbers, IN_FLOATS[name](np.float64(a.approximate), np.float64(b.approximate)))


def _side(a: Element) -> Element:
    """Itself, or a number of its sign."""
    if isinstance(a, Unbounded) or a.rational is not None:
        return a
    return a.numbers.number(Fraction(1 if a > 0 else -1 if a < 0 else 0))


def _from_limit(numbers: Numbers, value: Any) -> Element:
    """A limit is a simple number (e^−∞ = 0, tanh ∞ = 1), or again none."""
    made = numbers.lift(float(value))
    assert made is not None
    return made
