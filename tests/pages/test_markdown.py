"""The page of a derivation: what it says, and that a forge can draw it."""

from __future__ import annotations

import re
from functools import cache

import pytest
from sympy import Expr

from gdverify import catalogue
from gdverify.derivation.steps import derive
from gdverify.notation import (
    Tensor,
    architecture,
    axis,
    indices,
    input_tensor,
    leading,
    operation,
    parameter,
    target,
    total,
)
from gdverify.notation import functions as f
from gdverify.operations.activations import product, tanh
from gdverify.operations.losses import squared_error
from gdverify.pages.files import documented_pages
from gdverify.pages.markdown import markdown

features = axis("features", "j")


@operation("p", z=(leading, features), gives=(leading, features))
def softmax(z: Tensor) -> Expr:
    """Softmax of *each* row, values in <0, 1>."""
    n, j, k = indices(leading, features, features)
    return f.exp(z[n, j]) / total(f.exp(z[n, k]), over=k)


@operation("o", a=(features,), gives=(features, features))
def outer(a: Tensor) -> Expr:
    """All products."""
    j, k = indices(features, features)
    return a[j] * a[k]


@operation("s", z=(leading, features), gives=(leading,))
def partition(z: Tensor) -> Expr:
    """What softmax divides by."""
    n, j = indices(leading, features)
    return f.log(total(f.exp(z[n, j]), over=j))


@architecture
def sharing() -> Tensor:
    """Two operations that compute the same exponential on their way."""
    rows, columns = axis("batch", "n"), axis("columns", "c")
    z = parameter("z", rows, columns)
    return squared_error(product(partition(z), total_of(softmax(z))), target("t", rows))


@operation("r", p=(leading, features), gives=(leading,))
def total_of(p: Tensor) -> Expr:
    """Sum of each row."""
    n, j = indices(leading, features)
    return total(p[n, j], over=j)


@architecture
def gated() -> Tensor:
    """Two ways from p to the loss, one of them computed twice."""
    rows = axis("batch", "n")
    x, p = input_tensor("x", rows), parameter("p", rows)
    first = product(x, p, name="y1")
    left, right = tanh(first, name="u"), tanh(first, name="v")
    return squared_error(product(product(left, right, name="q"), first, name="r"), target("t", rows))


USERS = {source.name: derive(source) for source in (softmax, outer, gated, sharing)}


