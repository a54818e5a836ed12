"""Read what is at a place, and put something there: attributes, keys, parts of arrays and lists, lists of objects.

A slice of a list of objects means each of them: ``self.layers[0][:].weights`` is a row for every neuron.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdverify.binding.calling.carriers import Array, carrier_of
from gdverify.binding.hand.grammar import Name, Path, Sizes, Step, Subscript, View

MISSING = object()


class WrongShape(Exception):
    """What is at a place has another shape than what is to be put there, or was expected; ``shape`` is its own."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(f"shape {shape}")
        self.shape = shape


@dataclass(frozen=True)
class Each:
    """The parts of a list of objects."""

    parts: tuple[Any, ...]


def read(place: Path, roots: Mapping[str, Any], sizes: Sizes) -> Array:
    """The numbers at a place, in memory of their own; raises LookupError, AttributeError or TypeError for none."""
    value = roots[place.root]
    for step in place.steps:
        value = _step(value, step, sizes)
    return array_of(value).copy()


def put(place: Path, roots: MutableMapping[str, Any], new: Array, sizes: Sizes) -> None:
    """Put numbers at a place, carried as what is there is: as an array, a list, a number or a tensor.

    Raises:
        WrongShape: what is there has another shape.
        LookupError, AttributeError, TypeError: there is no such place, or it cannot be set.
    """
    if place.root not in roots or not place.steps:
        raise TypeError(f"{place.root} itself cannot be set; expected a place in it")
    roots[place.root] = _placed(roots[place.root], place.steps, new, sizes)


def put_value(place: Path, roots: Mapping[str, Any], value: Any, sizes: Sizes) -> None:
    """Set an attribute or an entry to a value, as it is; raises as `put` does."""
    *ahead, last = place.steps
    holder = roots[place.root]
    for step in ahead:
        holder = _step(holder, step, sizes)
    for one in holder.parts if isinstance(holder, Each) else (holder,):
        if isinstance(last, Name):
            _set(one, last.name, value)
        elif isinstance(last, Subscript):
            one[last.at(sizes)] = value
        else:
            raise TypeError(f"{last.name} cannot be set")


def replaces(place: Path) -> bool:
    """Whether all that a name stands for is put anew, so that what was there need not be known."""
    return len(place.steps) > 0 and isinstance(place.steps[0], Name) and _whole(place.steps[1:])


def array_of(value: Any) -> Array:
    """Numbers as an array; raises TypeError for what has none."""
    if isinstance(value, Each):
        return _stacked([array_of(part) for part in value.parts])
    if isinstance(value, np.ndarray):
        return value
    carrier = carrier_of(value)
    if carrier is not None:
        return carrier.read(value)
    made = np.asarray(value)
    if made.dtype.kind not in "fiub" and not _is_elements(made):
        raise TypeError(f"there is a {type(value).__name__}, expected numbers")
    return _lifted(made)


def _step(value: Any, step: Step, sizes: Sizes) -> Any:
    if isinstance(value, Each):
        return Each(tuple(_step(part, step, sizes) for part in value.parts))
    if isinstance(step, Name):
        return _attribute(value, step.name)
    if isinstance(step, View):
        return step.of(array_of(value), sizes)
    key = step.at(sizes)
    if _is_container(value):
        return Each(tuple(value[key])) if isinstance(key, slice) else value[key]
    return array_of(value)[key]


def _placed(value: Any, steps: Sequence[Step], new: Array, sizes: Sizes) -> Any:
    """What stands where ``value`` did once that is at the end of the steps is new."""
    if _whole(steps):
        return _replaced(value, steps, new, sizes)
    step, rest = steps[0], steps[1:]
    if isinstance(step, Name):
        _set(value, step.name, _placed(_attribute(value, step.name, MISSING), rest, new, sizes))
        return value
    if isinstance(step, Subscript) and _is_container(value):
        return _in_container(value, step.at(sizes), lambda part, one: _placed(part, rest, one, sizes), new)
    if value is MISSING or value is None:
        raise LookupError("there is nothing yet of which this could be a part; expected it to be made before")
    return _in_array(value, steps, new, sizes)


def _in_container(value: Any, key: Any, placed: Callable[[Any, Array], Any], new: Array) -> Any:
    if isinstance(key, slice):
        places = range(len(value))[key]
        if new.ndim == 0 or len(places) != len(new):
            raise WrongShape((len(places), *new.shape[1:]))
        # An entry of a vector is an array without axes, not a number.
        changed = {place: placed(value[place], new[k, ...]) for k, place in enumerate(places)}
    elif isinstance(value, dict):
        changed = {key: placed(value.get(key, MISSING), new)}
    else:
        changed = {key: placed(value[key], new)}
    if not isinstance(value, tuple):
        for place, part in changed.items():
            value[place] = part
        return value
    size = len(value)
    return tuple({place % size: part for place, part in changed.items()}.get(k, value[k]) for k in range(size))


def _in_array(value: Any, steps: Sequence[Step], new: Array, sizes: Sizes) -> Any:
    whole = _like(array_of(value), new)
    if _part(whole, steps, sizes).size == whole.size and {whole.dtype.kind, new.dtype.kind} == {"f"}:
        whole = whole.astype(new.dtype)  # nothing of what was there is left
    part = _part(whole, steps, sizes)
    if part.shape != new.shape:
        raise WrongShape(part.shape)
    if not np.shares_memory(part, whole):
        raise TypeError("this is no part of the array that can be written; expected slices, T or reshape of it")
    part[...] = new
    return _carried(value, whole)


