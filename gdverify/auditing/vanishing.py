"""Classes of sizes in which a gradient is 0 whatever the values are, and so shows nothing.

A batch of one has no variance: what batch normalisation passes back through it is 0, and no error can be told there
from none. That it is 0 is proved, entry by entry, at sizes of the class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gdverify.cases.classes import SizeClass, some_sizes
from gdverify.cases.strategies import Space, build
from gdverify.derivation.steps import derive
from gdverify.tracing.deciding import decide_all
from gdverify.tracing.derived import derived, point
from gdverify.tracing.expression import Graph

SHAPES = 2  # of the class, at which it is proved


def vanishes(name: str, row: SizeClass, space: Space, options: Mapping[str, Any]) -> bool:
    """Whether the gradient of a tensor is 0 at all sizes of a class that are looked at.

    Args:
        name: of the tensor.
        row: the class.
        space: says which sizes there are.
        options: of a family that has the tensor.
    """
    derivation, rng = derive(space.source, **options), np.random.default_rng(0)
    sizes = [some_sizes(row, derivation, space.sizes, rng) for _ in range(SHAPES)]
    return all(one is not None and _is_zero(space, options, name, one) for one in sizes)


def _is_zero(space: Space, options: Mapping[str, Any], name: str, sizes: Mapping[str, int]) -> bool:
    derivation, graph = derive(space.source, **options), Graph()
    case = build(derivation, options, sizes, "ordinary", "float64", seed=12345)
    right = derived(derivation, case, graph, [f"d{name}"])
    entries = right.arrays[f"d{name}"].ravel().tolist()
    return all(decision.outcome == "zero" for decision in decide_all(entries, point(case), right.path))
