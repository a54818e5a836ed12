"""Right implementations, as subjects: whatever an audit says against one of them is a false alarm."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from gdverify import catalogue
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import CORRECT
from gdverify.cases.case import Case
from gdverify.documented.records import RECORDS
from gdverify.notation import Architecture
from tests.benchmarks import by_hand
from tests.benchmarks.children import ROOT
from tests.helpers import SOURCES
from tests.styles import VARIANTS
from tests.twins import families, twin

DERIVATIONS = ROOT / "derivations"


@dataclass(frozen=True)
class Right:
    """A right implementation, and where it comes from."""

    kind: str
    subject: Subject


@cache
def implementations() -> tuple[Right, ...]:
    """All of them."""
    return tuple(Right(kind, subject) for kind, subjects in KINDS.items() for subject in subjects())


def _documented() -> Iterator[Subject]:
    for record in RECORDS:
        if record.expected == CORRECT and record.available:
            if record.extra is not None:
                importlib.import_module(record.extra)  # which may take longer than one call may
            yield record.subject


def _twins() -> Iterator[Subject]:
    for source in {str(source): source for source in (*SOURCES, *families())}.values():
        yield Subject(twin(source.name), str(source), source.made, source.options)


def _generated() -> Iterator[Subject]:
    """The committed files: a file has one depth, that of the family's default."""
    for name in catalogue.operations():
        yield _imported(DERIVATIONS / "operations" / f"{name}.py", name, {})
    for page, (name, options) in catalogue.DOCUMENTED.items():
        yield _imported(DERIVATIONS / f"{page}.py", name, options)


def _imported(path: Path, name: str, options: Mapping[str, Any]) -> Subject:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source = catalogue.find(name)
    defaults = source.options if isinstance(source, Architecture) else {}
    depths = {option: value for option, value in defaults.items() if type(value) is int}
    return Subject(
        partial(_called, module.loss_and_gradients), f"derivations/{path.name}", source, {**depths, **options}
    )


def _called(function: Callable[..., Any], case: Case) -> dict[str, Any]:
    loss, gradients = function(**case.arrays)
    return {"loss": loss, **gradients}


def _styles() -> Iterator[Subject]:
    for name, (against, options, written) in VARIANTS.items():
        yield Subject(written, name, against, options)


def _by_hand() -> Iterator[Subject]:
    """What the benchmark of speed measures against: fused, and in order."""
    for activation, network in (("tanh", by_hand.layers_tanh), ("relu", by_hand.layers_relu)):
        function = partial(_positional, network)
        yield Subject(function, network.__name__, "mlp", {"activation": activation, "loss": "mean_squared_error"})


def _positional(network: by_hand.Network, case: Case) -> dict[str, Any]:
    loss, gradients = network(*case.arrays.values())
    return {"loss": loss, **gradients}


KINDS: dict[str, Callable[[], Iterator[Subject]]] = {
    "documented": _documented,
    "twins by hand": _twins,
    "generated": _generated,
    "other styles": _styles,
    "written for speed": _by_hand,
}
