"""What is said where a place does not fit the code: what was expected, what is there, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gdverify.binding.hand.given import Given
from gdverify.binding.hand.slots import WrongShape
from gdverify.errors import BindingError, described


@contextmanager
def explaining(said: str, name: str, given: Given) -> Iterator[None]:
    """Say of what goes wrong inside which line of the binding it was.

    Args:
        said: that line, ``W1 = self.weights[0].T``.
        name: of the tensor, or empty.
        given: the case.

    Raises:
        BindingError: in place of what was raised.
    """
    try:
        yield
    except WrongShape as error:
        raise _of_shape(said, name, error.shape, given) from None
    except BindingError:
        raise
    except (LookupError, AttributeError, TypeError, ValueError) as error:
        there = "; ".join(f"{root} is a {type(value).__name__}" for root, value in given.made.items())
        raise misfit(
            f"{said}: {described(error)}{f' ({there})' if there else ''}; expected numbers at that place: look at how "
            "the code names it",
            given,
        ) from error


def misfit(what: str, given: Given) -> BindingError:
    """The error, with the sizes of the case."""
    sizes = ", ".join(f"{name}={size}" for name, size in given.sizes.items())
    return BindingError(f"{what}{f' [case: {sizes}]' if sizes else ''}.")


def _of_shape(said: str, name: str, shape: tuple[int, ...], given: Given) -> BindingError:
    expected = given.shape(name)
    return misfit(f"{said}: has shape {shape} there, expected {expected}{_remedy(name, shape, given)}", given)


def _remedy(name: str, shape: tuple[int, ...], given: Given) -> str:
    expected = given.shape(name)
    axes = given.axes.get(name, ())
    named = f", the axes {', '.join(axes)} of {name}" if axes else ""
    if shape == expected[::-1]:
        return f"{named}; write .T behind the place"
    if len(shape) == len(expected):
        fixed = {axis: size for axis, size, wanted in zip(axes, shape, expected, strict=False) if size != wanted}
        say = f"sizes={fixed}" if fixed else "sizes={…}"
        return f"{named}; make the object for the sizes of the case, or where the code fixes a size, say so: {say}"
    return f"{named}; [:, None] adds an axis to a place, [0] takes one away"
