"""torch and jax against the derived gradients: everything there is, over shapes, regimes and precisions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdverify import catalogue
from gdverify.cases.case import Case
from gdverify.cases.strategies import LARGEST_WIDTH, Space, build, cases
from gdverify.derivation.steps import derive
from gdverify.notation import Architecture, Operation
from tests.helpers import SOURCES, Source
from tests.twins import families
from tests.witness.judging import agrees
from tests.witness.package import NAMES, Package, package
from tests.witness.rows import title
from tests.witness.variants import operations

steady = settings(max_examples=30, deadline=None, derandomize=True, database=None)
# The same once more: other constants, other activations and losses in the same architecture.
brief = settings(steady, max_examples=6)

OPERATIONS = {title(made, catalogue.find_operation(made.name)): made for made in operations()}
VARIANTS = OPERATIONS.keys() - catalogue.operations().keys()
ARCHITECTURES = {str(source): source for source in SOURCES if isinstance(source.made, Architecture)}
MEMBERS = {str(source): source for source in families()}
ACTIVATIONS = {name: made for name, made in OPERATIONS.items() if made.name in catalogue.activations()}
GRID = np.arange(-40, 40, 0.125).reshape(-1, 1, 16)


@pytest.fixture(params=NAMES, scope="session")
def witness(request: pytest.FixtureRequest) -> Package:
    """Each of the packages that is installed."""
    return package(request.param)


@lru_cache(maxsize=256)
def _cases(
    witness: Package, source: Architecture | Operation, options: tuple[tuple[str, object], ...]
) -> st.SearchStrategy[Case]:
    """As everywhere; where every shape costs, of a few shapes and one depth."""
    if witness.shapes is None:
        return cases(Space(source, dict(options)))
    chosen = {**_depths(source), **dict(options)}
    rng = np.random.default_rng(len(str(source)))
    derivation = derive(source, **chosen)
    names = [axis.name for axis in derivation.composition.axes]
    shapes = rng.integers(1, LARGEST_WIDTH + 1, size=(witness.shapes, len(names)))
    roomy = [derivation.roomy(dict(zip(names, map(int, shape), strict=True))) for shape in shapes]
    sizes = [{name: every[name] for name in names} for every in roomy]
    return st.sampled_from(sizes).flatmap(lambda fixed: cases(Space(source, chosen, fixed)))


def _depths(source: Architecture | Operation) -> dict[str, int]:
    options = source.options if isinstance(source, Architecture) else {}
    return {name: default for name, default in options.items() if type(default) is int}


def drawn(data: st.DataObject, witness: Package, source: Source) -> Case:
    """A case for a package."""
    return data.draw(_cases(witness, source.made, tuple(source.options.items())))


@pytest.mark.parametrize("operation", catalogue.operations())
@steady
@given(data=st.data())
def test_operation(witness: Package, operation: str, data: st.DataObject) -> None:
    made = OPERATIONS[operation]
    agrees(witness, made, drawn(data, witness, Source(operation, made)))


@pytest.mark.parametrize("operation", sorted(VARIANTS))
@brief
@given(data=st.data())
def test_operation_with_other_constants(witness: Package, operation: str, data: st.DataObject) -> None:
    made = OPERATIONS[operation]
    agrees(witness, made, drawn(data, witness, Source(operation, made)))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@steady
@given(data=st.data())
def test_architecture(witness: Package, architecture: str, data: st.DataObject) -> None:
    source = ARCHITECTURES[architecture]
    agrees(witness, source.made, drawn(data, witness, source))


@pytest.mark.parametrize("member", MEMBERS)
@brief
@given(data=st.data())
def test_torch_with_every_activation_and_every_loss(member: str, data: st.DataObject) -> None:
    source = MEMBERS[member]
    agrees(package("torch"), source.made, drawn(data, package("torch"), source))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activation_from_one_flat_end_to_the_other(witness: Package, activation: str, dtype: str) -> None:
    """Thresholds and forms that hold on one side only: 16 neighbours at a time, an eighth apart."""
    made = ACTIVATIONS[activation]
    derivation = derive(made)
    first, second = (axis.name for axis in derivation.composition.axes)
    case = build(derivation, {}, {first: 1, second: 16}, "ordinary", dtype, seed=0)
    for z in GRID:
        agrees(witness, made, case.replaced(z=z.astype(dtype)))
