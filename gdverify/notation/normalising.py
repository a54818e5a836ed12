"""What is normalised: by the sum of exponentials, or by mean and variance.

Such an expression is differentiated as a whole. A softmax w of z, and x̂ = (x − mean x) / √(variance x + ε), change by

    dw = w (dz − Σ w dz)      dx̂ = (dx − mean dx − x̂ mean(x̂ dx)) / √(variance x + ε),

which is read from their own values, and is less than what their parts say one by one.
Sources: Bridle (1990); Ioffe and Szegedy (2015), 3, with the sums put together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sympy

from gdverify.notation.axes import Index, fresh
from gdverify.notation.reductions import Peak, Total, Whole, free_indices, mean, reduced_over, reindexed, whole
from gdverify.notation.selectors import Causal
from gdverify.notation.tensors import Entry

Entries = Callable[[sympy.Expr], Entry]
Change = tuple[sympy.Expr, bool]  # a term, and whether it is summed over the other indices


class Normalised(Whole):
    """What is differentiated as a whole: a value, what it is called, what it changes with, and what scales that."""

    nargs = (4,)

    @property
    def by(self) -> tuple[sympy.Expr, ...]:
        """What it changes with."""
        return (self.args[2],)

    @property
    def over(self) -> tuple[Index, ...]:
        """The indices that are normalised over."""
        return tuple(index for index in free_indices(self.args[0]) if index not in free_indices(self.args[3]))

    def changes(self, own: Entry, by: Sequence[Entry], others: Mapping[Index, Index], entry: Entries) -> list[Change]:
        """Terms that change with what it changes with as it does itself; all else in them is a given number.

        Args:
            own: its value.
            by: what it changes with.
            others: further indices in the place of those that are normalised over.
            entry: of what scales it.
        """
        raise NotImplementedError


class Softmax(Normalised):
    """``w = exp z / Σ exp z``; the sum scales it."""

    def changes(self, own: Entry, by: Sequence[Entry], others: Mapping[Index, Index], entry: Entries) -> list[Change]:
        """``w z − w Σ w z``."""
        return [(own * by[0], False), (-own * reindexed(own * by[0], others), True)]


class RootMeanSquare(Normalised):
    """``x̂ = x / √(mean x² + ε)``; one over the root scales it."""

    def changes(self, own: Entry, by: Sequence[Entry], others: Mapping[Index, Index], entry: Entries) -> list[Change]:
        """``r x − r x̂ mean(x̂ x)``."""
        scale = entry(self.args[3])
        count = sympy.Mul(*(index.axis.size for index in others))
        return [(scale * by[0], False), (-scale * own * reindexed(own * by[0], others) / count, True)]


class Standardised(RootMeanSquare):
    """``x̂ = (x − mean x) / √(variance x + ε)``; one over the root scales it."""

    def changes(self, own: Entry, by: Sequence[Entry], others: Mapping[Index, Index], entry: Entries) -> list[Change]:
        """``r x − r mean x − r x̂ mean(x̂ x)``: the mean of x̂ is 0."""
        first, last = super().changes(own, by, others, entry)
        count = sympy.Mul(*(index.axis.size for index in others))
        return [first, (-entry(self.args[3]) * reindexed(by[0], others) / count, True), last]


class StandardisedWith(Normalised):
    """``x̂ = (x − μ) / √(σ² + ε)`` of given μ and σ², the last arguments; one over the root scales it."""

    nargs = (6,)

    @property
    def by(self) -> tuple[sympy.Expr, ...]:
        """x, μ and σ²."""
        return (self.args[2], *self.args[4:])

    def changes(self, own: Entry, by: Sequence[Entry], others: Mapping[Index, Index], entry: Entries) -> list[Change]:
        """``r x − r μ − x̂ r² σ² / 2``."""
        x, centre, variance = by
        scale = entry(self.args[3])
        return [(scale * x, False), (-scale * centre, False), (-own * scale**2 * variance / 2, False)]


def standardised(expression: sympy.Expr, over: Index | Sequence[Index], epsilon: sympy.Expr) -> sympy.Expr:
    """``(x − mean x) / √(variance x + ε)``, mean and variance over the given indices, which stay free.

    Raises:
        NotationError: an index does not occur freely in the expression.
    """
    expression, indices = reduced_over("standardised", expression, over)
    within, beyond = ({index: fresh(index.axis) for index in indices} for _ in range(2))
    centre = mean(reindexed(expression, within), [*within.values()])
    centred = whole(reindexed(expression, beyond) - centre, "centred")
    scale = 1 / sympy.sqrt(mean(centred**2, [*beyond.values()]) + epsilon)
    value = whole(expression - centre, "centred") * scale
    return Standardised(value, sympy.Symbol("normal"), whole(expression), scale)


def standardised_with(
    expression: sympy.Expr, centre: sympy.Expr, variance: sympy.Expr, epsilon: sympy.Expr
) -> sympy.Expr:
    """``(x − μ) / √(σ² + ε)``, with statistics that are given, such as those of an earlier batch."""
    scale = 1 / sympy.sqrt(variance + epsilon)
    given = (whole(part) for part in (centre, variance))
    return StandardisedWith((expression - centre) * scale, sympy.Symbol("normal"), whole(expression), scale, *given)


def over_root_mean_square(expression: sympy.Expr, over: Index | Sequence[Index], epsilon: sympy.Expr) -> sympy.Expr:
    """``x / √(mean x² + ε)``, the mean over the given indices, which stay free; raises as `standardised` does."""
    expression, indices = reduced_over("over_root_mean_square", expression, over)
    within = {index: fresh(index.axis) for index in indices}
    scale = 1 / sympy.sqrt(mean(reindexed(expression, within) ** 2, [*within.values()]) + epsilon)
    return RootMeanSquare(whole(expression) * scale, sympy.Symbol("normal"), whole(expression), scale)


def logsumexp(expression: sympy.Expr, over: Index | Sequence[Index] | None = None) -> sympy.Expr:
    """``log Σ exp`` over the given indices, or over every free one, in a form that cannot overflow.

    Raises:
        NotationError: an index does not occur freely in what is summed.
    """
    expression, indices = reduced_over("logsumexp", expression, over)
    shift = Peak(expression, *indices)
    return shift + sympy.log(Total(sympy.exp(expression - shift), *indices))


def softmax(expression: sympy.Expr, over: Index | Sequence[Index], until: Index | None = None) -> sympy.Expr:
    """``exp(z[j]) / Σ_j exp(z[j])``, in a form that cannot overflow; the indices stay free.

    Args:
        expression: z.
        over: the indices j.
        until: of one index j, the last that has a weight, such as the query in a causal attention.

    Raises:
        NotationError: an index does not occur freely in the expression.
    """
    expression, indices = reduced_over("softmax", expression, over)
    z = expression if until is None else _until(expression, indices[0], until)
    raised, shift = _raised(whole(z), indices)
    summed = Total(*raised)
    return Softmax(sympy.exp(whole(z) - shift) / summed, sympy.Symbol("weights"), whole(z), summed)


def _until(z: sympy.Expr, over: Index, last: Index) -> sympy.Expr:
    """z up to an index, and behind it what has no weight: 0 is added to z, or −10³⁰, both without loss."""
    like = min(z.atoms(Entry), key=lambda entry: entry.dummy_index).tensor
    return whole(z) + Causal([last.axis, over.axis], like)[last, over]


def log_softmax(expression: sympy.Expr, over: Index | Sequence[Index]) -> sympy.Expr:
    """The logarithm of `softmax`, ``z[j] − log Σ_j exp(z[j])``; raises as it does."""
    expression, indices = reduced_over("log_softmax", expression, over)
    raised, shift = _raised(expression, indices)
    return expression - shift - sympy.log(Total(*raised))


def _raised(expression: sympy.Expr, indices: Sequence[Index]) -> tuple[tuple[sympy.Expr, ...], sympy.Expr]:
    """The exponentials that are summed, with indices of their own, and the shift."""
    own = {index: fresh(index.axis) for index in indices}
    summed = reindexed(expression, own)
    shift = Peak(summed, *own.values())
    return (sympy.exp(summed - shift), *own.values()), shift