@cache
def pages() -> dict[str, str]:
    """Every documented page, and those of the operations above."""
    found = {page.name: page.files[f"{page.name}.md"] for page in documented_pages()}
    return found | {name: markdown(derivation, name, f"gdverify derive {name}") for name, derivation in USERS.items()}


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)\n```$", text, flags=re.MULTILINE | re.DOTALL)


def section(page: str, title: str) -> str:
    """The text of a section, subsections included."""
    level = title.split(" ")[0]
    found = re.search(
        rf"^{re.escape(title)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", pages()[page], re.MULTILINE | re.DOTALL
    )
    assert found, f"{page} has no section {title}"
    return found[1].strip()


@pytest.mark.parametrize("page", pages())
def test_formulas_are_whole(page: str) -> None:
    formulas = fences(pages()[page], "math")
    assert formulas
    for formula in formulas:
        assert formula.count("{") == formula.count("}")
        assert formula.count(r"\left") == formula.count(r"\right")
        assert len(re.findall(r"\\begin{", formula)) == len(re.findall(r"\\end{", formula))
        assert not re.search(r"\\frac{}|{}{}|\n\n", formula)
        assert "·" not in formula, "a slot of the normal form is no symbol of the page"


@pytest.mark.parametrize("page", pages())
def test_github_refuses_no_macro(page: str) -> None:
    assert not re.search(r"\\(operatorname|mbox|phantom|newcommand|def|require|href|class)\b", pages()[page])


@pytest.mark.parametrize("page", pages())
def test_no_symbol_has_two_superscripts_or_two_subscripts(page: str) -> None:
    for formula in fences(pages()[page], "math"):
        assert not re.search(r"\^{[^{}]*}(_{[^{}]*})?\^|_{[^{}]*}(\^{[^{}]*})?_", formula)


@pytest.mark.parametrize("page", pages())
def test_every_edge_of_the_graph_joins_nodes_that_are_drawn(page: str) -> None:
    (graph,) = fences(pages()[page], "mermaid")
    head, *lines = graph.splitlines()
    assert head == "flowchart TD"
    nodes = {found[1] for line in lines if (found := re.match(r" +(\w+)\W+\"", line))}
    edges = [re.match(r" +(\w+) -->(?:\|\w+\|)? (\w+)$", line) for line in lines if "-->" in line]
    assert all(edges)
    assert {end for edge in edges if edge for end in edge.groups()} == nodes


@pytest.mark.parametrize("page", pages())
def test_every_adjoint_has_its_section(page: str) -> None:
    derivations = {known.name: known.derivation for known in documented_pages()} | USERS
    headings = re.findall(r"^### (?:Adjoint|Gradient) of `(\w+)`$", pages()[page], flags=re.MULTILINE)
    assert sorted(headings) == sorted(tensor.name for tensor in derivations[page].every_adjoint)


def test_sections_in_order() -> None:
    assert re.findall(r"^##? .*", pages()["mlp_relu"], flags=re.MULTILINE) == [
        "# mlp_relu",
        "## Tensors",
        "## Graph",
        "## Forward",
        "## Derivatives of its functions",
        "## Backward",
        "## Further back",
        "## Gradients in matrix form",
        "## Conventions at kinks",
        "## The same in NumPy",
    ]


def test_banner_source_and_the_way_to_the_code() -> None:
    text = pages()["two_layer_classifier"]
    assert text.startswith(
        "<!-- Generated by gdverify; do not edit. Regenerate with: gdverify derive two_layer_classifier -->\n\n"
    )
    assert '\nSource: "Forward- and Backward-propagation and Gradient Descent' in text
    assert "[`two_layer_classifier.py`](two_layer_classifier.py)" in text


def test_tensors() -> None:
    rows = section("mlp_tanh", "## Tensors").splitlines()
    assert "| `x[n, i]` | (batch, inputs) | input |" in rows
    assert "| `W2[h2, h1]` | (hidden2, hidden1) | parameter |" in rows
    assert "| `t[n, o]` | (batch, outputs) | target |" in rows
    assert "| `a1[n, h1]` | (batch, hidden1) | intermediate |" in rows
    assert "| `loss` | () | loss, L in formulas |" in rows
    assert "| `da[n, j]` | (batch, features) | adjoint of the result, given |" in section(
        "operations/relu", "## Tensors"
    )


def test_forward_says_what_each_operation_is_once() -> None:
    forward = section("mlp_tanh", "## Forward")
    assert forward.count("Hyperbolic tangent.") == 1
    assert "`a2 = tanh(z2)`, the same operation:" in forward
    assert r"z^{(2)}_{n h_{2}} = \sum_{h_{1}} W^{(2)}_{h_{2} h_{1}} \, a^{(1)}_{n h_{1}} + b^{(2)}_{h_{2}}" in forward


LINKS = {
    ("mlp_tanh", "### Adjoint of `z2`"): (
        "`z2` is read by `a2 = tanh(z2)`, so its adjoint is that of `a2` times the derivative of tanh, read from the "
        "value of `a2`.",
        r"\frac{\partial L}{\partial a^{(2)}_{n h_{2}}} \, "
        r"\frac{\partial a^{(2)}_{n h_{2}}}{\partial z^{(2)}_{n h_{2}}}",
        r"\left(1 - {\left(a^{(2)}_{n h_{2}}\right)}^{2}\right) \, \frac{\partial L}{\partial a^{(2)}_{n h_{2}}}",
    ),
    ("mlp_relu", "### Adjoint of `z1`"): (
        "`z1` is read by `a1 = relu(z1)`, so its adjoint is that of `a1` times the derivative of relu, read from the "
        "value of `a1`.",
        r"\frac{\partial L}{\partial a^{(1)}_{n h_{1}}} \, "
        r"\frac{\partial a^{(1)}_{n h_{1}}}{\partial z^{(1)}_{n h_{1}}}",
        r"\frac{\partial L}{\partial a^{(1)}_{n h_{1}}} \, "
        r"\begin{cases} 1 & \text{if } a^{(1)}_{n h_{1}} > 0 \\ 0 & \text{otherwise} \end{cases}",
    ),
    ("mlp_tanh", "### Gradient of `b3`"): (
        "which is 1. One `b3[o]` enters `z3[n, o]` for every n, so what it receives is summed over n.",
        r"\sum_{n} \frac{\partial L}{\partial z^{(3)}_{n o}} \, \frac{\partial z^{(3)}_{n o}}{\partial b^{(3)}_{o}}",
        r"\sum_{n} \frac{\partial L}{\partial z^{(3)}_{n o}}",
    ),
    ("mlp_tanh", "### Adjoint of `a1`"): (
        "the derivative of affine by `a1`, which is `W2[h2, h1]`.",
        r"\sum_{h_{2}} \frac{\partial L}{\partial z^{(2)}_{n h_{2}}} \, "
        r"\frac{\partial z^{(2)}_{n h_{2}}}{\partial a^{(1)}_{n h_{1}}}",
        r"\sum_{h_{2}} W^{(2)}_{h_{2} h_{1}} \, \frac{\partial L}{\partial z^{(2)}_{n h_{2}}}",
    ),
    ("mlp_tanh", "### Adjoint of `z3`"): (
        "The chain starts at the loss: `z3` is read by `loss = mean_squared_error(z3, t)` directly. Of the sum only "
        "one term contains `z3[n, o]`: that with the same indices.",
        r"\frac{\partial}{\partial z^{(3)}_{n o}} "
        r"\left(\frac{{\left(z^{(3)}_{n o} - t_{n o}\right)}^{2}}{\mathrm{batch} \cdot \mathrm{outputs}}\right)",
        r"\frac{2 \, \left(z^{(3)}_{n o} - t_{n o}\right)}{\mathrm{batch} \cdot \mathrm{outputs}}",
    ),
    ("gated", "### Adjoint of `y1`"): (
        "`y1` is read by `r = product(q, y1)` and by `u = tanh(y1)`. The loss depends on it along each of these ways",
        r"\frac{\partial L}{\partial r_{n}} \, \frac{\partial r_{n}}{\partial y^{(1)}_{n}} + "
        r"\frac{\partial L}{\partial u_{n}} \, \frac{\partial u_{n}}{\partial y^{(1)}_{n}}",
        r"q_{n} \, \frac{\partial L}{\partial r_{n}} + "
        r"\left(1 - {u_{n}}^{2}\right) \, \frac{\partial L}{\partial u_{n}}",
    ),
    ("gated", "### Adjoint of `u`"): (
        "`u` is read by `q = product(u, u)` at 2 places.",
        r"\frac{\partial L}{\partial q_{n}} \, \frac{\partial q_{n}}{\partial u_{n}}",
        r"u_{n} \, \frac{\partial L}{\partial q_{n}} + u_{n} \, \frac{\partial L}{\partial q_{n}}",
    ),
    ("outer", "### Adjoint of `a`"): (
        "`a` is read by `o = outer(a)` at 2 places.",
        r"\sum_{j', j''} \frac{\partial L}{\partial o_{j' j''}} \, \frac{\partial o_{j' j''}}{\partial a_{j}}",
        r"\sum_{j'} a_{j'} \, \frac{\partial L}{\partial o_{j j'}} + "
        r"\sum_{j'} a_{j'} \, \frac{\partial L}{\partial o_{j' j}}",
    ),
}


@pytest.mark.parametrize("place", LINKS, ids=str)
def test_each_link_in_words_as_chain_rule_and_with_derivatives(place: tuple[str, str]) -> None:
    sentence, general, result = LINKS[place]
    text = section(*place)
    assert sentence in text
    first, second = fences(text, "math")[0].splitlines()[1:-1]
    assert first.endswith(rf"&= {general} \\")
    assert second == f"&= {result}"


def test_what_a_network_in_front_receives_comes_last() -> None:
    assert "### Adjoint of `x`" in section("mlp_relu", "## Further back")
    assert "### Adjoint of `x`" not in section("mlp_relu", "## Backward")


def test_a_definition_inside_an_operation_is_named_by_its_equation() -> None:
    assert "`z` is read by `p_exp[n, j] = exp(z[n, j])`" in section("softmax", "### Adjoint of `z`")


def test_an_operation_that_is_met_again_is_drawn_once() -> None:
    (graph,) = fences(pages()["gated"], "mermaid")
    assert graph.count("tanh") == 1
    assert '"q = product(u, u)"' in graph
    assert "step0 -->|y1| step1" in graph
    assert "given0 --> step0" in graph
    assert 'given1{{"p"}}' in graph
    assert 'given0(["x"])' in graph
    assert 'result((("loss")))' in graph


def test_what_two_operations_share_is_drawn_between_them() -> None:
    (graph,) = fences(pages()["sharing"], "mermaid")
    assert "step0 -->|s_exp| step1" in graph
    assert "given0 --> step1" not in graph


KINKS = {
    "mlp_relu": [
        "- `a1 = relu(z1)` has a kink where `z1[n, h1] = 0`. The derivative of relu by `z1` is declared to be 0 there; "
        "every value in [0, 1] is a subgradient, and allowed.",
        "- `a2 = relu(z2)` has a kink where `z2[n, h2] = 0`. The derivative of relu by `z2` is declared to be 0 there; "
        "every value in [0, 1] is a subgradient, and allowed.",
    ],
    "operations/leaky_relu": [
        "- `a = leaky_relu(z, alpha=0.01)` has a kink where `z[n, j] = 0`. The derivative by `z` is declared to be "
        "0.01 there; every value in [0.01, 1] is a subgradient, and allowed."
    ],
    "operations/mean_absolute_error": [
        "- `loss = mean_absolute_error(y, t)` has a kink where `y[n, o] = t[n, o]`. The derivative of the absolute "
        "value by `y` is declared to be 0 there; every value in [-1, 1] is a subgradient, and allowed."
    ],
    "mlp_tanh": ["None: no derivative on this page jumps."],
    "operations/binary_cross_entropy": ["None: no derivative on this page jumps."],
}


@pytest.mark.parametrize("page", KINKS)
def test_conventions_at_kinks(page: str) -> None:
    assert section(page, "## Conventions at kinks").splitlines() == KINKS[page]


def test_functions_are_defined_and_differentiated() -> None:
    (formulas,) = fences(section("operations/softplus", "## Derivatives of its functions"), "math")
    rows = [row.removesuffix(r" \\") for row in formulas.splitlines()[1:-1]]
    assert rows == [
        r"\mathrm{softplus}\left(u\right) &= \log\left(1 + \exp\left(u\right)\right)",
        r"\frac{\partial \mathrm{softplus}\left(u\right)}{\partial u} &= \sigma\left(u\right)",
        r"\sigma\left(u\right) &= \frac{1}{1 + \exp\left(-u\right)}",
    ]


def test_matrix_form() -> None:
    text = section("fully_connected", "## Gradients in matrix form")
    assert r"\frac{\partial L}{\partial W^{(2)}} &= \frac{\partial L}{\partial z^{(2)}} \, a^{(1)\top}" in text
    assert r"\frac{\partial L}{\partial a^{(1)}} &= W^{(2)\top} \, \frac{\partial L}{\partial z^{(2)}}" in text
    assert "⊙ multiplies entry by entry" in text
    assert "⊙" not in section("operations/affine", "## Gradients in matrix form"), "only what occurs is explained"
    assert "Every tensor is a number" in section("quadratic", "## Gradients in matrix form")


def test_text_of_a_docstring_is_text() -> None:
    assert r"Softmax of \*each\* row, values in \<0, 1>." in pages()["softmax"]


def test_a_member_of_a_family_says_so() -> None:
    assert "A member of the family `mlp`." in pages()["mlp_relu"]
    assert "family" not in pages()["quadratic"]
    assert derive(catalogue.find("quadratic")).name == "quadratic"
