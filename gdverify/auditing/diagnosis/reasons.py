"""Why a gradient is wrong: explanations tried on fresh cases, simplest first, and said only where they hold on all
of them.

1. Witnesses: finite differences of the subject's own loss tell a wrong backward pass from a wrong loss.
2. Ratios: each wrong gradient is the right one times a constant, the same in every entry.
3. Slips: the gradients are those of another loss, or of the chain rule with one or two known mistakes.
4. What is done on purpose: a logarithm or division kept away from 0, a gradient that is clipped.
5. Patterns: what is known where nothing explains it, such as the sizes for which it is right, and which parts of the
   smallest failing case matter.

Before all of them: a subject that computes in single precision is not wrong in its mathematics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gdverify.auditing.diagnosis.candidates import ratio_of
from gdverify.auditing.diagnosis.explaining import Explanations, Found
from gdverify.auditing.diagnosis.guards import deliberate
from gdverify.auditing.diagnosis.localise import first_wrong_link
from gdverify.auditing.diagnosis.patterns import known
from gdverify.auditing.diagnosis.precision import single_precision
from gdverify.auditing.diagnosis.ratios import SAME
from gdverify.auditing.diagnosis.samples import Samples
from gdverify.auditing.diagnosis.varying import Variation
from gdverify.auditing.diagnosis.witnesses import witnesses
from gdverify.auditing.examination import Examination
from gdverify.auditing.problems import Problem
from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Diagnosis
from gdverify.cases.case import Case
from gdverify.cases.strategies import Space
from gdverify.derivation.steps import Derivation, derive


def diagnose(subject: Subject, space: Space, smallest: Examination, seed: int) -> tuple[Diagnosis, ...]:
    """The reasons for a wrong verdict.

    Args:
        subject: the implementation.
        space: the cases that it can take.
        smallest: an examination with wrong tensors.
        seed: of the audit; the fresh cases are other ones.
    """
    try:
        return tuple(_reasons(subject, space, smallest, seed))
    except Problem:
        return ()  # it cannot be judged on some fresh case


def _reasons(subject: Subject, space: Space, smallest: Examination, seed: int) -> Iterator[Diagnosis]:
    derivation = derive(space.source, **smallest.case.options)
    samples = Samples(subject, space, derivation, smallest.case, seed)
    returned = list(samples.some[0].returned.gradients)
    wrong = [name for name in returned if name in smallest.wrong]
    observed = [(sample.case, sample.returned) for sample in samples.some]
    coarse = single_precision(subject, derivation, observed)
    if coarse is not None:
        # An ε of the size of a rounding looks the same at first.
        yield from deliberate(subject, space, derivation, smallest.case, seed) or (coarse,)
        return
    yield from witnesses(subject, derivation, observed, wrong, "loss" in smallest.wrong)
    if wrong:
        shown = _showing(samples, wrong, smallest.case)
        right = frozenset(name for name in returned if _is_right(shown, name))
        yield from first_wrong_link(derivation, returned, right)
        reasons, left = _explained(derivation, shown, wrong)
        if left:
            like = replace(smallest.case, regime=shown.regime)
            on_purpose = list(deliberate(subject, space, derivation, like, seed))
            reasons = on_purpose or [*reasons, *_unexplained(shown, left)]
        yield from reasons


def _showing(samples: Samples, wrong: Sequence[str], failing: Case) -> Samples:
    """Cases that show what is wrong: ordinary ones, or those drawn as the failing one was, or in any regime."""
    if not all(_is_right(samples, name) for name in wrong):
        return samples
    for regime in dict.fromkeys((failing.regime, *samples.space.regimes)):
        others = replace(samples, regime=regime, dtype=failing.dtype.name)
        if not all(_is_right(others, name) for name in wrong):
            return others
    return samples


def _is_right(samples: Samples, name: str) -> bool:
    return all(sample.agrees(name) for sample in samples.some)


def _explained(derivation: Derivation, samples: Samples, wrong: Sequence[str]) -> tuple[list[Diagnosis], list[str]]:
    """Constants and slips, and the wrong tensors that none of them explains."""
    every = {name: _ratio(samples, name) for name in wrong}
    ratios = {name: ratio for name, ratio in every.items() if ratio is not None and ratio != SAME}
    shown = [name for name in samples.some[0].returned.gradients if not _is_right(samples, name)]
    explanations = Explanations(derivation, samples, shown) if shown else None
    by_constants = [_ratio_message(ratios, samples)] if ratios else []
    if len(ratios) == len(wrong) and len(set(ratios.values())) == 1:  # which says it all
        return by_constants, []
    # Different ones may have one reason.
    whole = explanations.whole() if explanations is not None else None
    if len(ratios) == len(wrong):
        return [*by_constants, *([_slip_message(whole, samples)] if whole is not None else [])], []
    if whole is not None:
        return [_slip_message(whole, samples)], []
    part = explanations.part() if explanations is not None else None
    left = [name for name in wrong if name not in ratios]
    if part is None or not set(part.names) & {*left}:
        return by_constants, left
    by_slips = _slip_message(part, samples, part.names)
    return [*by_constants, by_slips], [name for name in left if name not in part.names]


def _unexplained(samples: Samples, left: Sequence[str]) -> Iterator[Diagnosis]:
    variation = Variation.of(samples)
    yield Diagnosis("unexplained", known(variation, left))
    yield from variation.reasons(left)


def _ratio(samples: Samples, name: str) -> str | None:
    for cases in (samples.some, samples.every):
        if (ratio := ratio_of(cases, [sample.bounds for sample in cases], name)) is None:
            return None
    return ratio


def _ratio_message(ratios: Mapping[str, str], samples: Samples) -> Diagnosis:
    listed = ", ".join(f"{name} {ratio}" for name, ratio in ratios.items())
    return Diagnosis("ratio", f"the right gradient times a constant: {listed} ({samples.described})")


def _slip_message(found: Found, samples: Samples, of: Sequence[str] = ()) -> Diagnosis:
    named = f"{', '.join(of)}: " if of else ""
    return Diagnosis(found.slipped.slip.kind, f"{named}{found.says} ({samples.described})")