def _part(array: Array, steps: Sequence[Step], sizes: Sizes) -> Array:
    """What some steps lead to in an array."""
    for step in steps:
        array = step.of(array, sizes) if isinstance(step, View) else array[_writable(step, sizes)]
    return array


def _writable(step: Step, sizes: Sizes) -> tuple[Any, ...]:
    """The key of a part, such that one entry is an array without axes, and no number."""
    if not isinstance(step, Subscript):
        raise TypeError(f"numbers have no attribute {step.name!r}")
    key = step.at(sizes)
    entries = key if isinstance(key, tuple) else (key,)
    return entries if Ellipsis in entries else (*entries, ...)


def _whole(steps: Sequence[Step]) -> bool:
    return all(
        (isinstance(step, View) and step.name == "T") or (isinstance(step, Subscript) and step.adds_axes)
        for step in steps
    )


def _undone(new: Array, steps: Sequence[Step], sizes: Sizes) -> Array:
    """The array of which the steps give ``new``."""
    for step in reversed(steps):
        if isinstance(step, View):
            new = new.T
            continue
        assert isinstance(step, Subscript)
        key = step.at(sizes)
        entries = key if isinstance(key, tuple) else (key,)
        added = [axis for axis, entry in enumerate(entries) if entry is None]
        if len(new.shape) < len(entries) or any(new.shape[axis] != 1 for axis in added):
            raise WrongShape(tuple(1 if axis in added else n for axis, n in enumerate(new.shape)))
        new = new.reshape([n for axis, n in enumerate(new.shape) if axis not in added])
    return new


def _replaced(before: Any, steps: Sequence[Step], new: Array, sizes: Sizes) -> Any:
    """What stands where ``before`` did, all of it anew; a number or nothing may have stood for an array."""
    plain = _undone(new, steps, sizes)
    carrier = None if before is MISSING else carrier_of(before)
    there = carrier.read(before) if carrier else np.zeros(())
    if there.shape and there.shape != plain.shape:
        for step in steps:
            there = step.of(there, sizes) if isinstance(step, View) else there[_writable(step, sizes)]
        raise WrongShape(there.shape)
    return _carried(before, plain)


def _carried(before: Any, new: Array) -> Any:
    """Numbers carried as those before."""
    carrier = None if before is MISSING else carrier_of(before)
    if carrier is None:
        return new.copy()
    if carrier.name == "array" or (carrier.name == "number" and new.size > 1):
        return new.copy()
    return carrier.make(new)


def _attribute(value: Any, name: str, *otherwise: Any) -> Any:
    """What has a name in a value; of a mapping that is the key."""
    if isinstance(value, dict):
        return value.get(name, *otherwise) if otherwise else value[name]
    return getattr(value, _mangled(value, name), *otherwise)


def _set(value: Any, name: str, new: Any) -> None:
    if isinstance(value, dict):
        value[name] = new
    else:
        setattr(value, _mangled(value, name), new)


def _mangled(value: Any, name: str) -> str:
    """The attribute that a name means: ``__w`` is ``_Network__w`` outside of the class."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    mangled = [f"_{cls.__name__.lstrip('_')}{name}" for cls in type(value).__mro__]
    return next((one for one in mangled if hasattr(value, one)), name if hasattr(value, name) else mangled[0])


def _is_container(value: Any) -> bool:
    """A mapping, a tuple, or a list of other things than numbers."""
    return isinstance(value, (dict, tuple)) or (isinstance(value, list) and not _is_numeric(value))


def _is_numeric(value: list[Any]) -> bool:
    """Whether a list is a vector or matrix, of numbers or of exact elements."""
    return carrier_of(value) is not None or _are_elements([*_entries(value)])


def _entries(value: Any) -> Iterator[Any]:
    """What stands in nested lists."""
    for part in value if isinstance(value, list) else ():
        yield from _entries(part) if isinstance(part, list) else (part,)


def _like(array: Array, new: Array) -> Array:
    """A copy of an array that can hold what is new: exact elements where that has them."""
    numbers = getattr(new, "numbers", None)
    if numbers is None or hasattr(array, "numbers"):
        return np.array(array, subok=True)
    from gdverify.tracing.arrays import traced

    return traced(array, numbers)


def _stacked(parts: Sequence[Array]) -> Array:
    return _lifted(np.stack(parts))


def _is_elements(array: Array) -> bool:
    return array.dtype == object and _are_elements([*array.flat])


def _are_elements(entries: Sequence[Any]) -> bool:
    from gdverify.tracing.elements import Element

    if not any(isinstance(one, Element) for one in entries):
        return False
    return all(isinstance(one, (Element, float, int, np.number)) for one in entries)


def _lifted(array: Array) -> Array:
    """Exact elements in an array that computes with them; any other array as it is."""
    if not _is_elements(array) or hasattr(array, "numbers"):
        return array
    from gdverify.tracing.arrays import traced

    return traced(array, next(one.numbers for one in array.flat if hasattr(one, "numbers")))
