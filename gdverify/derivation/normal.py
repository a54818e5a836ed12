"""From an equation to its normal form.

A sum inside a nonlinear expression becomes a definition of its own; so does an application of a function whose
derivative mentions its value (``σ' = σ (1 − σ)``), because the backward pass will need that value again. Equal
definitions are shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import sympy

from gdverify.derivation.graph import Definition, Reference, Slopes, Term, slot, term
from gdverify.derivation.reading import alike, are_alike, at_once, in_line, subscripted
from gdverify.notation.axes import Index, fresh
from gdverify.notation.normalising import Normalised
from gdverify.notation.operation import Operation
from gdverify.notation.reductions import Largest, Reduction, Total, Whole, free_indices
from gdverify.notation.selectors import Selector, at, selector
from gdverify.notation.tensors import Entry, Tensor


@dataclass(frozen=True)
class Template:
    """The definitions of one operation over formal tensors, the result last."""

    operands: tuple[Tensor, ...]
    definitions: tuple[Definition, ...]


@lru_cache(maxsize=4096)
def template(operation: Operation, rank: int) -> Template:
    """The normal form of an operation for a number of leading axes."""
    equation = operation.equation(rank)
    normal = _Normaliser(operation.symbol, equation.indices)
    result = Tensor(operation.symbol, [index.axis for index in equation.indices])
    made = normal.definition(result, equation.expression, equation.indices)
    return Template(equation.operands, (*normal.definitions, made))


class _Normaliser:
    """Collects the definitions that an expression needs on the way."""

    def __init__(self, symbol: str, free: Sequence[Index]) -> None:
        self.symbol = symbol
        self.free = free
        self.definitions: list[Definition] = []
        self._entries: dict[sympy.Expr, Entry] = {}

    def definition(self, tensor: Tensor, expression: sympy.Expr, free: Sequence[Index]) -> Definition:
        """A tensor with what it is, and what is differentiated."""
        terms = self.terms(expression, free)
        return Definition(tensor, terms, slopes=self._slopes(tensor[tuple(free)], expression, free))

    def _slopes(self, own: Entry, expression: sympy.Expr, free: Sequence[Index]) -> Slopes | None:
        """Of what is differentiated as a whole."""
        if not isinstance(expression, Normalised):
            return None
        by = [self._lifted(changing, alone=False) for changing in expression.by]
        others = {index: fresh(index.axis) for index in expression.over}
        changes = expression.changes(own, by, others, partial(self._lifted, alone=False))
        terms = (_term(body, free, [*others.values()] if is_sum else ()) for body, is_sum in changes)
        return Slopes(tuple(terms), tuple(entry.tensor for entry in by))

    def terms(self, expression: sympy.Expr, free: Sequence[Index]) -> tuple[Term, ...]:
        """The terms of a definition with the given free indices."""
        if isinstance(expression, Whole):
            return self.terms(expression.args[0], free)
        if isinstance(expression, Largest):
            return self._largest(expression, free)
        if isinstance(expression, Entry) and not expression.is_plain:
            body, reads, _ = self._moving(expression)
            return (_term(body, free, reads),)
        if isinstance(expression, Reduction) and not isinstance(expression, Total):
            return (_term(self._lifted(expression.body, alone=False), free, expression.over, expression.kind),)
        sums, rest = _split(expression)
        moving, rest = _moving_addends(rest)
        alone = not sums and not moving
        flat = [_flattened(coefficient, part) for coefficient, part in sums]
        bodies = [(self._lifted(coefficient * s.body, alone=False), s.over) for coefficient, s in flat]
        made = [_term(self._moved_alone(body), free, over) for body, over in bodies]
        for addend in moving:
            made += self.terms(addend, free) if isinstance(addend, Entry) else [self._placed(addend, free)]
        if rest != 0:
            made.append(_term(self._lifted(rest, alone=alone), free, ()))
        return tuple(made)

    def _placed(self, product: sympy.Expr, free: Sequence[Index]) -> Term:
        return _term(self._moved_alone(self._lifted(product, alone=False)), free, ())

    def _moved_alone(self, body: sympy.Expr) -> sympy.Expr:
        """Beside selectors one entry: what is moved along an axis, or alike along several, is computed before."""
        found = (entry for entry in body.atoms(Entry) if isinstance(entry.tensor, Selector))
        chosen = sorted(found, key=lambda entry: entry.dummy_index)
        if not chosen:
            return body
        if len(chosen) > 1 and not are_alike(chosen):
            chosen = chosen[:1]
        brackets = sympy.Mul(*chosen)
        scale, rest = (body / brackets).as_independent(Entry, Reduction, as_Add=False)
        return scale * brackets * (rest if isinstance(rest, Entry) else self._entry(rest))

    def _lifted(self, expression: sympy.Expr, alone: bool) -> sympy.Expr:
        """The expression with sums and reusable function values replaced by entries of their own definitions."""
        if isinstance(expression, Entry):
            return expression if expression.is_plain else self._moved(expression)
        if not expression.args:
            return expression
        if isinstance(expression, Reduction | Whole):
            return self._entry(expression)
        if isinstance(expression, sympy.Mul):
            number, scaled = _mean(expression)
            if scaled is not None:
                return number * self._entry(scaled)
        if _is_activation(expression):
            return self._lifted(expression.func(self._entry(expression.args[0])), alone)
        arguments = [self._lifted(argument, alone=False) for argument in expression.args]
        rebuilt = expression if arguments == list(expression.args) else expression.func(*arguments)
        return rebuilt if alone or not _mentions_itself(rebuilt) else self._entry(rebuilt)

    def _entry(self, expression: sympy.Expr) -> Entry:
        if expression not in self._entries:
            # What the largest is chosen from is stored as its windows are read.
            within = self._lifted(expression.body, alone=False) if isinstance(expression, Largest) else expression
            free = tuple(index for index in _as_stored(within) if index in free_indices(expression))
            terms = self.terms(expression, free)
            axes = tuple(index.axis for index in free)
            same = (d.tensor for d in self.definitions if d.tensor.axes == axes and d.terms == terms)
            tensor = next(same, None) or self._defined(Tensor(self._name(_kind(expression)), axes), expression, free)
            self._entries[expression] = tensor[free]
        return self._entries[expression]

    def _defined(self, tensor: Tensor, expression: sympy.Expr, free: Sequence[Index]) -> Tensor:
        self.definitions.append(self.definition(tensor, expression, free))
        return tensor

    def _moved(self, entry: Entry) -> Entry:
        """An entry that is read at a position, as an entry of a definition that reads there: one axis after another."""
        if entry not in self._entries:
            body, reads, free = self._moving(entry)
            made = Tensor(self._name("at"), [index.axis for index in free])
            self.definitions.append(Definition(made, (_term(body, free, reads),)))
            self._entries[entry] = made[free]
        return self._entries[entry]

    def _moving(self, entry: Entry) -> tuple[sympy.Expr, list[Index], list[Index]]:
        """What is summed over which indices, to read an entry at its last positions, and the indices that stay."""
        axes = at_once(entry)
        found = [entry.at[axis] for axis in axes]
        reads = [fresh(entry.tensor.axes[axis]) for axis in axes]
        before = self._lifted(subscripted(entry, axes[0], reads), alone=False)
        brackets = [selector(read, position) for read, position in zip(reads, found, strict=True)]
        moved = [*dict.fromkeys(index for position in found for index in position.indices)]
        if alike(found[0], found[0]):
            # What is summed over within windows stands together, next to what else may be.
            inside_first = before.indices[-1] in reads
            moved.sort(key=lambda index: (index in self.free) is inside_first)
        places = [*before.indices]
        first = places.index(reads[0])
        kept = [*places[:first], *moved, *(place for place in places[first:] if place not in reads)]
        return before * sympy.Mul(*brackets), reads, [*dict.fromkeys(kept)]

    def _largest(self, expression: Largest, free: Sequence[Index]) -> tuple[Term, ...]:
        """What is read at the position of the largest: ``Σ_r y[f, r] [r = winner[f]]``."""
        body = self._lifted(expression.body, alone=False)
        compared = body if isinstance(body, Entry) else self._entry(body)
        if len(expression.over) > 1:
            compared = self._in_line(compared, expression.over)
        (read,) = (index for index in compared.indices if index not in free)
        winner = Tensor(self._name("winner"), [index.axis for index in free], "winner")
        self.definitions.append(Definition(winner, (_term(compared, free, [read], "winner"),)))
        chosen = Selector([read.axis, *winner.axes], sympy.Integer(0), (), winner)[(read, *free)]
        return (_term(compared * chosen, free, [read]),)

    def _in_line(self, entry: Entry, several: Sequence[Index]) -> Entry:
        """An entry with one axis in the place of several: ``Σ_km y[f, k, m] [r = 2 k + m]``."""
        line, where = in_line(several)
        first = entry.indices.index(several[0])
        kept = [index for index in entry.indices if index not in several]
        free = [*kept[:first], line, *kept[first:]]
        made = Tensor(self._name("entries"), [index.axis for index in free])
        self.definitions.append(Definition(made, (_term(entry * at(line, where), free, several),)))
        return made[free]

    def _name(self, kind: str) -> str:
        """``a_sigmoid``; a second one of its kind is ``a_sigmoid2``."""
        stem = f"{self.symbol}_{kind}"
        before = sum(definition.tensor.name.rstrip("0123456789") == stem for definition in self.definitions)
        return f"{stem}{before + 1}" if before else stem


def _as_stored(expression: sympy.Expr) -> tuple[Index, ...]:
    """The free indices in the order in which an entry that has them all is stored, so that nothing is transposed."""
    free = free_indices(expression)
    entries = sorted(expression.atoms(Entry), key=lambda entry: entry.dummy_index)
    stored = next((entry.indices for entry in entries if set(free) <= set(entry.indices)), free)
    return tuple(index for index in stored if index in free)


def _split(expression: sympy.Expr) -> tuple[list[tuple[sympy.Expr, Total]], sympy.Expr]:
    """``Σ coefficient · Total + rest``."""
    sums: list[tuple[sympy.Expr, Total]] = []
    rest: list[sympy.Expr] = []
    for addend in sympy.Add.make_args(expression):
        constants, variables = addend.as_independent(Entry, Reduction, as_Add=False)
        if isinstance(variables, Total):
            sums.append((constants, variables))
        elif isinstance(variables, sympy.Add) and variables.has(Total):
            inner, left = _split(variables)
            sums += [(constants * coefficient, part) for coefficient, part in inner]
            rest.append(constants * left)
        else:
            rest.append(addend)
    return sums, sympy.Add(*rest)


def _moving_addends(expression: sympy.Expr) -> tuple[list[sympy.Expr], sympy.Expr]:
    """What stands in a sum as a term of its own, since it is read or put somewhere along an axis, and the rest."""
    addends = sympy.Add.make_args(expression)
    moving = [
        addend
        for addend in addends
        if (isinstance(addend, Entry) and not addend.is_plain and len(addends) > 1)
        or any(isinstance(entry.tensor, Selector) for entry in addend.atoms(Entry))
    ]
    ordered = sorted(moving, key=lambda addend: not isinstance(addend, Entry))
    return ordered, sympy.Add(*(addend for addend in addends if addend not in moving))


def _flattened(coefficient: sympy.Expr, part: Total) -> tuple[sympy.Expr, Total]:
    """A sum of nothing but a sum is one sum over the indices of both."""
    constants, variables = part.body.as_independent(Entry, Reduction, as_Add=False)
    if not isinstance(variables, Total):
        return coefficient, part
    return _flattened(coefficient * constants, Total(variables.body, *part.over, *variables.over))


def _mean(product: sympy.Mul) -> tuple[sympy.Expr, sympy.Expr | None]:
    """A sum with the sizes beside it, as in a mean, apart from its number; None where the product is none."""
    constants, variables = product.as_independent(Entry, Reduction, as_Add=False)
    number, scale = constants.as_coeff_Mul()
    return (number, scale * variables) if isinstance(variables, Total) and scale != 1 else (number, None)


def _is_activation(expression: sympy.Expr) -> bool:
    """Whether a function is applied to a sum and entries, as in ``Σ w x + b``: its slope is read in several places."""
    if not isinstance(expression, sympy.Function) or not expression.args[0].is_Add:
        return False
    sums = [part for part in expression.args[0].args if isinstance(part, Total)]
    others = [part for part in expression.args[0].args if part.atoms(Entry) and not part.has(Reduction)]
    return bool(sums and others)


def _kind(expression: sympy.Expr) -> str:
    if isinstance(expression, Whole):
        what, *called = expression.args
        return called[0].name if called else _kind(what)
    if isinstance(expression, sympy.Add):
        return "sum"
    if isinstance(expression, sympy.Mul):
        return "mean" if _mean(expression)[1] is not None else "product"
    return "power" if isinstance(expression, sympy.Pow) else type(expression).__name__.lower()


@lru_cache(maxsize=4096)
def _mentions_itself(expression: sympy.Expr) -> bool:
    """Whether the derivative of a function application contains the function's value again."""
    if not isinstance(expression, (sympy.Function, sympy.exp, sympy.Pow)) or not expression.has(Entry):
        return False
    if isinstance(expression, sympy.Pow) and expression.exp.is_integer:
        return False
    argument = sympy.Dummy("u", real=True)
    if isinstance(expression, sympy.Function) and len(expression.args) != 1:
        return False
    applied = expression.func(argument, *expression.args[1:])
    return bool(applied.diff(argument).has(type(applied)))


def _term(body: sympy.Expr, free: Sequence[Index], reduced: Sequence[Index], reduction: str = "total") -> Term:
    places = {index: place for place, index in enumerate([*free, *reduced])}
    entries = sorted(body.atoms(Entry), key=lambda entry: (entry.tensor.age, entry.dummy_index))
    references = [Reference(entry.tensor, tuple(places[i] for i in entry.indices)) for entry in entries]
    slots = {entry: slot(place) for place, entry in enumerate(entries)}
    return term([index.axis for index in reduced], body.xreplace(slots), references, reduction)
