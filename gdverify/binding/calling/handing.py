"""What the arguments of a unit are handed over as: what its code computes with.

Code that speaks of torch is given tensors, code that speaks of jax its arrays, and all else arrays of NumPy. Where
the code itself names no package, those that its file has at hand decide; where that is none, and the code goes through
its arguments one by one, it is given Python's own numbers and lists.
"""

from __future__ import annotations

import dis
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from gdverify.binding.calling.carriers import Carrier, called
from gdverify.binding.files.plan import all_reads

# The package that is named decides, the first of these where there are several.
PACKAGES = {"torch": "tensor", "jax": "jax array", "numpy": "array", "autograd": "array", "scipy": "array"}
# At hand is NumPy in most files, also beside another package; only where it is not, the other one is meant.
ONE_BY_ONE = {"len", "zip", "enumerate", "range", "map", "sum", "math"}  # in code for Python's own lists
AT_HAND = ("numpy", "autograd", "scipy", "torch", "jax")


def handed(objects: Iterable[Any]) -> Carrier:
    """What the arguments of some classes and functions are handed over as."""
    given = [*objects]
    functions = [function for one in given for function in _functions(one)]
    used = {package for function in functions for package in _packages(function, set())}
    used |= {_package(base) for one in given if isinstance(one, type) for base in one.__mro__}
    hand = {_package(value) for function in functions for value in function.__globals__.values()}
    named = [package for package in PACKAGES if package in used] or [one for one in AT_HAND if one in hand]
    return called(PACKAGES[named[0]] if named else "list" if any(map(_goes_one_by_one, functions)) else "array")


def _goes_one_by_one(function: FunctionType) -> bool:
    """Whether a function takes apart what it is given; operators alone are as well those of arrays."""
    loops = any(one.opname == "GET_ITER" for one in dis.get_instructions(function))
    return loops or bool(all_reads(function.__code__) & ONE_BY_ONE)


def _functions(value: Any) -> Iterator[FunctionType]:
    """A function, or the methods of a class and of what it is derived from, but for what packages define."""
    if not isinstance(value, type):
        value = getattr(value, "__wrapped__", value)
        yield from [value] if isinstance(value, FunctionType) else []
        return
    for cls in value.__mro__:
        methods = (getattr(one, "__func__", one) for one in vars(cls).values())
        yield from (one for one in methods if isinstance(one, FunctionType) and one.__module__ == value.__module__)


def _packages(function: FunctionType, seen: set[CodeType]) -> Iterator[str]:
    """The packages that a function uses, and that the functions of its module which it calls use."""
    seen.add(function.__code__)
    for name in sorted(all_reads(function.__code__)):
        value = function.__globals__.get(name)
        yield _package(value)
        for other in _functions(value):
            if other.__globals__ is function.__globals__ and other.__code__ not in seen:
                yield from _packages(other, seen)


def _package(value: Any) -> str:
    """The package that a module, class, function or object belongs to."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return (name if isinstance(name, str) else type(value).__module__).partition(".")[0]
