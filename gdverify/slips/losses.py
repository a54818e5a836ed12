"""Slips where the chain begins: in the derivative of the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy

from gdverify.catalogue import common_losses, losses
from gdverify.codegen.algebra import addends, fraction, is_slot
from gdverify.codegen.equations import loss_equation
from gdverify.codegen.nodes import Node, name, number, renamed
from gdverify.codegen.program import Statement, needed, program
from gdverify.derivation.graph import Definition, Term, slot
from gdverify.derivation.steps import Derivation
from gdverify.derivation.variants import losses_instead
from gdverify.notation.tensors import Tensor
from gdverify.slips.editing import afterwards, redefined, right
from gdverify.slips.slip import Change, Slip

# What is added to a divisor so that it is not 0.
EPSILONS = tuple(sympy.Rational(1, 10**power) for power in (8, 7, 10, 12))


def loss_adjoints(derivation: Derivation) -> Iterator[tuple[Tensor, Definition]]:
    """The adjoints that the loss alone gives; none where the gradient of the result is given."""
    if derivation.upstream is None:
        for tensor in derivation.forward[-1].operands:
            if tensor in derivation.every_adjoint:
                yield tensor, derivation.every_adjoint[tensor]


def _other_losses(derivation: Derivation) -> Iterator[Change]:
    declared = derivation.composition.applications[-1].operation.name
    for loss, variant in losses_instead(derivation, common_losses()).items():
        edits = {}
        for tensor, _ in loss_adjoints(derivation):
            target = f"d{tensor.name}"
            if statements := _of_variant(derivation, variant, target):
                edits[target] = statements
        if edits:
            yield Change(edits, {"other": _described(loss), "declared": _described(declared)}, loss)


def _of_variant(derivation: Derivation, variant: Derivation, target: str) -> tuple[Statement, ...]:
    """The variant's statements for one adjoint; what it computes on the way goes by names of its own."""
    known = {statement.target for statement in program(derivation).forward[:-1]}
    known |= {tensor.name for tensor in derivation.arguments}
    made = program(variant)
    statements = needed((*made.loss, *made.every_adjoint), [target])
    own = {s.target: f"other_{s.target}" for s in statements if s.target not in known and s.target != target}
    return tuple(
        Statement(own.get(s.target, s.target), renamed(s.node, own), s.said)
        for s in statements
        if s.target in own or s.target == target
    )


def _described(loss: str) -> str:
    return f"{loss_equation(loss)} ({loss})" if loss in losses() else loss


def _addends_left_out(derivation: Derivation) -> Iterator[Change]:
    """``y − t`` without the t; of a regularised loss, the gradient of the loss alone."""
    for _, adjoint in loss_adjoints(derivation):
        for part in adjoint.terms:
            laid = fraction(part.body)
            for factor in laid.above:
                for _, addend in addends(factor) if factor.is_Add else ():
                    rest = sympy.Add(*(p for p in factor.args if p not in (addend, -addend)))
                    others = sympy.Mul(*(f for f in laid.above if f is not factor))
                    body = laid.number * others * rest / sympy.Mul(*laid.below)
                    words = {"addend": _written(part, addend), "target": adjoint.tensor.name}
                    yield Change(_with_body(adjoint, part, body), words, words["addend"])


def _written(part: Term, expression: sympy.Expr) -> str:
    """An expression in slots with the names of the tensors in their place."""
    return str(expression.xreplace({slot(k): sympy.Symbol(ref.tensor.name) for k, ref in enumerate(part.operands)}))


def _with_body(adjoint: Definition, part: Term, body: sympy.Expr) -> dict[str, tuple[Statement, ...]]:
    new = Term(part.reduced, body, part.operands)
    return dict(redefined(adjoint, [new if p is part else p for p in adjoint.terms]))


def _with_epsilon(derivation: Derivation) -> Iterator[Change]:
    for _, adjoint in loss_adjoints(derivation):
        for epsilon in EPSILONS:
            bodies = [_shifted(part.body, epsilon) for part in adjoint.terms]
            if any(body != part.body for body, part in zip(bodies, adjoint.terms, strict=True)):
                terms = [Term(p.reduced, body, p.operands) for p, body in zip(adjoint.terms, bodies, strict=True)]
                words = {"epsilon": f"{float(epsilon):g}", "target": adjoint.tensor.name}
                yield Change(redefined(adjoint, terms), words, words["epsilon"])


def _shifted(body: sympy.Expr, epsilon: sympy.Rational) -> sympy.Expr:
    """The body with ε added to every divisor that is not a size."""

    def divides(part: sympy.Basic) -> bool:
        return bool(part.is_Pow and part.exp.is_negative and any(map(is_slot, part.free_symbols)))

    return body.replace(divides, lambda part: (part.base + epsilon) ** part.exp)


def _changed(change: Callable[[Tensor], Node]) -> Callable[[Derivation], Iterator[Change]]:
    def changes(derivation: Derivation) -> Iterator[Change]:
        for tensor, _ in loss_adjoints(derivation):
            edits = afterwards(derivation, tensor, change(tensor))
            yield Change(edits, {"target": f"d{tensor.name}", "y": tensor.name})

    return changes


OTHER_LOSSES: tuple[Slip, ...] = (
    Slip(
        "gradient of another loss",
        "is the gradient of {other}, not of the declared {declared}",
        _other_losses,
        kind="other loss",
    ),
)

LOSSES: tuple[Slip, ...] = (
    Slip(
        "sign of the loss",
        "the derivative of the loss, {target}, has the wrong sign",
        _changed(lambda tensor: Node("neg", (right(tensor),))),
    ),
    Slip(
        "derivative of the loss missing",
        "the derivative of the loss is missing: {target} is 1 in every entry",
        _changed(lambda tensor: Node("full_like", (name(tensor.name), number(1)))),
    ),
    Slip("loss term left out", "{addend} is left out in the derivative of the loss, {target}", _addends_left_out),
    Slip(
        "epsilon in the divisor",
        "{epsilon} is added to a divisor in the derivative of the loss, {target}",
        _with_epsilon,
        kind="deliberate",
    ),
)
