"""The page of second derivatives: whole formulas, each of what was there before, and no more than is needed."""

from __future__ import annotations

import re
from functools import cache

import pytest

from gdverify import catalogue, hessian_diagonal, hessian_product
from gdverify.codegen.formulas import Latex, formula
from gdverify.codegen.second import Hessian
from gdverify.pages.second import SecondLatex, markdown, sections

NETWORKS = {"mlp": {"hidden": 1}, "logistic_regression": {}, "rnn": {}, "small_cnn": {}, "gru": {}}


@cache
def hessians() -> dict[str, Hessian]:
    """Of every loss the diagonal, and of networks the product."""
    found = {f"{name} diagonal": hessian_diagonal(loss) for name, loss in catalogue.losses().items()}
    return found | {f"{name} product": hessian_product(name, **options) for name, options in NETWORKS.items()}


@cache
def text(name: str) -> str:
    return markdown(hessians()[name], f"operations/{name}", "gdverify derive it")


NAMES = [f"{name} diagonal" for name in catalogue.losses()] + [f"{name} product" for name in NETWORKS]


@pytest.mark.parametrize("name", NAMES)
def test_formulas_are_whole_and_of_what_was_there_before(name: str) -> None:
    hessian = hessians()[name]
    formulas = re.findall(r"^```math\n(.*?)\n```$", text(name), flags=re.MULTILINE | re.DOTALL)
    for one in formulas:
        assert one.count("{") == one.count("}")
        assert one.count(r"\left") == one.count(r"\right")
        assert not re.search(r"\^{[^{}]*}(_{[^{}]*})?\^|_{[^{}]*}(\^{[^{}]*})?_", one)
        assert "·" not in one
    defined = set(hessian.arguments)
    lines = [line for found in sections(hessian).values() for line in found]
    inside = {line.definition.tensor for line in lines if line.definition.loop is not None}
    for line in lines:
        assert {*line.definition.operands} <= defined | inside
        defined.add(line.definition.tensor)
    assert set(hessian.order.results.values()) <= defined


@pytest.mark.parametrize("name", NAMES)
def test_no_two_tensors_are_written_alike(name: str) -> None:
    hessian = hessians()[name]
    style = SecondLatex(hessian)
    lines = [line.definition for found in sections(hessian).values() for line in found]
    written = [style.entry(made.tensor, ()) for made in lines]
    assert len(set(written)) == len(written)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_beyond_the_gradients_is_said_to_be_a_derivative(name: str) -> None:
    beyond = sections(hessians()[name])["second order"]
    assert beyond
    assert all(line.said for line in beyond)


def test_gradients_are_written_as_on_their_own_page() -> None:
    hessian = hessian_product("mlp", hidden=1)
    style, plain = SecondLatex(hessian), Latex()
    for line in sections(hessian)["backward"]:
        assert formula(line.definition, style) == formula(line.definition, plain)
