"""Widths of networks whose parameters come in one vector: from arguments, constants of the file, or the data."""

from __future__ import annotations

from typing import Any

import pytest

from gdverify.binding.recognising.sizings import Sizing, read_by, sizings

LAYERS = [4, 6, 2]
WIDTHS = {"N_IN": 9, "HIDDEN_SIZE": 8, "NUM_LABELS": 6, "EPOCHS": 3}


def function(body: str, **known: Any) -> Any:
    """A function of a file with some globals."""
    file = dict(known)
    exec(f"def helper(theta):\n    return {body}\ndef cost(theta, X, y):\n    return helper(theta)\n", file)
    return file["cost"]


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (("input_layer_size", "hidden_layer_size", "num_labels"), (3, 7, 5)),
        (("num_labels", "n_hidden", "n_in"), (5, 7, 3)),  # names before order
        (("a", "b", "c"), (3, 7, 5)),  # order where names say nothing
        (("hidden",), (7,)),
        (("n_in", "hidden1", "hidden2", "n_out"), (3, 7, 11, 5)),
    ],
)
def test_arguments_are_the_widths_that_their_names_or_their_order_say(
    arguments: tuple[str, ...], given: tuple[int, ...]
) -> None:
    first = next(iter(sizings(arguments, None, 2)))
    assert tuple(first.given[name] for name in arguments) == given


def test_a_list_is_all_widths_at_the_depth_that_is_asked_for() -> None:
    (found,) = sizings(("layers",), None, 2)
    assert found.given == {"layers": [3, 7, 11, 5]}
    assert found.sizes == {"batch": 13, "inputs": 3, "hidden1": 7, "hidden2": 11, "outputs": 5}


def test_without_arguments_the_data_say_it_and_there_is_no_hidden_layer() -> None:
    assert [one.widths for one in sizings((), None, 2)] == [(3, 1), (3, 5), (1, 1)]


def test_one_output_has_that_size_only() -> None:
    assert Sizing((3, 1)).fixed == {"outputs": 1}
    assert Sizing((3, 5)).fixed == {}


def test_a_list_of_the_file_is_read_where_a_helper_reads_it() -> None:
    first = next(iter(sizings((), function("layers[0]", layers=LAYERS), 2)))
    assert (first.widths, first.written) == ((4, 6, 2), True)
    assert first.fixed == {"inputs": 4, "hidden1": 6, "outputs": 2}


def test_constants_of_the_file_are_the_widths_that_they_are_called() -> None:
    first = next(iter(sizings((), function("N_IN + HIDDEN_SIZE + NUM_LABELS + EPOCHS", **WIDTHS), 2)))
    assert first.widths == (9, 8, 6)


def test_what_nothing_reads_is_no_width() -> None:
    assert "layers" not in read_by(function("theta", layers=LAYERS))
    assert [one.widths for one in sizings((), function("theta", **WIDTHS), 2)] == [(3, 1), (3, 5), (1, 1)]
