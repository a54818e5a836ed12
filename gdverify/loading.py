"""Load a user's file or module by the target ``FILE_OR_MODULE[:NAME]``; nothing is ever evaluated from text."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from gdverify.errors import GdverifyError, described, innermost_line


class LoadError(GdverifyError):
    """A target that could not be loaded."""


def split(target: str) -> tuple[str, str | None]:
    """``net.py:Network`` is the file ``net.py`` and the name ``Network``."""
    place, colon, name = target.rpartition(":")
    return (place, name) if colon and name.isidentifier() and place else (target, None)


def is_file(place: str) -> bool:
    """Whether the place is meant as a file, and not as a module's dotted name."""
    return place.endswith(".py") or "/" in place or Path(place).exists()


def load(place: str) -> ModuleType:
    """Import a file or a module.

    Raises:
        LoadError: it does not exist, or raises while it is imported; the message names the line.
    """
    return _load_file(Path(place)) if is_file(place) else _load_module(place)


def _load_file(path: Path) -> ModuleType:
    check_file(path)
    name = module_name(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise LoadError(f"{path}: is not a Python file; expected a name that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    make_importable(path.resolve().parent)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise LoadError(f"{where(error, path)}: while importing: {described(error)}") from error
    return module


def check_file(path: Path) -> None:
    """Raise LoadError for what is no file."""
    if not path.exists():
        raise LoadError(f"{path}: no such file; expected a Python file, or a module that can be imported.")
    if path.is_dir():
        raise LoadError(f"{path}: is a directory; expected a Python file, for example {path / 'net.py'}.")


def module_name(path: Path) -> str:
    """The name in `sys.modules` of the module that a user's file becomes."""
    return f"gdverify_user_{path.stem}"


def package_of(path: Path) -> tuple[str, Path]:
    """The dotted package that a file is part of, empty for none, and the folder it can be imported from."""
    names: list[str] = []
    folder = path.resolve().parent
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    return ".".join(names), folder


def make_importable(folder: Path) -> None:
    """As when Python runs a file of the folder: it may import its neighbours."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _load_module(name: str) -> ModuleType:
    make_importable(Path.cwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            raise LoadError(
                f"{name}: no such module, and no such file; expected FILE.py[:NAME] or MODULE[:NAME]."
            ) from error
        raise LoadError(f"{name}: while importing: {described(error)}") from error
    except (Exception, SystemExit) as error:
        raise LoadError(f"{name}: while importing: {described(error)}") from error


def where(error: BaseException, path: Path) -> str:
    """``file:line`` of the innermost frame in the user's file."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).resolve() == path.resolve():
        return f"{path}:{error.lineno}"
    line = innermost_line(error, str(path.resolve()))
    return f"{path}:{line}" if line else str(path)
