"""A derivation in words: which link of the chain each step is, and what holds at a kink."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import sympy

from gdverify.codegen.algebra import slots
from gdverify.codegen.formulas import Text, formula, index_letters, right_side, written
from gdverify.derivation.adjoint import partial
from gdverify.derivation.graph import Definition
from gdverify.derivation.kinks import Kink
from gdverify.derivation.links import Link, Reading
from gdverify.derivation.stages import Stage, stages
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor
from gdverify.pages.chain import letters_of

TEXT = Text()
CALLED = {"absolute": "the absolute value"}


class Narrator:
    """Says in a sentence what each step of a derivation is; names of tensors stand in backticks."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation

    @cached_property
    def stages(self) -> list[Stage]:
        """The operations that are computed."""
        return stages(self.derivation)

    @cached_property
    def _stage_of(self) -> dict[Tensor, Stage]:
        return {definition.tensor: stage for stage in self.stages for definition in stage.definitions}

    def link(self, link: Link) -> str:
        """Which link of the chain this is."""
        if len(link.readings) > 1:
            return self._several(link)
        (reading,) = link.readings
        return self._from_loss(link, reading) if link.starts else self._single(link, reading)

    def _several(self, link: Link) -> str:
        places = [f"`{self._reader(reader)}`{_how(link.tensor, readings)}" for reader, readings in link.readers.items()]
        said = f"`{link.tensor.name}` is read by {' and by '.join(places)}."
        if len(places) == 1 and link.readings[0].definition.slopes is not None:
            return f"{said} Its adjoint is the sum of what it receives through each term."
        return (
            f"{said} The loss depends on it along each of these ways, so its adjoint is the sum of what it receives "
            "through each."
        )

    def _from_loss(self, link: Link, reading: Reading) -> str:
        name = link.tensor.name
        text = (
            f"The chain starts at the loss: `{name}` is read by `{self._reader(reading.definition.tensor)}` directly."
        )
        if reading.part.reduced and reading.singles_out:
            text += f" Of the sum only one term contains `{_entry(link.tensor)}`: that with the same indices."
        return text

    def _single(self, link: Link, reading: Reading) -> str:
        name, reader = link.tensor.name, reading.definition.tensor
        text = (
            f"`{name}` is read by `{self._reader(reader)}`, so its adjoint is that of `{reader.name}` times "
            f"{self._derivative(reading)}{_where(link, reading)}."
        )
        letters, reader_letters, summed = letters_of(link.tensor, [reading])
        if summed:
            text += (
                f" One `{TEXT.entry(link.tensor, letters)}` enters `{TEXT.entry(reader, reader_letters)}` "
                f"for every {_and(summed)}, so what it receives is summed over {_and(summed)}."
            )
        return text

    def _derivative(self, reading: Reading) -> str:
        stage = self._stage_of[reading.definition.tensor]
        by = f" by `{reading.operand.tensor.name}`"
        if len(stage.definitions) > 1:
            return f"the derivative of `{reading.definition.tensor.name}`{by}"
        return f"the derivative of {stage.operation.name}{by if len(stage.operands) > 1 else ''}"

    def _reader(self, tensor: Tensor) -> str:
        stage = self._stage_of[tensor]
        return applied(stage) if len(stage.definitions) == 1 else formula(_definition(stage, tensor), TEXT)

    def kink(self, kink: Kink) -> str:
        """What is declared at a kink, and what else would do."""
        place = kink.place
        definition = _definition(self._stage_of[kink.tensor], kink.tensor)
        letters = index_letters([*definition.tensor.axes, *kink.part.reduced])
        left, right, value, lower, upper = (
            written(expression, kink.part, letters, TEXT)
            for expression in (place.left, place.right, place.value, place.lower, place.upper)
        )
        of = f"of {CALLED.get(kink.function, kink.function)} " if kink.function != "select" else ""
        return (
            f"`{self._reader(kink.tensor)}` has a {'jump' if place.jumps else 'kink'} where `{left} = {right}`. "
            f"The derivative {of}by `{kink.operand.name}` is declared to be {_code(value)} there; "
            + ("there is none, and no subgradient either." if place.jumps else _subgradients(lower, upper))
        )


def _how(tensor: Tensor, readings: Sequence[Reading]) -> str:
    """How often a reader reads a tensor, or how it changes with it where that is not differentiated step by step."""
    definition = readings[0].definition
    if definition.slopes is None:
        return f" at {len(readings)} places" if len(readings) > 1 else ""
    changing = right_side(Definition(definition.tensor, definition.slopes), TEXT)
    name = definition.tensor.name
    return f", which changes with `{tensor.name}` as `{changing}` does where `{name}` is a given number"


def _subgradients(lower: str, upper: str) -> str:
    return f"every value in {_code(f'[{lower}, {upper}]')} is a subgradient, and allowed."


def applied(stage: Stage) -> str:
    """``a2 = leaky_relu(z2, alpha=0.01)``."""
    operation = stage.operation
    constants = [f"{name}={_constant(value)}" for name, value in operation.options]
    arguments = ", ".join([*(tensor.name for tensor in stage.operands), *constants])
    return f"{stage.result.name} = {operation.name}({arguments})"


def _constant(value: object) -> str:
    return TEXT.number(value) if isinstance(value, sympy.Rational) else str(value)


def _definition(stage: Stage, tensor: Tensor) -> Definition:
    return next(definition for definition in stage.definitions if definition.tensor is tensor)


def _where(link: Link, reading: Reading) -> str:
    """At which value the derivative is taken, or what it is."""
    reads = link.adjoint.operands
    if reading.definition.tensor in reads:
        return f", read from the value of `{reading.definition.tensor.name}`"
    if link.tensor in reads:
        return f", taken at `{link.tensor.name}`"
    derivative = partial(reading.part.body, reading.slot)
    own = len(reading.definition.tensor.axes)
    if any(
        place >= own and place not in reading.operand.places
        for k in slots(derivative)
        for place in reading.part.operands[k].places
    ):
        return ""
    letters = index_letters([*reading.definition.tensor.axes, *reading.part.reduced])
    return f", which is {_code(written(derivative, reading.part, letters, TEXT))}"


def _code(text: str) -> str:
    """In backticks, unless it is made of numbers alone."""
    return f"`{text}`" if any(character.isalpha() for character in text) else text


def _entry(tensor: Tensor) -> str:
    return TEXT.entry(tensor, index_letters(tensor.axes))


def _and(words: Sequence[str]) -> str:
    return " and ".join(words)
