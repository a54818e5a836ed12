"""Why a gradient is wrong: explanations tried on fresh cases, simplest first, and said only where they hold on all
of them.

1. Witnesses: finite differences of the subject's own loss tell a wrong backward pass from a wrong loss.
2. Ratios: the gradient is the right one times a constant, the same in every entry.
3. Losses: the gradient is the right one of another loss of the catalogue.
4. Slips: the gradient is the right one with a known mistake in one link of the chain.
5. What is done on purpose: a logarithm or division kept away from 0, a gradient that is clipped.

Before all of them: a subject that computes in single precision is not wrong in its mathematics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from gdverify.auditing.examination import Examination
from gdverify.auditing.execution import Returned, adjoint_names, call
from gdverify.auditing.guards import deliberate
from gdverify.auditing.localise import first_wrong_link
from gdverify.auditing.precision import single_precision
from gdverify.auditing.problems import Problem
from gdverify.auditing.ratios import SAME, explain_ratio
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Diagnosis
from gdverify.auditing.witnesses import witnesses
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space, fresh
from gdverify.catalogue import operations
from gdverify.codegen.equations import loss_equation
from gdverify.codegen.program import Statement
from gdverify.derivation.steps import Derivation, derive
from gdverify.derivation.variants import losses_instead
from gdverify.evidence.allowance import Allowance
from gdverify.evidence.comparison import compare
from gdverify.evidence.reference import Bound, reference
from gdverify.slips.edits import slipped

# Fresh cases that an explanation has to hold on: 40 of up to 10,000 entries, fewer of larger ones, 8 at least.
FRESH_CASES, LEAST_FRESH_CASES = 40, 8
FRESH_ENTRIES = 400_000
PROBES = 3  # an explanation that fails on the first few is not tried on the others


@dataclass(frozen=True)
class Sample:
    """A fresh case with what the subject returned for it, and what it should have."""

    case: Case
    returned: Returned
    bounds: dict[str, Bound]
    allowance: Allowance


@dataclass(frozen=True)
class Explanation:
    """Gradients that the subject's may be: those of another loss, or with a slip."""

    kind: str
    says: str
    bounds: Callable[[Case, Allowance], dict[str, Bound]]


def diagnose(subject: Subject, space: Space, smallest: Examination, seed: int) -> tuple[Diagnosis, ...]:
    """The reasons for a wrong verdict.

    Args:
        subject: the implementation.
        space: the cases that it can take.
        smallest: an examination with wrong tensors.
        seed: of the audit; the fresh cases are other ones.
    """
    derivation = derive(space.source, **smallest.case.options)
    samples = _samples(subject, space, derivation, smallest.case, seed)
    if not samples:
        return ()
    coarse = single_precision(subject, derivation, [(sample.case, sample.returned) for sample in samples])
    if coarse is not None:
        # An ε of the size of a rounding looks the same at first.
        return tuple(deliberate(subject, space, derivation, smallest.case, seed)) or (coarse,)
    returned = list(samples[0].returned.gradients)
    wrong = [name for name in returned if name in smallest.wrong]
    found = list(
        witnesses(subject, derivation, [(s.case, s.returned) for s in samples], wrong, "loss" in smallest.wrong)
    )
    if wrong:
        right = frozenset(name for name in returned if all(_agrees(sample, name) for sample in samples))
        found += first_wrong_link(derivation, returned, right)
        reasons = _explained(derivation, samples, returned, wrong, smallest.case)
        if reasons[-1].kind == "unexplained":
            reasons = deliberate(subject, space, derivation, smallest.case, seed) or reasons
        found += reasons
    return tuple(found)


