"""Random chains of primes p₀ = 2 p₁ + 1, p₁ = 2 p₂ + 1, …: a safe prime, the safe prime inside it, and so on.

In the residues modulo p_k the squares other than 0 are a group of order p_{k+1}, so that residues modulo p_{k+1} can
be exponents there.
"""

from __future__ import annotations

import random
from functools import lru_cache

import numpy as np
import sympy
from numpy.typing import NDArray

LENGTH = 3
BITS = 61  # of the first prime
WINDOW = 2**13
_SMALL = tuple(sympy.primerange(5, 400))

# About how many chains there are, by the conjecture of Hardy and Littlewood, which counts of samples bear out.
CHAINS = 1.1e13


@lru_cache(maxsize=64)
def chains(seed: int, count: int) -> tuple[tuple[int, ...], ...]:
    """Chains drawn at random, for each place of the chain the primes of all of them."""
    draw = random.Random(seed)
    return tuple(zip(*(_chain(draw) for _ in range(count)), strict=True))


def _chain(draw: random.Random) -> tuple[int, ...]:
    while True:
        # The last prime is 5 modulo 6: were it 1 modulo 3, the next one would be a multiple of 3.
        start = draw.randrange(2 ** (BITS - LENGTH), 2 ** (BITS - LENGTH + 1) - 6 * WINDOW) // 6 * 6 + 5
        for last in start + 6 * np.flatnonzero(_sieved(start)):
            found = tuple(int(last + 1) * 2**k - 1 for k in reversed(range(LENGTH)))
            if all(map(sympy.isprime, reversed(found))):
                return found


def _sieved(start: int) -> NDArray[np.bool_]:
    """Which of ``start + 6 k`` give no number of a chain a small divisor."""
    kept = np.ones(WINDOW, dtype=bool)
    for prime in _SMALL:
        for k in range(LENGTH):
            # (start + 6 j + 1) 2ᵏ = 1 modulo the small prime
            place = (pow(2, -k, prime) - 1 - start) * pow(6, -1, prime) % prime
            kept[place::prime] = False
    return kept
