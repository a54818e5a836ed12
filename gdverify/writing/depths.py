"""Places of a network's layers at every depth as one rule: ``W{k}`` is ``weights[k - 1]``.

At each depth the network was bound by itself. A number in the places of its k-th layers that is the same affine
function of k at every depth is written so; one that counts from the end is written as a negative index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from gdverify.writing.scope import Unspellable

NUMBER = re.compile(r"(?<=\[)-?\d+(?=\])|'([A-Za-z_]*)(\d+)([A-Za-z_]*)'")
LAYER = re.compile(r"([A-Za-z_]+)(\d+)")


@dataclass(frozen=True)
class At:
    """A place of the k-th of so many layers."""

    k: int
    layers: int
    place: str


def unified(by_depth: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
    """The places that hold for every depth, by name and by ``W{k}``; raises Unspellable where there is no rule.

    Args:
        by_depth: the places by tensor, for each number of hidden layers.
    """
    if len(by_depth) == 1:
        return dict(next(iter(by_depth.values())))
    found: dict[str, list[At]] = {}
    for depth, places in by_depth.items():
        for name, place in places.items():
            layer = LAYER.fullmatch(name)
            key, k = (f"{layer[1]}{{k}}", int(layer[2])) if layer else (name, 1)
            found.setdefault(key, []).append(At(k, depth + 1, place))
    return {key: _rule(key, every) for key, every in found.items()}


def same(texts: Iterable[str]) -> str:
    """The text that is the same at every depth; raises Unspellable for others."""
    every = list(dict.fromkeys(texts))
    if len(every) > 1:
        raise Unspellable(f"at different depths it is called differently: {every[0]}; {every[1]}")
    return every[0]


def _rule(name: str, every: list[At]) -> str:
    shapes = {NUMBER.sub(_blank, one.place) for one in every}
    if len(shapes) > 1:
        raise Unspellable(f"the places of {name} follow no rule: {', '.join(one.place for one in every[:3])}")
    numbers = [[_number(match) for match in NUMBER.finditer(one.place)] for one in every]
    rules = [_affine(name, every, [row[position] for row in numbers]) for position in range(len(numbers[0]))]
    remaining = iter(rules)
    return NUMBER.sub(lambda match: _filled(match, next(remaining)), every[-1].place)


def _blank(match: re.Match[str]) -> str:
    return f"'{match[1]}#{match[3]}'" if match[2] else "#"


def _number(match: re.Match[str]) -> int:
    return int(match[2] or match[0])


def _filled(match: re.Match[str], rule: str) -> str:
    if not match[2]:
        return rule
    return match[0] if rule == match[2] else f"f'{match[1]}{{{rule}}}{match[3]}'"


def _affine(name: str, every: list[At], numbers: list[int]) -> str:
    """The number as a function of k: counted from the beginning, or from the end of a list with one or two a layer."""
    for per_layer in (0, 1, 2):
        points = {(one.k, number - per_layer * one.layers) for one, number in zip(every, numbers, strict=True)}
        line = _line(points)
        if line is not None:
            slope, start = line
            return _text(slope, start)
    raise Unspellable(f"the places of {name} follow no rule: {', '.join(one.place for one in every[:3])}")


def _line(points: set[tuple[int, int]]) -> tuple[int, int] | None:
    """Slope and intercept of the line through all points, where those are whole numbers."""
    (k, first), *others = sorted(points)
    further = [(other, number) for other, number in others if other != k]
    slope = Fraction(further[0][1] - first, further[0][0] - k) if further else Fraction(0)
    start = first - slope * k
    fits = all(slope * other + start == number for other, number in points)
    return (int(slope), int(start)) if fits and slope.denominator == 1 else None


def _text(slope: int, start: int) -> str:
    if not slope:
        return str(start)
    ahead = {1: "k", -1: "-k"}.get(slope, f"{slope} * k")
    return ahead if not start else f"{ahead} {'+' if start > 0 else '-'} {abs(start)}"
