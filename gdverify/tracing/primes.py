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

BITS = 61  # of the first prime
WINDOW, STEP = 2**13, 12
_SMALL = tuple(sympy.primerange(5, 400))

# Lengths that are used, and about how many chains of each there are, by the conjecture of Hardy and Littlewood, which
# counts of samples bear out. Longer ones take much longer to find.
CHAINS = {3: 5e12, 5: 6e9}


@lru_cache(maxsize=64)
def chains(seed: int, length: int, count: int) -> tuple[tuple[int, ...], ...]:
    """Chains drawn at random, for each place of the chain the primes of all of them."""
    draw = random.Random(seed)
    return tuple(zip(*(_chain(draw, length) for _ in range(count)), strict=True))


def _chain(draw: random.Random, length: int) -> tuple[int, ...]:
    smallest = 2 ** (BITS - length)
    while True:
        # Were the last prime 1 modulo 3, the next one would be a multiple of 3. It is to be 3 modulo 4, as the others
        # are of themselves, so that −1 is no square.
        start = draw.randrange(smallest, 2 * smallest - STEP * WINDOW) // STEP * STEP + STEP - 1
        for last in start + STEP * np.flatnonzero(_sieved(start, length)):
            found = tuple(int(last + 1) * 2**k - 1 for k in reversed(range(length)))
            if all(map(sympy.isprime, reversed(found))):
                return found


def _sieved(start: int, length: int) -> NDArray[np.bool_]:
    """Which of ``start + STEP k`` give no number of a chain a small divisor."""
    kept = np.ones(WINDOW, dtype=bool)
    for prime in _SMALL:
        for k in range(length):
            # (start + STEP j + 1) 2ᵏ = 1 modulo the small prime
            place = (pow(2, -k, prime) - 1 - start) * pow(STEP, -1, prime) % prime
            kept[place::prime] = False
    return kept
