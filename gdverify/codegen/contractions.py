"""The letters of a tensor product, for what is written for an einsum."""

from __future__ import annotations

from string import ascii_lowercase


def spec_of(axes: tuple[tuple[int, ...], tuple[int, ...]], ranks: tuple[int, int]) -> str:
    """What an einsum is told for ``np.tensordot(a, b, axes)`` of arrays with so many axes: ``ab,cb->ac``."""
    first = [*ascii_lowercase[: ranks[0]]]
    second = [*ascii_lowercase[ranks[0] : sum(ranks)]]
    for mine, theirs in zip(*axes, strict=True):
        second[theirs] = first[mine]
    kept = [letter for letter in (*first, *second) if not (letter in first and letter in second)]
    return f"{''.join(first)},{''.join(second)}->{''.join(kept)}"
