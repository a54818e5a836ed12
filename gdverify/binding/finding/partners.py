"""Which function a backward function belongs to, by the words of their names and by their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gdverify.binding.finding import syntax
from gdverify.binding.finding.candidates import Candidate
from gdverify.binding.finding.vocabulary import BACKWARD, DERIVATIVE, FILLERS, FORWARD, LOSS, UPDATE, without, words


@dataclass(frozen=True)
class Partner:
    """The function that another is the gradient of.

    Attributes:
        name: its name.
        role: ``loss`` where it is called one, else ``forward``.
        others: further roles of a network that is written as functions.
    """

    name: str
    role: str
    others: Mapping[str, str] = field(default_factory=dict)


def partner(one: Candidate, markers: frozenset[str]) -> Partner | None:
    """The function of the same file that ``one`` is the gradient of, where one of some words says that it is one."""
    stem = _stem(one, markers)
    if stem is None:
        return None
    values = [name for name in one.around.functions if name != one.name and not _is_gradient(name, one)]
    found = _closest(one, stem, values, markers)
    if found is None:
        return None
    role = "loss" if LOSS & set(words(found)) else "forward"
    others = {} if stem else {other: name for other, name in _network(found, values) if other != role}
    return Partner(found, role, others)


def _stem(one: Candidate, markers: frozenset[str]) -> tuple[str, ...] | None:
    """The words of a name without the one that says gradient; None where no word does."""
    name = words(one.name)
    if markers & set(name):
        return without(name, markers, FILLERS)
    if "d" in markers and name and name[0].startswith("d") and _spelled(one, name):
        return (name[0][1:], *name[1:])
    return None


def _spelled(one: Candidate, name: tuple[str, ...]) -> bool:
    """``dsigmoid`` beside ``sigmoid``, ``df`` beside ``f``."""
    return "".join((name[0][1:], *name[1:])) in {"".join(words(other)) for other in one.around.functions}


def _is_gradient(name: str, one: Candidate) -> bool:
    of = words(name)
    return bool((BACKWARD | DERIVATIVE) & set(of)) or (of[:1] != () and of[0].startswith("d") and _spelled(one, of))


def _closest(one: Candidate, stem: tuple[str, ...], values: list[str], markers: frozenset[str]) -> str | None:
    """The value whose name agrees best; among equals one with the same parameters, then the one defined first."""
    for agreeing in _agreements(stem, values, markers):
        if agreeing:
            return min(agreeing, key=lambda name: _parameters(one, name) != one.parameters)
    losses = [n for n in values if without(words(n), LOSS, FILLERS) == () and _parameters(one, n) == one.parameters]
    return losses[0] if losses else None


def _agreements(stem: tuple[str, ...], values: list[str], markers: frozenset[str]) -> Iterator[list[str]]:
    named = {name: words(name) for name in values}
    bare = {name: without(of, FILLERS) for name, of in named.items()}
    if not stem:  # `backward` belongs to `forward`, `gradient` to `loss` or to `f`
        for kinds in (FORWARD, LOSS)[:: 1 if markers is BACKWARD else -1]:
            yield [n for n, of in bare.items() if of and not without(of, kinds)]
        yield [n for n in values if n in ("f", "g", "h")]
        return
    yield [n for n, of in bare.items() if stem in (of, without(of, FORWARD), without(of, LOSS)) or stem == named[n]]
    yield [n for n, of in bare.items() if "".join(of) == "".join(stem)]
    for length in reversed(range(1, len(stem))):  # `tanh_backward_old` belongs to `tanh`
        yield [n for n, of in bare.items() if without(of, FORWARD) in (stem[:length], stem[-length:])]
    if markers is BACKWARD:  # `backward_propagation_of_mine` belongs to `forward_propagation`
        yield [n for n, of in bare.items() if of and not without(of, FORWARD)]


def _network(forward: str, values: list[str]) -> Iterator[tuple[str, str]]:
    """The loss and the update of a network whose passes are called just ``forward`` and ``backward``."""
    for role, kinds in (("loss", LOSS), ("update", UPDATE)):
        named = [n for n in values if n != forward and kinds & set(words(n))]
        if named:
            yield role, named[0]


def _parameters(one: Candidate, name: str) -> tuple[str, ...]:
    node = one.around.function(name)
    return () if node is None else syntax.parameters(node)