def _samples(subject: Subject, space: Space, derivation: Derivation, failing: Case, seed: int) -> list[Sample]:
    found = []
    for case in fresh(space, derivation, failing.options, FRESH_CASES, seed):
        try:
            returned = call(subject, derivation, case)
        except Problem:
            return []
        bounds = reference(derivation, case, adjoint_names(returned), allowance=subject.allowance).bounds
        found.append(Sample(case, returned, bounds, subject.allowance))
        if len(found) >= max(LEAST_FRESH_CASES, FRESH_ENTRIES // case.entries):
            break
    return found


def _explained(
    derivation: Derivation, samples: Sequence[Sample], returned: Sequence[str], wrong: Sequence[str], failing: Case
) -> list[Diagnosis]:
    declared = [sample.bounds for sample in samples]
    every = {name: _ratio(samples, declared, name) for name in wrong}
    ratios = {name: ratio for name, ratio in every.items() if ratio is not None and ratio != SAME}
    if len(ratios) == len(wrong):
        return [_ratio_message(ratios, len(samples))]
    # What is right on all fresh cases is no other gradient there.
    whole = None if set(every.values()) == {SAME} else _candidate(derivation, samples, returned)
    if whole is not None:
        return [whole]
    return ([_ratio_message(ratios, len(samples))] if ratios else []) + [_unexplained(samples, wrong, ratios, failing)]


def _candidate(derivation: Derivation, samples: Sequence[Sample], returned: Sequence[str]) -> Diagnosis | None:
    """The first explanation that fits every gradient; where none does, the first that fits up to one constant."""
    scaled: Diagnosis | None = None
    probes = sorted(samples, key=_uninformative)[:PROBES]
    for explanation in (*_other_losses(derivation, returned), *_slips(derivation, returned)):
        if _explained_ratio(explanation, probes, returned) is None:
            continue
        ratio = _explained_ratio(explanation, samples, returned)
        if ratio is None:
            continue
        said = explanation.says if ratio == SAME else f"{explanation.says}; and every gradient is {ratio} besides"
        found = Diagnosis(explanation.kind, f"{said} (confirmed on {len(samples)} fresh cases)")
        if ratio == SAME:
            return found
        scaled = scaled or found
    return scaled


def _uninformative(sample: Sample) -> int:
    """In how many tensors the sample could not show an error."""
    bounds = (sample.bounds[f"d{name}"] for name in sample.returned.gradients)
    return sum(not (bound.tolerance < abs(bound.expected)).any() for bound in bounds)


def _explained_ratio(explanation: Explanation, samples: Sequence[Sample], names: Sequence[str]) -> str | None:
    """The constant, the same for every tensor, by which the gradients differ from the explanation; None without one."""
    bounds = [explanation.bounds(sample.case, sample.allowance) for sample in samples]
    common: str | None = None
    for name in names:
        ratio = _ratio(samples, bounds, name)
        if ratio is None or common not in (None, ratio):
            return None
        common = ratio
    return common


def _ratio(samples: Sequence[Sample], bounds: Sequence[dict[str, Bound]], name: str) -> str | None:
    return explain_ratio(
        [
            (s.returned.gradients[name], b[f"d{name}"], s.case, s.returned.uncertainty.get(name, 0.0))
            for s, b in zip(samples, bounds, strict=True)
        ]
    )


def _ratio_message(ratios: dict[str, str], cases: int) -> Diagnosis:
    listed = ", ".join(f"{name} {ratio}" for name, ratio in ratios.items())
    return Diagnosis("ratio", f"the right gradient times a constant: {listed} (confirmed on {cases} fresh cases)")


def _other_losses(derivation: Derivation, returned: Sequence[str]) -> Iterator[Explanation]:
    declared = derivation.composition.applications[-1].operation
    for name, variant in losses_instead(derivation, operations("losses")).items():
        yield Explanation(
            "other loss",
            f"is the gradient of {_described(name)}, not of the declared {_described(declared.name)}",
            partial(_bounds, variant, returned),
        )


def _described(loss: str) -> str:
    return f"{loss_equation(loss)} ({loss})" if loss in operations("losses") else loss


def _slips(derivation: Derivation, returned: Sequence[str]) -> Iterator[Explanation]:
    for candidate in slipped(derivation):
        yield Explanation(
            "slip",
            candidate.says,
            partial(_bounds, derivation, returned, statements=candidate.statements),
        )


def _bounds(
    derivation: Derivation,
    names: Sequence[str],
    case: Case,
    allowance: Allowance,
    statements: tuple[Statement, ...] | None = None,
) -> dict[str, Bound]:
    # At a tie any subgradient is accepted, but it explains nothing.
    return reference(derivation, case, [f"d{name}" for name in names], "declared", statements, allowance).bounds


def _unexplained(samples: Sequence[Sample], wrong: Sequence[str], ratios: dict[str, str], case: Case) -> Diagnosis:
    """What is known where nothing explains it: how often, and for which sizes, it is wrong."""
    found: dict[str, list[str]] = {}
    for name in wrong:
        if name not in ratios:
            outcomes = [(s.case, _agrees(s, name)) for s in samples]
            failing = sum(not agrees for _, agrees in outcomes)
            how = f"wrong on {failing} of {len(samples)} fresh cases{_pattern(outcomes)}"
            if not failing:
                drawn = samples[0].case
                how += (
                    f", which have {drawn.regime} values in {drawn.dtype}: look at {case.regime} values in {case.dtype}"
                )
            found.setdefault(how, []).append(name)
    parts = [f"{', '.join(names)}: {how}" for how, names in found.items()]
    return Diagnosis("unexplained", "; ".join(parts) + "; no constant factor, other loss or known slip explains it")


def _agrees(sample: Sample, name: str) -> bool:
    gradient, uncertainty = sample.returned.gradients[name], sample.returned.uncertainty.get(name, 0.0)
    return compare(gradient, sample.bounds[f"d{name}"], uncertainty).agrees


def _pattern(outcomes: Sequence[tuple[Case, bool]]) -> str:
    """A size that separates the wrong cases from the right ones."""
    for axis in outcomes[0][0].sizes:
        right = {case.sizes[axis] for case, agrees in outcomes if agrees}
        wrong = {case.sizes[axis] for case, agrees in outcomes if not agrees}
        if right and wrong and not right & wrong:
            return f": right only for {axis} in {sorted(right)}"
    return ""
