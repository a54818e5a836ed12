"""Reverse mode over unrolled scalars: every entry of every tensor is one SymPy expression in symbols for others.

No index survives the unrolling, so nothing of the index form of the chain rule is used: each scalar is differentiated
by each symbol in it with SymPy's own ``diff``, functions written out in exp, log, tanh and `Piecewise`, and what
arrives at a symbol is added up from the last scalar to the first. All of it exactly, at a small shape. A peak is
differentiated as the term that it is: that nothing depends on it shows in that the gradients agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, reduce
from itertools import groupby, product

import numpy as np
import sympy

from gdverify.derivation.graph import Definition, Term, slot
from gdverify.derivation.steps import Derivation
from gdverify.notation.functions import FUNCTIONS, select
from gdverify.notation.selectors import Constant
from gdverify.notation.tensors import Tensor
from tests.oracles.exact import Number, added, evaluate, multiplied
from tests.oracles.loops import Sizes, Values, evaluated, holds, positions, size_values

Symbols = dict[Tensor, np.ndarray]


@dataclass(frozen=True)
class Scalar:
    """One entry of a tensor: what it is in terms of other entries.

    Attributes:
        symbol: of the entry.
        form: its expression, with `variable` number k for the k-th operand; entries of a tensor often share it.
        operands: the symbols of the entries that it reads.
    """

    symbol: sympy.Symbol
    form: sympy.Expr
    operands: tuple[sympy.Symbol, ...]

    def value(self, known: Mapping[sympy.Symbol, Number]) -> Number:
        """Its value, given those of its operands."""
        return evaluate(self.form, self._at(known))

    def slope(self, k: int, known: Mapping[sympy.Symbol, Number]) -> Number:
        """Its derivative by the k-th operand."""
        return evaluate(_differentiated(self.form, k), self._at(known))

    def _at(self, known: Mapping[sympy.Symbol, Number]) -> dict[sympy.Symbol, Number]:
        return {variable(k): known[symbol] for k, symbol in enumerate(self.operands)}


@cache
def variable(k: int) -> sympy.Symbol:
    """The symbol of operand number k."""
    return sympy.Dummy(f"v{k}", real=True)


@cache
def _differentiated(form: sympy.Expr, k: int) -> sympy.Expr:
    return form.diff(variable(k))


def adjoints(derivation: Derivation, values: Values, sizes: Sizes) -> Values:
    """The adjoint of every tensor.

    Args:
        derivation: of which only the forward definitions are read.
        values: exact arrays of the declared tensors, and of the upstream gradient where there is one.
        sizes: of each axis.
    """
    symbols, scalars = _scalars(derivation, values, sizes)
    known: dict[sympy.Symbol, Number] = {}
    for tensor in values:
        known |= dict(zip(symbols[tensor].flat, values[tensor].flat, strict=True))
    for scalar in scalars:
        known[scalar.symbol] = scalar.value(known)
    received = _reversed(scalars, known, _seeds(derivation, symbols, values))
    return {tensor: _array(symbols[tensor], lambda s: added(received.get(s, []))) for tensor in symbols}


def second_derivatives(derivation: Derivation, values: Values, sizes: Sizes, tensor: Tensor) -> np.ndarray:
    """``∂²loss/∂y[g]∂y[h]`` in rows g and columns h, by differentiating the loss as one expression, twice.

    Args:
        derivation: of a loss; only its forward definitions are read.
        values: exact arrays of the declared tensors.
        sizes: of each axis.
        tensor: y.
    """
    symbols, scalars = _scalars(derivation, values, sizes)
    known = {s: v for t in values for s, v in zip(symbols[t].flat, values[t].flat, strict=True)}
    whole: dict[sympy.Symbol, sympy.Expr] = {}
    for scalar in scalars:
        read = {variable(k): whole.get(symbol, symbol) for k, symbol in enumerate(scalar.operands)}
        whole[scalar.symbol] = scalar.form.xreplace(read)
    loss, entries = whole[symbols[derivation.result][()]], [*symbols[tensor].flat]
    found = np.empty((len(entries), len(entries)), dtype=object)
    for (i, first), (j, second) in product(enumerate(entries), repeat=2):
        found[i, j] = evaluate(loss.diff(first).diff(second), known)
    return found


def _scalars(derivation: Derivation, values: Values, sizes: Sizes) -> tuple[Symbols, list[Scalar]]:
    """The symbols of every entry, and what each of the computed ones is, in order."""
    symbols = _symbols([*values, *(d.tensor for d in derivation.forward)], sizes)
    # Which is the largest is read off the values: positions are no scalars to differentiate by.
    positions_of = evaluated(derivation.forward, values, sizes)
    scalars = [
        scalar
        for _, group in groupby(derivation.forward, key=lambda definition: definition.loop)
        for scalar in _in_order([*group], symbols, sizes, positions_of)
    ]
    return symbols, scalars


def _symbols(tensors: Iterable[Tensor], sizes: Sizes) -> Symbols:
    made = {}
    for tensor in tensors:
        made[tensor] = np.empty(tuple(sizes[axis.name] for axis in tensor.axes), dtype=object)
        for at in np.ndindex(made[tensor].shape):
            made[tensor][at] = sympy.Dummy("_".join(map(str, (tensor.name, *at))), real=True)
    return made


def _is_position(definition: Definition) -> bool:
    return any(part.reduction == "winner" for part in definition.terms)


def _in_order(group: Sequence[Definition], symbols: Symbols, sizes: Sizes, values: Values) -> list[Scalar]:
    """The scalars of some definitions; of those of a loop, one step after the other."""
    made = [(d, _unrolled(d, symbols, sizes, values)) for d in group if not _is_position(d)]
    loop = group[0].loop
    if loop is None:
        return [scalar for _, scalars in made for scalar in scalars]
    turns = range(sizes[loop.axis.name])
    return [
        scalar
        for step in (reversed(turns) if loop.backwards else turns)
        for d, scalars in made
        for at, scalar in zip(positions(d.tensor.axes, sizes), scalars, strict=True)
        if at[d.tensor.axes.index(loop.axis)] == step
    ]


def _unrolled(definition: Definition, symbols: Symbols, sizes: Sizes, values: Values) -> list[Scalar]:
    made = []
    for at in positions(definition.tensor.axes, sizes):
        read: dict[sympy.Symbol, sympy.Symbol] = {}
        summands = [e for part in definition.terms for e in _summands(part, at, symbols, sizes, read, values)]
        made.append(Scalar(symbols[definition.tensor][at], sympy.Add(*summands), tuple(read)))
    return made


def _summands(
    part: Term,
    free: tuple[int, ...],
    symbols: Symbols,
    sizes: Sizes,
    read: dict[sympy.Symbol, sympy.Symbol],
    values: Values,
) -> list[sympy.Expr]:
    numbers = {symbol: sympy.Integer(int(n)) for symbol, n in size_values(sizes).items()}
    body = written_out(part.body).xreplace(numbers)
    made = []
    for bound in positions(part.reduced, sizes):
        at = (*free, *bound)
        entries: dict[sympy.Symbol, sympy.Expr] = {}
        for k, operand in enumerate(part.operands):
            if isinstance(operand.tensor, Constant):
                held = holds(operand.tensor, tuple(at[place] for place in operand.places), values, sizes)
                entries[slot(k)] = sympy.Integer(int(held))
        if 0 in entries.values() and part.moves:
            continue  # what is not read is no operand: it may be of a step that is not known yet
        for k, operand in enumerate(part.operands):
            if isinstance(operand.tensor, Constant):
                continue
            symbol = symbols[operand.tensor][tuple(at[place] for place in operand.places)]
            entries[slot(k)] = read.setdefault(symbol, variable(len(read)))
        made.append(body.xreplace(entries))
    return [reduce(_larger, made)] if part.reduction == "peak" else made


def _larger(a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    return sympy.Piecewise((a, a >= b), (b, True))


def _seeds(derivation: Derivation, symbols: Symbols, values: Values) -> dict[sympy.Symbol, Number]:
    result = symbols[derivation.result]
    if derivation.upstream is None:
        return dict.fromkeys(result.flat, Fraction(1))
    return dict(zip(result.flat, values[derivation.upstream].flat, strict=True))


def _reversed(
    scalars: list[Scalar], known: Mapping[sympy.Symbol, Number], seeds: Mapping[sympy.Symbol, Number]
) -> dict[sympy.Symbol, list[Number]]:
    received: dict[sympy.Symbol, list[Number]] = {symbol: [seed] for symbol, seed in seeds.items()}
    for scalar in reversed(scalars):
        arrived = added(received.get(scalar.symbol, []))
        for k, symbol in enumerate(scalar.operands):
            received.setdefault(symbol, []).append(multiplied([arrived, scalar.slope(k, known)]))
    return received


def _array(symbols: np.ndarray, number: Callable[[sympy.Symbol], Number]) -> np.ndarray:
    made = np.empty(symbols.shape, dtype=object)
    for at in np.ndindex(symbols.shape):
        made[at] = number(symbols[at])
    return made


# A kink at which neither branch's derivative is the convention: |·|'(0) = 0.
_CONVENTIONS: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {
    "absolute": lambda z: sympy.Piecewise((z, z > 0), (-z, z < 0), (0, True)),
}


@cache
def written_out(expression: sympy.Expr) -> sympy.Expr:
    """The expression in what SymPy itself differentiates: exp, log, tanh, powers and `Piecewise`."""
    if not expression.args:
        return expression
    if isinstance(expression, select):
        condition, first, second = expression.args
        return sympy.Piecewise(
            (written_out(first), condition.func(*map(written_out, condition.args))), (written_out(second), True)
        )
    arguments = [written_out(argument) for argument in expression.args]
    name = type(expression).__name__
    if name in _CONVENTIONS:
        return _CONVENTIONS[name](*arguments)
    if isinstance(expression, sympy.erf):
        return expression.func(*arguments)
    if name in FUNCTIONS:
        return written_out(FUNCTIONS[name].value(*arguments))
    return expression.func(*arguments)
