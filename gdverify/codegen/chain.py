"""The chain rule in words and in its general form, before the derivatives are put in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import sympy

from gdverify.codegen.algebra import slots
from gdverify.codegen.formulas import Text, formula, index_letters, written
from gdverify.derivation.adjoint import partial
from gdverify.derivation.graph import Definition
from gdverify.derivation.kinks import Kink
from gdverify.derivation.links import Link, Reading
from gdverify.derivation.stages import Stage, stages
from gdverify.derivation.steps import Derivation
from gdverify.notation.tensors import Tensor

TEXT = Text()
CALLED = {"absolute": "the absolute value"}


def chain_rule(link: Link, style: Text) -> str:
    """``Σ_h2 ∂L/∂z2[n, h2] ∂z2[n, h2]/∂a1[n, h1]``; empty where only the loss itself reads the tensor."""
    if [*link.readers] == [link.loss]:
        return ""
    return style.plus.join(_received(link, readings, style) for readings in link.readers.values())


def _received(link: Link, readings: Sequence[Reading], style: Text) -> str:
    reader = readings[0].definition.tensor
    letters, reader_letters, summed = _letters(link.tensor, readings)
    derivative = style.derivative(style.entry(reader, reader_letters), style.entry(link.tensor, letters))
    if reader is link.loss:
        return derivative
    adjoint = style.entry(Tensor(f"d{reader.name}", reader.axes, "adjoint"), reader_letters)
    product = f"{adjoint}{style.times}{derivative}"
    return style.summed(summed, product) if summed else product


def _letters(tensor: Tensor, readings: Sequence[Reading]) -> tuple[list[str], list[str], list[str]]:
    """The letters of the tensor, of its reader, and those that are summed over."""
    bound = readings[0].bound if len({reading.bound for reading in readings}) == 1 else ()
    reader_axes = readings[0].definition.tensor.axes
    open_places = [place for place in range(len(reader_axes)) if place not in bound]
    letters = list(index_letters([*tensor.axes, *(reader_axes[place] for place in open_places)]))
    own, summed = letters[: len(tensor.axes)], letters[len(tensor.axes) :]
    of_place = dict(zip(open_places, summed, strict=True))
    of_place |= {place: own[at] for at, place in enumerate(bound) if place is not None}
    return own, [of_place[place] for place in range(len(reader_axes))], summed


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
        return self._from_loss(link, reading) if not chain_rule(link, TEXT) else self._single(link, reading)

    def _several(self, link: Link) -> str:
        readers = [f"`{self._reader(reader)}`" for reader in link.readers]
        places = " and by ".join(readers) + ("" if len(readers) == len(link.readings) else ", at more than one place")
        return (
            f"`{link.tensor.name}` is read by {places}. The loss depends on it along each of these ways, so its "
            "adjoint is the sum of what it receives through each."
        )

    def _from_loss(self, link: Link, reading: Reading) -> str:
        name = link.tensor.name
        text = (
            f"The chain starts at the loss: `{name}` is read by `{self._reader(reading.definition.tensor)}` directly."
        )
        if reading.part.reduced and len(reading.operand.places) == len(reading.part.reduced):
            text += f" Of the sum only one term contains `{_entry(link.tensor)}`: that with the same indices."
        return text

    def _single(self, link: Link, reading: Reading) -> str:
        name, reader = link.tensor.name, reading.definition.tensor
        text = (
            f"`{name}` is read by `{self._reader(reader)}`, so its adjoint is that of `{reader.name}` times "
            f"{self._derivative(reading)}{_where(link, reading)}."
        )
        letters, reader_letters, summed = _letters(link.tensor, [reading])
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
            return f"its derivative{by}"
        return f"the derivative of {stage.application.operation.name}{by if len(stage.operands) > 1 else ''}"

    def _reader(self, tensor: Tensor) -> str:
        stage = self._stage_of[tensor]
        return applied(stage) if len(stage.definitions) == 1 else formula(_definition(stage, tensor), TEXT)

    def kink(self, kink: Kink) -> str:
        """What is taken at a kink, and what else would do."""
        definition = _definition(self._stage_of[kink.tensor], kink.tensor)
        letters = index_letters([*definition.tensor.axes, *kink.part.reduced])
        say = [written(e, kink.part, letters, TEXT) for e in (kink.place.left, kink.place.right)]
        numbers = [written(e, kink.part, letters, TEXT) for e in (kink.place.value, kink.place.lower, kink.place.upper)]
        of = f"of {CALLED.get(kink.function, kink.function)} " if kink.function != "select" else ""
        text = (
            f"`{self._reader(kink.tensor)}` has a {'jump' if kink.place.jumps else 'kink'} where `{' = '.join(say)}`. "
        )
        text += f"The derivative {of}by `{kink.operand.name}` is taken as {numbers[0]} there; "
        if kink.place.jumps:
            return text + "there is no derivative, and no subgradient either."
        return text + f"every value in [{numbers[1]}, {numbers[2]}] is a subgradient."


def applied(stage: Stage) -> str:
    """``a2 = leaky_relu(z2, alpha=0.01)``."""
    operation = stage.application.operation
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
    return text if text.lstrip("-").isdigit() else f"`{text}`"


def _entry(tensor: Tensor) -> str:
    return TEXT.entry(tensor, index_letters(tensor.axes))


def _and(words: Sequence[str]) -> str:
    return " and ".join(words)
