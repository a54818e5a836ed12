"""What things are called in a written file: the user's modules, and what was found in them."""

from __future__ import annotations

import builtins
import keyword
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gdverify.loading import is_file

# What written files import, and what Python has.
TAKEN = {"gdverify", "np", "torch", "jnp", "families", "objectives", "find", "find_operation", "product_of", "under"}
TAKEN |= {"of_torch", "of_jax", "of_autograd", "with_labels", "c", *dir(builtins)}
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|\W+")


@dataclass(frozen=True)
class Called:
    """What a target is called.

    Attributes:
        place: the file or module as it was given.
        path: the file as seen from the written one; or the module.
        module: what the text calls it.
        alone: whether it is the only target.
        taken: names of things that another thing in the target would have as well.
    """

    place: str
    path: str
    module: str
    alone: bool = True

    def title(self, label: str) -> str:
        """As the report calls a thing: ``net.py:Linear``."""
        return f"{Path(self.place).name if is_place(self.place) else self.place}:{label}"

    def thing(self, label: str) -> str:
        """What the subject of a thing is called."""
        name = identifier(label)
        taken = name in TAKEN or keyword.iskeyword(name) or name == self.module
        return f"{self.module}_{name}" if taken or not self.alone else name


def is_place(place: str) -> bool:
    """Whether a target is a file, and not a module's name; wherever the program is."""
    return is_file(place) or place.endswith(".ipynb")


def identifier(text: str) -> str:
    """``Layer_Dense`` is ``layer_dense``, ``Dense(activation=tanh)`` is ``dense_activation_tanh``."""
    return re.sub("_+", "_", WORDS.sub("_", text)).strip("_").lower()


def called(places: Sequence[str], folder: Path) -> list[Called]:
    """What targets are called in a file of a folder; those that would be called alike are numbered.

    Args:
        places: the files and modules as they were given.
        folder: of the written file.
    """
    each = list(dict.fromkeys(places))
    names = numbered(identifier(Path(place).stem if is_place(place) else place.rpartition(".")[2]) for place in each)
    made = {
        one: Called(one, _seen_from(one, folder), name, len(each) == 1) for one, name in zip(each, names, strict=True)
    }
    return [made[place] for place in places]


def numbered(names: Iterable[str]) -> list[str]:
    """The names, each later one of those that are alike with a number behind it; none is a word of Python."""
    found: list[str] = []
    for name in names:
        free = f"{name}_" if name in TAKEN or keyword.iskeyword(name) or not name.isidentifier() else name
        free = free if free.isidentifier() else f"code_{free}".rstrip("_")
        others = [f"{free}_{number}" for number in range(2, len(found) + 3)]
        found.append(next(one for one in [free, *others] if one not in found))
    return found


def _seen_from(place: str, folder: Path) -> str:
    return Path(os.path.relpath(Path(place).resolve(), folder.resolve())).as_posix() if is_place(place) else place
