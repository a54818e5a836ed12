"""Each row of the table of layouts: what is stored is read back, its shape is the one announced, its text is true."""

from __future__ import annotations

import numpy as np
import pytest

from gdverify.binding.recognising.layouts import LAYOUTS, REDUCED, Layout, fitting
from gdverify.notation.axes import Axis, axis
from gdverify.notation.tensors import Tensor

BATCH, IN, OUT = axis("batch", "n"), axis("inputs", "i"), axis("outputs", "o")
SIZES = {"batch": 13, "inputs": 3, "outputs": 5}
CANDIDATES: tuple[tuple[tuple[Axis, ...], ...], ...] = (
    ((),),
    ((OUT,),),
    ((OUT, IN),),
    ((BATCH, OUT),),
    ((BATCH,),),
    ((OUT, IN), (OUT,)),
)


def applicable(layout: Layout) -> list[tuple[Tensor, ...]]:
    """Tensors of every rank that the row takes."""
    found = []
    for axes in CANDIDATES:
        if len(axes) == layout.tensors and layout.dimensions(*axes) is not None:
            found.append(tuple(Tensor(f"t{k}", one) for k, one in enumerate(axes)))
    return found


def sized(layout: Layout, tensors: tuple[Tensor, ...]) -> dict[str, int]:
    return SIZES | layout.fixed(tensors)


def values(tensors: tuple[Tensor, ...], sizes: dict[str, int]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=tuple(sizes[axis.name] for axis in tensor.axes)) for tensor in tensors]


ROWS = [
    pytest.param(layout, tensors, id=f"{layout.name} {tensors}") for layout in LAYOUTS for tensors in applicable(layout)
]


def test_every_row_applies_to_something() -> None:
    assert [layout.name for layout in LAYOUTS if not applicable(layout)] == []


@pytest.mark.parametrize(("layout", "tensors"), ROWS)
def test_what_is_stored_is_read_back(layout: Layout, tensors: tuple[Tensor, ...]) -> None:
    sizes = sized(layout, tensors)
    given = values(tensors, sizes)
    read = layout.read(np.asarray(layout.store(*given)), [one.shape for one in given])
    for before, after in zip(given, read, strict=True):
        assert np.array_equal(before, after)


@pytest.mark.parametrize(("layout", "tensors"), ROWS)
def test_the_stored_array_has_the_shape_that_tells_the_sizes(layout: Layout, tensors: tuple[Tensor, ...]) -> None:
    sizes = sized(layout, tensors)
    stored = np.asarray(layout.store(*values(tensors, sizes)))
    found = layout.unify(tensors, stored.shape, {})
    assert found == {axis.name: sizes[axis.name] for tensor in tensors for axis in tensor.axes}


@pytest.mark.parametrize(("layout", "tensors"), ROWS)
def test_the_text_is_python_that_reads_the_tensors(layout: Layout, tensors: tuple[Tensor, ...]) -> None:
    given = values(tensors, sized(layout, tensors))
    place = np.asarray(layout.store(*given))
    for part, expected in zip(layout.text(tensors, "place").split("; "), given, strict=True):
        _, text = part.split(" = ")
        assert np.array_equal(np.asarray(eval(text, {"place": place})), expected)


def test_a_shape_that_contradicts_a_known_size_does_not_fit() -> None:
    W = Tensor("W", (OUT, IN))
    assert [layout.name for layout in fitting(W, (3, 5), SIZES)] == ["transposed"]
    assert fitting(W, (3, 7), SIZES) == []


def test_layouts_without_room_for_a_sample_are_used_for_one_sample_only() -> None:
    x = Tensor("x", (BATCH, IN))
    assert fitting(x, (3,), SIZES) == []
    assert [layout.name for layout in fitting(x, (3,), SIZES | {"batch": 1})] == ["one sample"]


def test_losses_of_samples_are_summed_or_averaged() -> None:
    assert [row.read(np.array([1.0, 2.0, 6.0]), [()])[0] for row in REDUCED] == [9.0, 3.0]


def test_layouts_that_fit_are_a_list_of_their_own() -> None:
    W = Tensor("W", (OUT, IN))
    fitting(W, (5, 3), SIZES).clear()
    assert [layout.name for layout in fitting(Tensor("V", (OUT, IN)), (5, 3), SIZES)] == ["as it is"]
    assert [layout.name for layout in fitting(W, (3, 3), {})] == ["as it is", "transposed"]
