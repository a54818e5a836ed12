"""The text of a written file: why it is there, its imports, and for each thing found a binding and a test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gdverify.writing.called import Called, numbered
from gdverify.writing.layout import INDENT, Written, call, comment, docstring, quoted, statement
from gdverify.writing.piece import BIND, Piece

WHY = (
    "Gradients of {places}: each binding says where the numbers of the code are, each test checks them.\n\n"
    "Written by `{command}`, from what was found. Now it is yours: edit it."
)

DEFINITIONS = "# What the code defines; what else it does when it is run, such as training, is left out."
PYTHON = ("types",)  # modules of Python that written files import


@dataclass(frozen=True)
class Block:
    """Some lines, and whether they are a function."""

    text: str
    is_function: bool


def document(targets: Sequence[tuple[Called, Sequence[Piece]]], command: str, asked: dict[str, int]) -> str:
    """The file.

    Args:
        targets: what each is called, and its pieces.
        command: that wrote it.
        asked: examples and seed, where they are not those by default.
    """
    # A thing that two targets name is there once.
    each = [*{(called.path, piece.title): piece for called, pieces in targets for piece in pieces}.values()]
    every = [piece.renamed(name) for piece, name in zip(each, numbered(piece.name for piece in each), strict=True)]
    places = ", ".join(dict.fromkeys(called.path for called, _ in targets))
    used = [one for one, pieces in targets if any(piece.uses_module for piece in pieces)]
    blocks = [block for piece in every for block in _blocks(piece, asked)]
    parts = [docstring(WHY.format(places=places, command=command)), _imports(every), _definitions(used)]
    return "\n".join(filter(None, parts)) + "".join(_joined(blocks))


def _imports(pieces: Sequence[Piece]) -> str:
    """Modules of Python, then all others; of each whole modules first."""
    lines = {line for piece in pieces for line in piece.imports}
    lines |= {"import gdverify" for piece in pieces if piece.is_test}
    whole = sorted(line for line in lines if line.startswith("import"))
    parts: dict[str, list[str]] = {}
    for line in sorted(lines - {*whole}):
        module, _, names = line.removeprefix("from ").partition(" import ")
        parts.setdefault(module, []).extend(names.split(", "))
    merged = [f"from {module} import {', '.join(sorted({*names}))}" for module, names in parts.items()]
    groups = [[line for line in [*whole, *merged] if (line.split()[1] in PYTHON) == own] for own in (True, False)]
    return "\n".join("".join(f"{line}\n" for line in group) for group in groups if group)


def _definitions(used: Sequence[Called]) -> str:
    lines = [f"{one.module} = gdverify.definitions({quoted(one.path)})\n" for one in dict.fromkeys(used)]
    return "".join([f"{DEFINITIONS}\n", *lines]) if lines else ""


def _blocks(piece: Piece, asked: dict[str, int]) -> Iterator[Block]:
    """What stands in the file for one piece, a comment in front of it."""
    remark = comment("\n".join(filter(None, [piece.title, piece.remark])))
    texts = [Block(piece.definition, True)] if piece.definition else []
    texts += [Block(f"{_subject(piece)}\n", False)] if piece.function else []
    if piece.is_test:
        words = [piece.marked or piece.name, *(f"{name}={value}" for name, value in asked.items())]
        texts.append(Block(f"def test_{piece.name}():\n{statement('', 'gdverify.check', words)}\n", True))
    first, *others = texts or [Block("", False)]
    yield replace(first, text=remark + first.text)
    yield from others


def _joined(blocks: Iterable[Block]) -> Iterator[str]:
    """The blocks, two blank lines around each function, and one between all others."""
    after_function = False
    for block in blocks:
        yield "\n" * (2 if after_function or block.is_function else 1) + block.text
        after_function = block.is_function


def _subject(piece: Piece) -> str:
    head = f"{piece.name} = {piece.function}"
    if piece.function == BIND:
        return call(head, piece.arguments)
    words = [_word(name, value) for name, value in piece.arguments.items()]
    return statement(f"{piece.name} = ", piece.function, words).removeprefix(INDENT).replace(f"\n{INDENT}", "\n")


def _word(name: str, value: Written) -> str:
    return f"{name}={value}" if name else str(value)
