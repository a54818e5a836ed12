"""The names that a written file uses: the user's module in it, and what it imports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from gdverify.binding.calling.constructing import Fresh
from gdverify.binding.calling.recording import Recorder
from gdverify.binding.finding.units import Unit
from gdverify.loading import module_name
from gdverify.writing.called import is_place
from gdverify.writing.layout import literal

NUMPY = "import numpy as np"


class Unspellable(Exception):
    """What a binding by hand cannot say; the text is why."""


@dataclass
class Scope:
    """What the text of one binding may refer to.

    Attributes:
        unit: as discovered.
        module: the file or module that it is in, loaded.
        name: what that is called in the text.
        imports: lines that the text needs, in the order in which it asked for them.
    """

    unit: Unit
    module: ModuleType
    name: str
    imports: dict[str, None] = field(default_factory=dict)

    def needs(self, line: str) -> None:
        """Ask for an import."""
        self.imports[line] = None

    def importing(self, line: str, text: str) -> str:
        """A text that needs an import."""
        self.needs(line)
        return text

    def defined(self, value: Any) -> str:
        """A class or function of the user's module; raises Unspellable where it has no name there."""
        name = getattr(value, "__name__", "")
        if getattr(self.module, name, None) is not value:
            raise Unspellable(f"{name or value!r} is no name of {self.unit.file}")
        return f"{self.name}.{name}"

    def value(self, value: Any) -> str:
        """A value that is the same for every case; raises Unspellable for one that has no text."""
        for kind, written in VALUES.items():
            if isinstance(value, kind):
                return written(self, value)
        text = literal(value)
        return self.defined(value) if text is None else text

    @property
    def names(self) -> dict[str, Any]:
        """What the text refers to, by name."""
        found: dict[str, Any] = {}
        exec("\n".join(["import gdverify", *self.imports]), found)
        return {**found, self.name: self.module}


def module_of(place: str) -> ModuleType:
    """The loaded file or module that units were found in."""
    return sys.modules[module_name(Path(place)) if is_place(place) else place]


VALUES: Mapping[type, Callable[[Scope, Any], str]] = {
    Recorder: lambda scope, value: scope.importing(
        "from gdverify.binding.calling.recording import Recorder", "Recorder()"
    ),
    Fresh: lambda scope, value: scope.importing(NUMPY, "np.random.default_rng(0)"),
}
