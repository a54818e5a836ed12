"""The user's own modules beside a file: found first, and loaded although something that they import is not installed.

They run as a whole, as in any import; only an import statement of theirs that reports a missing module is stood in for.
Those of one folder are forgotten when a file of another folder is loaded: both may have a ``layers.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

from gdverify.binding.files import stubs
from gdverify.binding.files.plan import apart
from gdverify.binding.files.source import read

OURS = Path(__file__).resolve().parents[1]
INSTALLED = ("site-packages", "dist-packages")
_known: dict[str, Path] = {}  # module of a user → the folder it was loaded for


@contextmanager
def neighbours(folders: Sequence[Path], stubbed: list[str]) -> Iterator[None]:
    """While a file is loaded: import from its folders first, and from those that it adds to `sys.path`.

    Args:
        folders: the file's folder, and that of its package.
        stubbed: takes the names of modules that are not installed.
    """
    for name in [name for name, folder in _known.items() if folder != folders[0]]:
        sys.modules.pop(name, None)
        del _known[name]
    finder = _Finder(folders, stubbed)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def anchor(folder: Path) -> None:
    """Relative entries of `sys.path` are meant from the folder of the file, not from the one that it runs in."""
    sys.path[:] = [str(folder / entry) if entry and not Path(entry).is_absolute() else entry for entry in sys.path]


class _Finder:
    """Finds modules of the user; leaves every other to those who find them usually."""

    def __init__(self, folders: Sequence[Path], stubbed: list[str]) -> None:
        self.folders, self.stubbed, self.before = folders, stubbed, list(sys.path)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        own = [*map(str, self.folders), *(entry for entry in sys.path if entry not in self.before)]
        spec = PathFinder.find_spec(name, own if path is None else path)
        if spec is None or not spec.origin or not self._is_own(Path(spec.origin), own):
            return None
        spec.loader = _Loader(name, spec.origin, self.stubbed)
        _known[name] = self.folders[0]
        return spec

    def _is_own(self, file: Path, folders: Sequence[str]) -> bool:
        installed = set(INSTALLED) & set(file.parts) or file.is_relative_to(OURS)
        return file.suffix == ".py" and not installed and any(file.is_relative_to(folder) for folder in folders)


class _Loader(SourceFileLoader):
    """Runs a module statement by statement."""

    def __init__(self, name: str, path: str, stubbed: list[str]) -> None:
        super().__init__(name, path)
        self.stubbed = stubbed

    def exec_module(self, module: ModuleType) -> None:
        source = read(self.path)
        for node in apart(source.tree.body):
            stubs.run(node, source.compiled(node), module.__dict__, self.stubbed)
