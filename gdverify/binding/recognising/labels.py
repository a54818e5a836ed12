"""Targets as whole numbers: the class of each sample, counted from 0 or from 1, in a vector, a column or a row."""

from __future__ import annotations

from gdverify.binding.calling.carriers import Array
from gdverify.binding.recognising.layouts import LABELS, Dimension, Layout, Shapes, classes
from gdverify.binding.recognising.packings import FORMS, Form
from gdverify.notation.axes import Axis


def _labels(form: Form, first: int) -> Layout:
    """The row for labels that are counted from ``first``."""

    def dimensions(*axes: Axis) -> tuple[Dimension, ...] | None:
        if len(axes) != 2:
            return None
        return tuple((None, 1) if length == 1 else (axes[0], 0) for length in form.shape(2))

    def store(t: Array) -> Array:
        return (classes(t) + first).reshape(form.shape(len(t)))

    def read(array: Array, shapes: Shapes) -> tuple[Array, ...]:
        return LABELS.read(array.reshape(-1) - first, shapes)

    said = f"{form.written} - {first}" if first else form.written
    return Layout(f"labels from {first} in a {form.name}", 1, dimensions, store, read, (f"one_hot({said})",))


LABELLED = (LABELS, *(_labels(form, first) for first in (0, 1) for form in FORMS if first or form is not FORMS[0]))
