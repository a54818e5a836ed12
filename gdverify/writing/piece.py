"""What stands in a written file for each thing that was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gdverify.writing.layout import Written

BIND, FOUND = "gdverify.bind", "gdverify.found"


@dataclass(frozen=True)
class Piece:
    """One thing that was found, or a question about it.

    Attributes:
        title: as the report calls it, ``net.py:Linear``.
        name: of its subject in the file, and behind ``test_`` of its test.
        imports: lines that its text needs.
        definition: of the function that makes the calls, or empty.
        function: what makes its subject: ``gdverify.bind``, ``gdverify.found``; empty for what the user's file makes.
        arguments: of that.
        remark: what is to be known beside it: what cannot be spelled, and why; or the question.
        marked: what the user's file calls its subject; empty, as function is, for what is no test.
    """

    title: str
    name: str = ""
    imports: tuple[str, ...] = ()
    definition: str = ""
    function: str = ""
    arguments: Mapping[str, Written] = field(default_factory=dict)
    remark: str = ""
    marked: str = ""

    def renamed(self, name: str) -> Piece:
        """The same under another name, and so the function that makes its calls."""
        if not self.definition:
            return replace(self, name=name)
        old, new = f"run_{self.name}", f"run_{name}"
        arguments = {**self.arguments, "run": new}
        return replace(self, name=name, definition=self.definition.replace(old, new, 1), arguments=arguments)

    @property
    def uses_module(self) -> bool:
        """Whether its text speaks of the user's module."""
        return bool(self.marked or self.definition or self.function == BIND)

    @property
    def is_test(self) -> bool:
        """Whether there is something to check."""
        return bool(self.function or self.marked)
