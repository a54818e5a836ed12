"""Which modules are the user's, and what stands in their globals while their code is traced.

The user's are the module of the subject and every module that it reaches through its globals, as long as that one is
neither of the standard library nor installed nor of gdverify. Only their globals are exchanged, and put back: what
other modules mean by ``np`` is left alone.
"""

from __future__ import annotations

import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import cache, partial
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

OWN = "gdverify"
DOCUMENTED = "gdverify.documented"  # what gdverify audits, and no part of what audits
LARGEST = 1000  # a longer list among the globals is data

Globals = dict[str, Any]
_NOTHING = object()
Exchange = Callable[[Any], Any]


def reached(subject: Any) -> list[Globals]:
    """The globals of the user's modules; found from a function, a partial, a method or a callable object."""
    home = _home(subject)
    found: dict[int, Globals] = {}
    seen: set[int] = set()
    waiting = deque([subject])
    while waiting:
        value = waiting.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        module = _globals_of(value)
        if module is not None and id(module) not in found and _is_users(module, home):
            found[id(module)] = module
            waiting += module.values()
        waiting += _parts(value)
    return list(found.values())


@contextmanager
def exchanged(modules: Iterable[Globals], exchange: Exchange, builtins: Globals | None = None) -> Iterator[None]:
    """Exchange what the globals of modules are bound to; put back whatever happens.

    What the user's code binds anew meanwhile is its own, and stays.

    Args:
        modules: their globals.
        exchange: from a value to what stands for it.
        builtins: what stands for builtins, by name, where a module has no global of that name.
    """
    before: list[tuple[Globals, str, Any, Any]] = []
    try:
        for module in modules:
            for name, made in (builtins or {}).items():
                if name not in module:
                    before.append((module, name, _NOTHING, made))
                    module[name] = made
            for name, value in list(module.items()):
                made = exchange(value)
                if made is not value:
                    before.append((module, name, value, made))
                    module[name] = made
        yield
    finally:
        for module, name, value, made in before:
            if module.get(name) is made and value is _NOTHING:
                del module[name]
            elif module.get(name) is made:
                module[name] = value


def _home(subject: Any) -> str:
    """The package that the subject lives in, which is the user's wherever it is installed."""
    while isinstance(subject, (partial, MethodType)):
        subject = subject.func if isinstance(subject, partial) else subject.__func__
    module = _globals_of(subject) or _globals_of(type(subject))
    return "" if module is None else _package(module)


def _globals_of(value: Any) -> Globals | None:
    """The globals in which a function, a class or a module lives."""
    if isinstance(value, FunctionType):
        return value.__globals__
    if isinstance(value, ModuleType):
        return vars(value)
    if isinstance(value, type):
        module = sys.modules.get(value.__module__)
        return None if module is None else vars(module)
    return None


def _parts(value: Any) -> Iterable[Any]:
    """What a value is made of, where that may be the user's code."""
    if isinstance(value, partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, FunctionType):
        return [*_contents(value), *(value.__defaults__ or ()), *_wrapped(value)]
    if isinstance(value, type):  # one that code made may be in no module
        return [each for each in vars(value).values() if isinstance(each, FunctionType)]
    if isinstance(value, (list, tuple, dict)):
        held = value.values() if isinstance(value, dict) else value
        return held if len(value) <= LARGEST else ()
    if is_dataclass(value) and not isinstance(value, type):  # a binding holds the user's functions and classes
        return [type(value), *vars(value).values()]
    return () if isinstance(value, ModuleType) else (type(value),)


def _contents(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not bound yet
            continue


def _wrapped(function: FunctionType) -> list[Any]:
    return [function.__wrapped__] if hasattr(function, "__wrapped__") else []


def _package(module: Globals) -> str:
    return str(module.get("__name__", "")).partition(".")[0]


def _is_users(module: Globals, home: str) -> bool:
    name = str(module.get("__name__", ""))
    if name == DOCUMENTED or name.startswith(f"{DOCUMENTED}."):
        return True
    package = _package(module)
    if package == OWN or package in sys.stdlib_module_names:
        return name == "__main__"
    return package == home or not _is_installed(module)


def _is_installed(module: Globals) -> bool:
    file = module.get("__file__")
    return file is not None and _lies_among_installed(str(file))


@cache  # every class and function that is met asks, of its module
def _lies_among_installed(file: str) -> bool:
    return not _installed_in().isdisjoint(Path(file).resolve().parents)


@cache
def _installed_in() -> frozenset[Path]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return frozenset(Path(sysconfig.get_path(name)).resolve() for name in names)
