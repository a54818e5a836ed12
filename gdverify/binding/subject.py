"""From a bound unit to a subject: a callable for cases of any size that its constructor can take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from shlex import quote
from typing import Any

import numpy as np

from gdverify.auditing.subject import Subject
from gdverify.auditing.verdicts import Finding
from gdverify.binding.binder import Bound, Wish, bind
from gdverify.binding.binding import Binding
from gdverify.binding.calling.carriers import Array
from gdverify.binding.calling.constructing import HIDDEN
from gdverify.binding.calling.options import covered
from gdverify.binding.calling.parts import HESSIAN, Parts, parts
from gdverify.binding.calling.running import tried
from gdverify.binding.equations.evaluation import computed, near, point, ratio
from gdverify.binding.equations.objectives import OBJECTIVES
from gdverify.binding.equations.penalties import penalty
from gdverify.binding.equations.skeletons import Skeleton, of_source
from gdverify.binding.finding.units import Unit
from gdverify.binding.gradients.constants import Common, common_constant
from gdverify.binding.gradients.deciding import INFERRED
from gdverify.binding.gradients.hessians import with_hessian
from gdverify.binding.gradients.shares import with_shares
from gdverify.binding.gradients.updates import Update, explained
from gdverify.binding.twice import called_twice
from gdverify.cases.case import Case
from gdverify.cases.strategies import DEPTHS, DTYPES, LARGEST_WIDTH
from gdverify.catalogue import find, find_operation
from gdverify.derivation.steps import Source
from gdverify.notation.operation import Operation

WRITTEN = "gdverify.bind(…, {option}) in the binding that `gdverify write TARGET` writes"
DEPTH = 2  # at which a network of any depth is recognised


@dataclass(frozen=True)
class BoundSubject:
    """A subject, and how the unit's arrays correspond to it.

    Attributes:
        subject: to be audited.
        binding: at the sizes where the unit was bound.
        line: the binding, in one line that a reader can check.
        remarks: what to know beside the verdict.
        covered: options and modes that were run, and what was not.
        constant: what all gradients are too large by, ``½`` or ``batch``: correct up to a constant.
        regularised: whether a term is part of the loss that it is judged by.
        findings: what two calls on one object show.
    """

    subject: Subject
    binding: Binding
    line: str
    remarks: tuple[str, ...] = ()
    constant: Common | None = None
    covered: tuple[str, ...] = ()
    regularised: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass
class Implementation:
    """The unit as a function of a case; each depth is bound when the first case of it comes.

    Attributes:
        parts: of the unit.
        wish: what is known of it.
        bound: by depth; None for what has no depth.
    """

    parts: Parts
    wish: Wish
    bound: dict[int | None, Binding] = field(default_factory=dict)

    def __call__(self, case: Case) -> Mapping[str, Any]:
        """Run the unit on a case."""
        binding = self.of(case.options.get("hidden"))
        environment = binding.run(case.arrays, case.sizes, watched=binding.by_change)
        found = binding.gradients_of(environment, case.sizes, case.arrays)
        loss = binding.loss_of(environment)
        if loss is not None:
            found["loss"] = loss
        elif binding.by_upstream:
            (upstream,) = binding.upstream_values(case.arrays)
            found["loss"] = np.sum(binding.result_of(environment, case.sizes) * upstream)
        # Last, since what is read above is of the case as it was: what is written into an argument is written into it.
        for name, array in binding.changed(environment, case.sizes, case.arrays).items():
            case.arrays[name][...] = array
        return found

    def of(self, depth: int | None) -> Binding:
        """The binding for a depth."""
        if depth not in self.bound:
            self.bound[depth] = bind(self.parts, depth or 0, self.wish).binding
        return self.bound[depth]


def find_subject(
    unit: Unit,
    *,
    loss: str | Operation | None = None,
    against: str | Source | None = None,
    regularisation: str | None = None,
) -> BoundSubject:
    """Bind a unit and make it a subject.

    Args:
        unit: as discovered.
        loss: what the gradients should be of; by default the unit's own loss, or else the one that fits.
        against: what the forward pass should compute; by default whatever it is recognised as.
        regularisation: what is added to the loss, such as ``l2(0.01)``; see `gdverify.binding.equations.penalties`.

    Raises:
        Ambiguous: several readings fit; the message asks.
        Unbound: nothing fits; the message says what was tried.
        UnknownName: there is no such loss or architecture.
        UsageError: a regularisation that is none.
    """
    consisting = parts(unit)
    wish = wish_of(loss, against, regularisation)
    if unit.style == HESSIAN and loss is None and against is None:
        wish = replace(wish, among=tuple(one for objective in OBJECTIVES for one in of_source(objective)))
    one = made(unit.qualified, consisting, wish, bind(consisting, DEPTH, wish))
    return _as_objective(one, consisting) if unit.style == HESSIAN else one


def _as_objective(one: BoundSubject, consisting: Parts) -> BoundSubject:
    """What was bound by its gradient, with the Hessian that is returned beside that."""
    binding = with_hessian(one.binding, consisting)
    subject = replace(
        _with_binding(one.subject, None, binding), against=binding.source, options={}, dtypes=_dtypes(binding)
    )
    stated = one.constant is not None and one.constant.constant.stated
    constant = common_constant(binding, stated, partial(_with_binding, subject, None))
    return replace(one, subject=subject, binding=binding, line=str(binding), constant=constant)


def _among(against: str | Source | None) -> tuple[Skeleton, ...] | None:
    if against is None:
        return None
    return of_source(find(against) if isinstance(against, str) else against)


def made(name: str, consisting: Parts, wish: Wish, found: Bound) -> BoundSubject:
    """The subject of a bound unit."""
    terms, beside = with_shares(found.binding, found.match.dtype)
    update = explained(terms, found.match.dtype)
    binding = update.binding if update else terms
    choice = binding.construction.choice if binding.construction else None
    # At other depths it is the same network, of the same activations.
    settled = {name: value for name, value in binding.options.items() if isinstance(value, Operation)}
    narrowed = replace(wish, choice=choice, among=of_source(found.match.skeleton.source, settled))
    depth = found.match.skeleton.structure.get("hidden")
    function = Implementation(consisting, narrowed, {depth: binding})
    options = dict(binding.options)
    if depth is not None and _any_depth(binding):
        options["hidden"] = _depths(function)
    sizes = _sizes(binding, found.match.dtype)
    dtypes = _dtypes(binding)
    subject = Subject(function, name, binding.source, options, sizes, dtypes, declaration=_declaration(name))
    constant = common_constant(binding, found.how != INFERRED, partial(_with_binding, subject, depth))
    twice = called_twice(binding, found.match.dtype)
    remarks = (*binding.remarks, *beside, *_remarks(found, update), *twice.remarks)
    run = (*one_size(sizes), *covered(binding.construction, binding.calls, consisting))
    return BoundSubject(subject, binding, str(binding), remarks, constant, run, found.regularised, twice.findings)


def _declaration(name: str) -> str:
    """Where it can be said what a unit takes that was found, and said nothing itself."""
    place, _, unit = name.rpartition(":")
    target = quote(f"{place}:{unit.partition('(')[0]}").replace("{", "{{").replace("}", "}}")
    return WRITTEN.replace("TARGET", target)


def _with_binding(subject: Subject, depth: int | None, binding: Binding) -> Subject:
    """The subject with another binding at one depth."""
    function = subject.function
    assert isinstance(function, Implementation)
    return replace(subject, function=replace(function, bound={**function.bound, depth: binding}))


def _any_depth(binding: Binding) -> bool:
    """Whether the constructor takes a list of sizes."""
    arguments = binding.construction.arguments.values() if binding.construction else ()
    return any(isinstance(value, list) and set(value) & set(HIDDEN) for value in arguments)


def _depths(function: Implementation) -> tuple[int, ...]:
    """The depths that can be bound."""
    found = []
    for depth in DEPTHS:
        try:
            function.of(depth)
        except Exception:
            continue
        found.append(depth)
    return tuple(found)


def _sizes(binding: Binding, dtype: str) -> dict[str, Any]:
    """The axes whose size the unit fixes: those of a layout, and all where it runs at no other size."""
    others = {name: size + 1 + place for place, (name, size) in enumerate(binding.sizes.items())} | dict(binding.fixed)
    if _runs(binding, others, dtype):
        return {**dict.fromkeys(binding.longer, range(2, LARGEST_WIDTH + 1)), **binding.fixed}
    free = {"batch", "points"} & set(binding.sizes)
    if _runs(binding, {**binding.sizes, **{name: binding.sizes[name] + 1 for name in free}, **binding.fixed}, dtype):
        return {name: size for name, size in binding.sizes.items() if name not in free} | dict(binding.fixed)
    return dict(binding.sizes)


def one_size(sizes: Mapping[str, Any]) -> Iterator[str]:
    """What is said of axes that the unit, or how it stores them, allows one size."""
    fixed = [f"{name}={size}" for name, size in sizes.items() if isinstance(size, int)]
    if fixed:
        yield f"not run: sizes other than {', '.join(fixed)}"


def _runs(binding: Binding, sizes: Mapping[str, int], dtype: str) -> bool:
    """Whether the unit computes at these sizes what it computes at those where it was bound."""
    result = binding.result.tensors[0].name
    values = point(binding.derivation, sizes, dtype)
    got = tried(lambda: _shown(binding, values, sizes))
    if got is None:
        return False
    expected = computed(binding.derivation, values, sizes, [result])[result]
    return near(got, expected) or (result.startswith("d") and ratio(got, expected) is not None)


def _shown(binding: Binding, values: Mapping[str, Array], sizes: Mapping[str, int]) -> Array:
    """What a unit was recognised by: its result, or a gradient that shows in a change."""
    environment = binding.run(values, sizes)
    name = binding.result.tensors[0].name
    if binding.by_change and name.startswith("d"):
        shown = binding.gradients_of(environment, sizes, values)[name[1:]]
        return np.asarray(getattr(shown, "value", shown))
    return binding.result_of(environment, sizes)


def _dtypes(binding: Binding) -> tuple[str, ...]:
    """The dtypes that it keeps: what comes in comes out."""
    return tuple(dtype for dtype in DTYPES if _keeps(binding, dtype)) or DTYPES


def _keeps(binding: Binding, dtype: str) -> bool:
    values = point(binding.derivation, binding.sizes, dtype)
    found = tried(lambda: binding.gradients_of(binding.run(values, binding.sizes), binding.sizes, values))
    return found is not None and all(np.asarray(getattr(one, "value", one)).dtype == dtype for one in found.values())


def _remarks(found: Bound, update: Update | None) -> tuple[str, ...]:
    said = [update.remark] if update else []
    carrier = found.binding.calls[0].carrier
    said += [carrier.said] if carrier.said else []
    if found.how == INFERRED:
        loss = found.binding.options.get("loss") or found.binding.derivation.composition.applications[-1].operation
        said.append(f"no loss is stated: the gradients are those of {loss}, which is inferred")
    return tuple(said)


def wish_of(loss: str | Operation | None, against: str | Source | None, regularisation: str | None) -> Wish:
    return Wish(
        find_operation(loss) if isinstance(loss, str) else loss,
        _among(against),
        term=None if regularisation is None else penalty(regularisation),
    )
