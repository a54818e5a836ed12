"""Arrays of elements that pass for arrays of float64.

A `Traced` array holds objects, and says that its dtype is float64, so that code which looks at dtypes takes its usual
way. NumPy asks it what a ufunc or a function shall do (`__array_ufunc__`, `__array_function__`):

- a ufunc is looked up in the table of exact functions (`functions`);
- a function that would make floats has a handler (`handlers`);
- every other function moves entries about or is made of ufuncs: NumPy's own runs, on the objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from gdverify.tracing.elements import Element, Numbers
from gdverify.tracing.functions import FUNCTIONS

Objects = NDArray[np.object_]
MATRIX_PRODUCTS = ("matmul", "vecdot", "matvec", "vecmat")  # NumPy has these for objects


def traced(value: Any, numbers: Numbers) -> Traced:
    """An array of elements from one element, from an array or from nested lists of numbers; not copied if it is one."""
    made = cast(Traced, cells(value, numbers).view(Traced))
    made.numbers = numbers
    return made


def cells(value: Any, numbers: Numbers) -> Objects:
    """The entries as elements, in a plain array of objects; shares memory where they are already."""
    made: Objects = raw(value) if isinstance(value, np.ndarray) else _objects(value)
    if made.dtype == object and all(isinstance(cell, Element) for cell in made.flat):
        return made
    lifted = np.empty(made.shape, dtype=object)
    for place, cell in enumerate(made.ravel().tolist() if made.dtype.kind in "biu" else made.flat):
        lifted.flat[place] = _element(cell, numbers)
    return lifted


def raw(value: Any) -> Any:
    """What NumPy shall see: arrays of objects that do not claim to be anything else, in lists and tuples too."""
    if isinstance(value, np.ndarray):
        return value.view(np.ndarray)
    if isinstance(value, Element):
        return _objects(value)
    if type(value) in (list, tuple):
        return type(value)(raw(each) for each in value)
    return value


def given_back(value: Any, numbers: Numbers) -> Any:
    """What NumPy returned, with elements inside arrays that claim to be of floats."""
    if isinstance(value, np.ndarray) and raw(value).dtype.kind == "O":
        return traced(value, numbers)
    if type(value) in (list, tuple):
        return type(value)(given_back(each, numbers) for each in value)
    return value


class Traced(np.ndarray):
    """An array of elements."""

    numbers: Numbers

    def __array_finalize__(self, parent: Any) -> None:
        self.numbers = getattr(parent, "numbers", None)  # type: ignore[assignment]

    @property
    def dtype(self) -> Any:
        """What it claims to be."""
        return np.dtype(np.float64)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        """A ufunc, or one of its methods such as ``np.add.reduce``, on elements."""
        numbers = self.numbers
        options.pop("dtype", None)
        if out is not None:
            options["out"] = tuple(_writable(each, numbers) for each in out)
        if options.get("initial") is not None:
            options["initial"] = numbers.lift(options["initial"])
        loop, decides = _loop(ufunc, numbers)
        with np.errstate(all="ignore"):
            result = getattr(loop, method)(*_read(method, inputs, numbers), **options)
        if out is not None:
            return out[0]
        if decides:
            return np.asarray(result, dtype=bool)[()]
        return given_back(result, numbers)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, options: Any) -> Any:
        """A function of NumPy's on elements."""
        from gdverify.tracing.handlers import HANDLERS  # made of arrays

        handler = HANDLERS.get(function)
        if handler is not None:
            return handler(self.numbers, *arguments, **options)
        return called(function, arguments, options, self.numbers)

    def __setitem__(self, index: Any, value: Any) -> None:
        # An array of no axes would itself become the entry.
        raw(self)[index] = cells(value, self.numbers)[()]

    def astype(  # type: ignore[override]
        self, dtype: Any, *arguments: Any, copy: bool = True, **options: Any
    ) -> Any:
        """The same elements for any float type, since their precision is exact; other types ask each entry."""
        if np.dtype(dtype).kind in "fO":
            return self.copy() if copy else self
        return raw(self).astype(dtype, *arguments, **options)

    def __repr__(self) -> str:
        return repr(approximately(self))

    def __str__(self) -> str:
        return str(approximately(self))

    def __format__(self, how: str) -> str:
        return format(approximately(self), how)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()


def _method(name: str) -> Callable[..., Any]:
    """A method that does what NumPy's function of its name does."""

    def method(self: Traced, *arguments: Any, **options: Any) -> Any:
        return getattr(np, name)(self, *arguments, **options)

    return method


for _name in ("mean", "std", "var", "dot", "clip", "round", "argmax", "argmin"):
    setattr(Traced, _name, _method(_name))


def called(function: Callable[..., Any], arguments: Any, options: Any, numbers: Numbers) -> Any:
    """NumPy's own function, on the objects."""
    if options.get("out") is not None:
        options = {**options, "out": _writable(options["out"], numbers)}
    if _is_float(options.get("dtype")):
        options = {name: value for name, value in options.items() if name != "dtype"}
    return given_back(function(*raw(arguments), **{name: raw(value) for name, value in options.items()}), numbers)


def approximately(array: Traced) -> NDArray[np.float64]:
    """Floats near the elements."""
    return np.array([cell.approximate for cell in array.flat], dtype=np.float64).reshape(array.shape)


def _is_float(dtype: Any) -> bool:
    return dtype is not None and np.dtype(dtype).kind == "f"


def _objects(value: Any) -> Objects:
    made = np.empty((), dtype=object)
    if isinstance(value, Element):
        made[()] = value
        return made
    return np.array(raw(value), dtype=object)


def _element(cell: Any, numbers: Numbers) -> Element:
    cell = cell[()] if isinstance(cell, np.ndarray) and cell.ndim == 0 else cell
    element = numbers.lift(cell)
    if element is None:
        numbers.refuse(f"expected numbers in an array, got {type(cell).__name__}")
    return element


def _read(method: str, inputs: Iterable[Any], numbers: Numbers) -> list[Any]:
    """The arguments of a ufunc's method as elements; what ``at`` and ``reduceat`` take second are indices."""
    indices = 1 if method in ("at", "reduceat") else None
    return [each if place == indices else cells(each, numbers) for place, each in enumerate(inputs)]


def _writable(target: Any, numbers: Numbers) -> Any:
    if isinstance(target, Traced) or (isinstance(target, np.ndarray) and target.dtype.kind in "Ob"):
        return raw(target)
    numbers.refuse(
        f"a result is written into an array of {target.dtype} that was made before the subject ran, or by code that is "
        "not the user's; make it where it is filled"
    )


def _loop(ufunc: np.ufunc, numbers: Numbers) -> tuple[Any, bool]:
    if ufunc.__name__ in MATRIX_PRODUCTS:
        return ufunc, False
    if ufunc.__name__ not in FUNCTIONS:
        numbers.refuse(f"{ufunc.__name__} of a value that depends on the case has no exact meaning here")
    return _made(ufunc.__name__), FUNCTIONS[ufunc.__name__].decides


@cache
def _made(name: str) -> Any:
    function = FUNCTIONS[name]
    return np.frompyfunc(function.value, function.takes, 1, identity=function.identity)
