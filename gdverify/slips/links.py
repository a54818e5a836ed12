"""Slips in the derivative of an elementwise link ``Z → Y = f(Z)`` of the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial as bound

import sympy
from sympy.core.relational import Relational

from gdverify.catalogue import operations
from gdverify.derivation.adjoint import partial, reusing
from gdverify.derivation.graph import Definition, Reference, slot, term
from gdverify.derivation.steps import Derivation, derive
from gdverify.notation.functions import absolute, relu, select
from gdverify.notation.tensors import Tensor
from gdverify.slips.editing import redefined
from gdverify.slips.slip import Change, Edits, Slip

# In the derivative that is written: the value before the link, the one after it, and the gradient that arrives.
Z, Y, UPSTREAM = slot(0), slot(1), slot(2)
SATURATED = 6  # where a sigmoid is flat to the eye


@dataclass(frozen=True)
class Link:
    """One link ``Z → Y = f(Z)`` of the chain through an elementwise function of one tensor.

    Attributes:
        through: the definition of Y.
        tensor: Z, whose adjoint the link gives.
    """

    through: Definition
    tensor: Tensor

    @property
    def body(self) -> sympy.Expr:
        """f(Z)"""
        return self.through.terms[0].body

    @property
    def derivative(self) -> sympy.Expr:
        """f'(Z)"""
        return partial(self.body, 0)

    @property
    def by_value(self) -> sympy.Expr:
        """f' as an expression in Y, as far as it can be: 1 − Y² for tanh."""
        return reusing(self.derivative, self.body, Y)


# From a link to the derivatives that are written by mistake, each with the words for it.
Written = Iterable[tuple[sympy.Expr, dict[str, str]]]


def links(derivation: Derivation) -> Iterator[Link]:
    """The elementwise links of the chain that are not straight lines, from the result backwards."""
    for definition in reversed(derivation.forward[:-1] if derivation.upstream is None else derivation.forward):
        passes = definition.tensor in derivation.every_adjoint or definition.tensor is derivation.result
        if not passes or definition.slopes is not None or len(definition.terms) != 1:
            continue
        (part,) = definition.terms
        if len(part.operands) == 1 and not part.reduced and part.operands[0].tensor in derivation.every_adjoint:
            link = Link(definition, part.operands[0].tensor)
            if link.derivative.has(Z):
                yield link


def _changes(write: Callable[[Link], Written], derivation: Derivation) -> Iterator[Change]:
    for link in links(derivation):
        words = {"f": _function(derivation, link), "z": link.tensor.name, "y": link.through.tensor.name}
        for derivative, more in write(link):
            if derivative != link.derivative:
                yield Change(_edits(derivation, link, derivative), words | more, " ".join(more.values()))


def _function(derivation: Derivation, link: Link) -> str:
    """The operation whose result the link ends in."""
    made = {application.result: application.operation.name for application in derivation.composition.applications}
    return made.get(link.through.tensor, type(link.body).__name__)


def _edits(derivation: Derivation, link: Link, derivative: sympy.Expr) -> Edits:
    """The adjoint of Z with the contribution of this link exchanged; those of other links stay."""
    right = derivation.every_adjoint[link.tensor]
    upstream = derivation.upstream
    if link.through.tensor is not derivation.result or upstream is None:
        upstream = derivation.every_adjoint[link.through.tensor].tensor
    kept = [part for part in right.terms if not any(ref.tensor is upstream for ref in part.operands)]
    places = tuple(range(len(link.tensor.axes)))
    reads = [Reference(link.tensor, places), Reference(link.through.tensor, places), Reference(upstream, places)]
    return redefined(right, [*kept, term((), derivative * UPSTREAM, reads)])


def _row(name: str, says: str, write: Callable[[Link], sympy.Expr]) -> Slip:
    return _rows(name, says, lambda link: [(write(link), {})])


def _rows(name: str, says: str, write: Callable[[Link], Written]) -> Slip:
    return Slip(name, says, bound(_changes, write), elsewhere="in every other layer")


# -- by cases


def _sides(link: Link, change: Callable[[select], sympy.Expr]) -> sympy.Expr:
    """The derivative with every choice in it changed; conditions are on Z, not on its rectified value."""
    plain = link.derivative.replace(lambda part: isinstance(part, Relational), lambda part: part.replace(relu, _same))
    return plain.replace(lambda part: isinstance(part, select), change)


def _same(z: sympy.Expr) -> sympy.Expr:
    return z


def _swapped(chosen: select) -> sympy.Expr:
    condition, first, second = chosen.args
    return select(condition, second, first)


def _of_upstream(chosen: select) -> sympy.Expr:
    condition, first, second = chosen.args
    return select(condition.xreplace({Z: UPSTREAM}), first, second)


_OTHER_SIDE = {
    sympy.StrictGreaterThan: sympy.GreaterThan,
    sympy.GreaterThan: sympy.StrictGreaterThan,
    sympy.StrictLessThan: sympy.LessThan,
    sympy.LessThan: sympy.StrictLessThan,
}


