"""The derivation grows with depth as the network does, and is the same in every run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gdverify import catalogue
from gdverify.codegen.nodes import count
from gdverify.codegen.program import program
from gdverify.derivation.steps import Derivation, derive

DEPTHS = (2, 4, 8, 16)


def counts(derivation: Derivation) -> tuple[int, ...]:
    """Definitions, adjoints, terms, statements, operations in the formulas and in the statements."""
    made = program(derivation)
    statements = (*made.loss, *made.every_adjoint)
    definitions = [*derivation.forward, *derivation.every_adjoint.values()]
    return (
        len(derivation.forward),
        len(derivation.every_adjoint),
        sum(len(definition.terms) for definition in definitions),
        len(statements),
        sum(int(part.body.count_ops()) for definition in definitions for part in definition.terms),
        sum(sum(count(statement.node).values()) for statement in statements),
    )


@pytest.mark.parametrize("name", ["mlp", "fully_connected"])
def test_counts_are_linear_in_depth(name: str) -> None:
    found = [counts(derive(catalogue.find(name), hidden=depth)) for depth in DEPTHS]
    for sizes in zip(*found, strict=True):
        slopes = {(b - a) / (n - m) for m, n, a, b in zip(DEPTHS, DEPTHS[1:], sizes, sizes[1:], strict=False)}
        assert len(slopes) == 1, sizes


def test_a_layer_takes_two_definitions_and_four_adjoints() -> None:
    one, two = (counts(derive(catalogue.find("mlp"), hidden=hidden)) for hidden in (1, 2))
    assert two[0] - one[0] == 2  # z, a
    assert two[1] - one[1] == 4  # dW, db, da, dz


PRINT_ALL = """
import hashlib
from tests.helpers import EVERY, SOURCES, source_of
texts = [source_of(source.derivation) for source in EVERY if source not in SOURCES]
print(hashlib.sha256("".join(texts).encode()).hexdigest())
"""


def test_text_of_users_operations_does_not_depend_on_the_hash_seed() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", PRINT_ALL],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""
