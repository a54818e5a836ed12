"""An operation in one line, for tables and messages."""

from __future__ import annotations

from functools import cache

from gdverify.catalogue import find_operation
from gdverify.codegen.formulas import Text, formula
from gdverify.derivation.steps import derive
from gdverify.notation.reductions import REDUCTIONS
from gdverify.notation.tensors import Tensor


class Short(Text):
    """Text without indices, as in speech: ``½ Σ (y − t)²``."""

    minus = " − "

    def entry(self, tensor: Tensor, letters: object) -> str:
        return tensor.name

    def applied(self, function: str, arguments: str) -> str:
        return f"|{arguments}|" if function == "absolute" else super().applied(function, arguments)

    def reduced(self, kind: str, letters: object, body: str) -> str:
        return f"{REDUCTIONS[kind].text} {body}"


@cache
def loss_equation(name: str) -> str:
    """The right-hand side of a loss of the catalogue."""
    *before, last = [formula(definition, Short()) for definition in derive(find_operation(name)).forward]
    text = last.partition(" = ")[2].replace("1/2 Σ", "½ Σ")
    return f"{text}, {', '.join(before)}" if before else text
