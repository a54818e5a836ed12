"""What is checked: the documented architectures and the operations, each written right, and with every slip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from gdverify import catalogue
from gdverify.auditing.mutation.equivalence import DIFFERENT, proof
from gdverify.auditing.mutation.planted import planted
from gdverify.auditing.subject import Subject
from gdverify.cases.case import Array, Case
from gdverify.codegen.program import needed, program, run
from gdverify.evidence.arithmetic import NUMPY
from gdverify.notation import Architecture
from gdverify.slips.slip import Slipped
from gdverify.slips.table import slipped
from tests.benchmarks.peers.question import Question
from tests.helpers import Source
from tests.twins import twin

RIGHT = "right"
SEED = 3
Gradients = Callable[[Case], Mapping[str, Array]]


@dataclass(frozen=True)
class Candidate:
    """A backward pass.

    Attributes:
        source: what its gradients should be those of.
        slip: the mistake in it, or `RIGHT`.
        says: the mistake in words.
        written: makes the backward pass, from a case to the gradients by name, as it is before its first call.
    """

    source: Source
    slip: str
    says: str
    written: Callable[[], Gradients]

    def subject(self) -> Subject:
        """As gdverify takes it: the loss, which is right, and the gradients."""
        loss, gradients = program(self.source.derivation).loss, self.written()

        def function(case: Case) -> dict[str, Array]:
            values = run(loss, {**case.arrays, **case.sizes}, NUMPY)
            return {"loss": values["loss"], **self._wanted(gradients(case))}

        return Subject(function, f"{self.source}, {self.says}", self.source.made, self.source.options)

    def question(self, case: Case) -> Question:
        """As the other checkers take it: the result itself, where gdverify is given its product with the upstream."""
        derivation, gradients = self.source.derivation, self.written()
        names, result, behind = [t.name for t in derivation.wanted], derivation.result.name, derivation.upstream
        forward = needed(program(derivation).forward, [result])

        def at(arrays: tuple[Array, ...]) -> Case:
            return case.replaced(**dict(zip(names, arrays, strict=True)))

        def value(*arrays: Array) -> Array:
            return np.asarray(run(forward, {**at(arrays).arrays, **case.sizes}, NUMPY)[result])

        def of_loss(upstream: Array, *arrays: Array) -> tuple[Array, ...]:
            return tuple(np.asarray(upstream * g) for g in self._wanted(gradients(at(arrays))).values())

        def of_operation(upstream: Array, *arrays: Array) -> tuple[Array, ...]:
            given = at(arrays).replaced(**dict.fromkeys(case.upstream, upstream))
            return tuple(np.asarray(g) for g in self._wanted(gradients(given)).values())

        pullback = of_loss if behind is None else of_operation
        upstream = next(iter(case.upstream.values()), np.ones(()))
        return Question(value, pullback, tuple(case.arrays[name] for name in names), upstream)

    def _wanted(self, found: Mapping[str, Array]) -> dict[str, Array]:
        return {tensor.name: found[tensor.name] for tensor in self.source.derivation.wanted}


@cache
def sources() -> tuple[Source, ...]:
    """Every operation, and the architecture of every documented page; depths as in the family's own default."""
    pages = [*((name, {}) for name in catalogue.operations()), *catalogue.DOCUMENTED.values()]
    return tuple(_of_one_depth(name, options) for name, options in pages)


def _of_one_depth(name: str, options: Mapping[str, object]) -> Source:
    made = catalogue.find(name)
    families = made.options if isinstance(made, Architecture) else {}
    depths = {option: default for option, default in families.items() if type(default) is int}
    return Source(name, made, {**depths, **options})


def right(source: Source) -> Candidate:
    """The hand-written twin."""
    return Candidate(source, RIGHT, "written right", lambda: twin(source.name))


def wrong(source: Source) -> Iterator[Candidate]:
    """Every slip that changes a gradient."""
    for made in _mistakes(source):
        yield Candidate(source, made.slip.name, made.says, partial(_gradients, source, made))


def equivalent(source: Source) -> int:
    """How many slips change nothing, or choose another subgradient."""
    return sum(1 for _ in slipped(source.derivation)) - len(_mistakes(source))


@cache
def _mistakes(source: Source) -> tuple[Slipped, ...]:
    every = slipped(source.derivation)
    return tuple(made for made in every if proof(made, source.made, source.options, SEED).outcome == DIFFERENT)


def _gradients(source: Source, made: Slipped) -> Gradients:
    """Anew for each checker: nothing that one has called is left to the next."""
    return planted(made, source.made, source.options).function