def _at_other_side(chosen: select) -> sympy.Expr:
    condition, first, second = chosen.args
    return select(_OTHER_SIDE[type(condition)](*condition.args), first, second)


_CLOSED = {
    sympy.StrictGreaterThan: sympy.GreaterThan,
    sympy.GreaterThan: sympy.GreaterThan,
    sympy.StrictLessThan: sympy.LessThan,
    sympy.LessThan: sympy.LessThan,
}
_FACING = {sympy.GreaterThan: sympy.LessThan, sympy.LessThan: sympy.GreaterThan}


def _both(chosen: select) -> sympy.Expr:
    condition, first, second = chosen.args
    closed = _CLOSED[type(condition)](*condition.args)
    facing = _FACING[type(closed)](*condition.args)
    return select(closed, first, sympy.Integer(0)) + select(facing, second, sympy.Integer(0))


def _branches(link: Link) -> Written:
    chosen = sorted(link.derivative.atoms(select), key=sympy.default_sort_key)
    for place, word in ((1, "first"), (2, "second")):
        if chosen:
            yield (
                link.derivative.replace(lambda part: isinstance(part, select), lambda s, k=place: s.args[k]),
                {"branch": word},
            )


def _cut_off(link: Link) -> sympy.Expr:
    return select(absolute(Z) > SATURATED, 0, link.derivative)


# -- other functions


def _inner_scale(link: Link) -> sympy.Expr:
    """f'(c Z) without the c that the chain rule puts before it."""
    if len(link.body.args) != 1:
        return link.derivative
    scale = link.body.args[0].diff(Z)
    return link.derivative / scale if scale.is_Rational else link.derivative


def _others(link: Link, by_value: bool) -> Written:
    for name, operation in operations("activations").items():
        forward = derive(operation).forward
        part = forward[-1].terms[0]
        if len(forward) == 1 and len(part.operands) == 1 and part.body != link.body:
            other = Link(forward[-1], part.operands[0].tensor)
            derivative = other.by_value if by_value else other.derivative
            # Without Z it is what another row says, without Y it is not by the value.
            if derivative.has(Y if by_value else Z) and not (by_value and derivative.has(Z)):
                yield derivative, {"g": name}


LINKS: tuple[Slip, ...] = (
    _row(
        "derivative at the activated value",
        "the derivative of {f} is taken at {y}, the value after it, where the chain rule takes it at {z}, the "
        "value before it",
        lambda link: link.derivative.xreplace({Z: Y}),
    ),
    _row(
        "derivative missing",
        "the derivative of {f} is missing: the gradient goes from {y} to {z} unchanged",
        lambda link: sympy.Integer(1),
    ),
    _row(
        "value in place of the derivative",
        "{y}, the value of {f}, stands in place of its derivative on the way from {y} to {z}",
        lambda link: Y,
    ),
    _row(
        "derivative applied twice",
        "the derivative of {f} is applied twice between {y} and {z}",
        lambda link: link.derivative**2,
    ),
    _row(
        "sign of the derivative",
        "the derivative of {f} between {y} and {z} has the wrong sign",
        lambda link: -link.derivative,
    ),
    _row(
        "derivative by the value, at the argument",
        "the derivative of {f} is written for {y}, the value after it, and taken at {z}, the value before it",
        lambda link: link.by_value.xreplace({Y: Z}),
    ),
    _row(
        "scale inside dropped",
        "the derivative of {f} between {y} and {z} lacks the constant that {f} multiplies {z} by",
        _inner_scale,
    ),
    _rows(
        "one branch only",
        "the {branch} branch of the derivative of {f} between {y} and {z} is taken on both sides of its kink",
        _branches,
    ),
    _row(
        "wrong side of the kink",
        "the two sides of the kink of {f} are exchanged in its derivative between {y} and {z}",
        lambda link: _sides(link, _swapped),
    ),
    _row(
        "mask of the wrong tensor",
        "the derivative of {f} between {y} and {z} asks for the side of d{y}, the gradient that arrives, where it "
        "should ask for that of {z}",
        lambda link: _sides(link, _of_upstream),
    ),
    _row(
        "cut off at saturation",
        f"the derivative of {{f}} between {{y}} and {{z}} is set to 0 where {{z}} is beyond ±{SATURATED}",
        _cut_off,
    ),
    _rows(
        "derivative of another activation",
        "the derivative of {g} stands in place of that of {f} between {y} and {z}",
        lambda link: _others(link, by_value=False),
    ),
    _rows(
        "derivative of another activation, by its value",
        "the derivative of {g}, written for its value and taken at {y}, stands in place of that of {f} between {y} "
        "and {z}",
        lambda link: _others(link, by_value=True),
    ),
    _row(
        "other side at the kink",
        "at the kink of {f} the derivative between {y} and {z} is that of the other side",
        lambda link: _sides(link, _at_other_side),
    ),
    _row(
        "both sides at the kink",
        "at the kink of {f} the derivatives of both sides are added between {y} and {z}",
        lambda link: _sides(link, _both),
    ),
)
