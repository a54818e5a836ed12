"""The chain rule in its general form: what each reader of a tensor passes back, before derivatives are put in."""

from __future__ import annotations

from collections.abc import Sequence

from gdverify.codegen.formulas import Text, index_letters, written
from gdverify.derivation.links import Link, Reading
from gdverify.notation.tensors import Tensor


def chain_rule(link: Link, style: Text) -> str:
    """``Σ_h2 ∂L/∂z2[n, h2] ∂z2[n, h2]/∂a1[n, h1]``; at the loss, the derivative of what the tensor stands in.

    Empty where the loss reads the tensor in more than one way: then there is nothing shorter than the result.
    """
    if link.starts:
        (first, *more) = link.readings
        return _of_loss(link.tensor, first, style) if first.singles_out and not more else ""
    return style.plus.join(_received(link, readings, style) for readings in link.readers.values())


def _of_loss(tensor: Tensor, reading: Reading, style: Text) -> str:
    letters = index_letters(tensor.axes)
    of_place = dict(zip(reading.operand.places, letters, strict=True))
    body = written(reading.part.body, reading.part, [of_place[place] for place in range(len(of_place))], style)
    return style.differentiated(style.entry(tensor, letters), body)


def _received(link: Link, readings: Sequence[Reading], style: Text) -> str:
    reader = readings[0].definition.tensor
    letters, reader_letters, summed = letters_of(link.tensor, readings)
    derivative = style.derivative(style.entry(reader, reader_letters), style.entry(link.tensor, letters))
    if reader is link.loss:
        return derivative
    adjoint = style.entry(Tensor(f"d{reader.name}", reader.axes, "adjoint"), reader_letters)
    product = f"{adjoint}{style.times}{derivative}"
    return style.reduced("total", summed, product) if summed else product


def letters_of(tensor: Tensor, readings: Sequence[Reading]) -> tuple[list[str], list[str], list[str]]:
    """The letters of the tensor, of its reader, and those that are summed over."""
    bound = tuple(
        all_of[0] if len({*all_of}) == 1 else None for all_of in zip(*(r.bound for r in readings), strict=True)
    )
    reader_axes = readings[0].definition.tensor.axes
    open_places = [place for place in range(len(reader_axes)) if place not in bound]
    letters = list(index_letters([*tensor.axes, *(reader_axes[place] for place in open_places)]))
    own, summed = letters[: len(tensor.axes)], letters[len(tensor.axes) :]
    of_place = dict(zip(open_places, summed, strict=True))
    of_place |= {place: own[at] for at, place in enumerate(bound) if place is not None}
    return own, [of_place[place] for place in range(len(reader_axes))], summed
