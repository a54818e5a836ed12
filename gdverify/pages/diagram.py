"""The graph of a network as a Mermaid flowchart, which forges draw."""

from __future__ import annotations

from collections.abc import Iterator

from gdverify.derivation.stages import stages
from gdverify.derivation.steps import Derivation
from gdverify.pages.narrator import applied

# How a tensor that is given is drawn, by its role. Shapes tell them apart without colours, in light and dark.
SHAPES = {"input": ("([", "])"), "parameter": ("{{", "}}"), "target": ("[/", "/]")}
OPERATION, RESULT = ("[", "]"), ("(((", ")))")
KEY = {
    "input": "rounded: input",
    "parameter": "hexagon: parameter",
    "target": "slanted: target",
    "operation": "box: operation",
    "result": "circles: {result}",
}


def diagram(derivation: Derivation) -> str:
    """The text of the flowchart."""
    return "\n".join(["flowchart TD", *(f"    {line}" for line in _lines(derivation))])


def key(derivation: Derivation) -> str:
    """What the shapes stand for, those that occur."""
    roles = [role for role in SHAPES if derivation.composition.role(role)]
    result = "loss" if derivation.upstream is None else "result"
    return ", ".join(KEY[role] for role in (*roles, "operation", "result")).format(result=result)


def _lines(derivation: Derivation) -> Iterator[str]:
    found = stages(derivation)
    source = {definition.tensor: f"step{at}" for at, stage in enumerate(found) for definition in stage.definitions}
    for at, tensor in enumerate(derivation.composition.declared):
        source[tensor] = f"given{at}"
        yield _node(source[tensor], tensor.name, SHAPES[tensor.role])
    for at, stage in enumerate(found):
        yield _node(f"step{at}", applied(stage), OPERATION)
        for tensor in stage.reads:
            label = f"|{tensor.name}|" if source[tensor].startswith("step") else ""
            yield f"{source[tensor]} -->{label} step{at}"
    result = derivation.result
    yield _node("result", result.name, RESULT)
    yield f"{source[result]} --> result"


def _node(identifier: str, text: str, shape: tuple[str, str]) -> str:
    return f'{identifier}{shape[0]}"{text}"{shape[1]}'
