"""Common factors of a sum, in front of it: ``y (dy + s)`` in place of ``y dy + y s``.

The chain rule adds up what a tensor receives, a term for each reader; a person who writes it down takes out what they
share.
"""

from __future__ import annotations

from collections import Counter
from functools import reduce

import sympy

from gdverify.derivation.graph import Definition, in_slots_of, term


def factored(definition: Definition) -> Definition:
    """The definition with its terms that are no sums as one, where all of them have a factor in common."""
    entrywise = [part for part in definition.terms if not part.reduced and not part.moves]
    if len(entrywise) < 2:
        return definition
    operands = tuple(dict.fromkeys(operand for part in entrywise for operand in part.operands))
    bodies = [in_slots_of(part, operands) for part in entrywise]
    shared = reduce(lambda a, b: a & b, map(_factors, bodies))
    common = sympy.Mul(*(base**count for base, count in shared.items()))
    if common == 1:
        return definition
    left = sympy.Add(*(body / common for body in bodies))
    if left.free_symbols < {symbol for body in bodies for symbol in (body / common).free_symbols}:
        # (a − p) − (a − n) would be n − p: of one that is far from both, code that takes it as it is loses more.
        return definition
    whole = term((), common * left, operands)
    return Definition(definition.tensor, (whole, *(part for part in definition.terms if part not in entrywise)))


def _factors(body: sympy.Expr) -> Counter[sympy.Expr]:
    """How often each factor divides a product; numbers are none."""
    found: Counter[sympy.Expr] = Counter()
    for factor in sympy.Mul.make_args(body):
        base, exponent = factor.as_base_exp()
        if exponent.is_Integer and exponent > 0:
            found[base] += int(exponent)
        elif exponent.is_Integer and exponent < 0:
            found[1 / base] -= int(exponent)
        else:
            found[factor] += 1
    return Counter({factor: count for factor, count in found.items() if not factor.is_number})
