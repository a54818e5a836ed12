"""From a bound unit to a subject: a callable for cases of any size that its constructor can take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from gdverify.auditing.diagnosis.ratios import explain_ratio
from gdverify.auditing.subject import Subject
from gdverify.binding.ambiguity import Ambiguous, Unbound
from gdverify.binding.binder import Bound, Wish, bind
from gdverify.binding.binding import Binding
from gdverify.binding.carriers import Array
from gdverify.binding.constructing import HIDDEN, constructions
from gdverify.binding.deciding import INFERRED
from gdverify.binding.evaluation import computed, near, point, ratio
from gdverify.binding.own import Own, bind_own
from gdverify.binding.parts import Parts, curvature, parts
from gdverify.binding.running import tried
from gdverify.binding.skeletons import Skeleton, of_source
from gdverify.binding.units import Unit
from gdverify.binding.updates import Update, explained
from gdverify.cases.case import Case
from gdverify.cases.strategies import DEPTHS, DTYPES, LARGEST_WIDTH, fresh
from gdverify.catalogue import find, find_operation
from gdverify.derivation.steps import Source, derive
from gdverify.evidence.reference import reference
from gdverify.notation.operation import Operation

CONSTANT_CASES = 12
DEPTH = 2  # at which a network of any depth is recognised


@dataclass(frozen=True)
class BoundSubject:
    """A subject, and how the unit's arrays correspond to it.

    Attributes:
        subject: to be audited.
        binding: at the sizes where the unit was bound.
        line: the binding, in one line that a reader can check.
        remarks: what to know beside the verdict.
        constant: what all gradients are too large by, ``× ½`` or ``× batch``: correct up to a constant.
    """

    subject: Subject
    binding: Binding
    line: str
    remarks: tuple[str, ...] = ()
    constant: str | None = None


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
        return found

    def of(self, depth: int | None) -> Binding:
        """The binding for a depth."""
        if depth not in self.bound:
            self.bound[depth] = bind(self.parts, depth or 0, self.wish).binding
        return self.bound[depth]


def find_subject(
    unit: Unit, *, loss: str | Operation | None = None, against: str | Source | None = None
) -> BoundSubject:
    """Bind a unit and make it a subject.

    Args:
        unit: as discovered.
        loss: what the gradients should be of; by default the unit's own loss, or else the one that fits.
        against: what the forward pass should compute; by default whatever it is recognised as.

    Raises:
        Ambiguous: several readings fit; the message asks.
        Unbound: nothing fits; the message says what was tried.
        UnknownName: there is no such loss or architecture.
    """
    consisting = parts(unit)
    wish = _wish(loss, against)
    found = bind(consisting, DEPTH, wish)
    return made(unit.qualified, consisting, wish, found)


def _among(against: str | Source | None) -> tuple[Skeleton, ...] | None:
    if against is None:
        return None
    return of_source(find(against) if isinstance(against, str) else against)


def made(name: str, consisting: Parts, wish: Wish, found: Bound) -> BoundSubject:
    """The subject of a bound unit."""
    update = explained(found.binding, found.match.dtype)
    binding = update.binding if update else found.binding
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
    subject = Subject(function, name, binding.source, options, sizes, _dtypes(binding))
    return BoundSubject(subject, binding, str(binding), _remarks(found, update), _constant(binding, subject))


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


def _runs(binding: Binding, sizes: Mapping[str, int], dtype: str) -> bool:
    """Whether the unit computes at these sizes what it computes at those where it was bound."""
    result = binding.result.tensors[0].name
    values = point(binding.derivation, sizes, dtype)
    changed = any(one.held.place == binding.result.place and one.rate is not None for one in binding.gradients)
    got = tried(lambda: _shown(binding, values, sizes, result.removeprefix("d") if changed else ""))
    if got is None:
        return False
    expected = computed(binding.derivation, values, sizes, [result])[result]
    return near(got, expected) or (result.startswith("d") and ratio(got, expected) is not None)


def _shown(binding: Binding, values: Mapping[str, Array], sizes: Mapping[str, int], changed: str) -> Array:
    """The result, or where that is a parameter that is changed, what it is changed by."""
    environment = binding.run(values, sizes)
    if not changed:
        return binding.result_of(environment, sizes)
    found = binding.gradients_of(environment, sizes, values)[changed]
    return np.asarray(getattr(found, "value", found))


def _dtypes(binding: Binding) -> tuple[str, ...]:
    """The dtypes that it keeps: what comes in comes out."""
    return tuple(dtype for dtype in DTYPES if _keeps(binding, dtype)) or DTYPES


def _keeps(binding: Binding, dtype: str) -> bool:
    values = point(binding.derivation, binding.sizes, dtype)
    found = tried(lambda: binding.gradients_of(binding.run(values, binding.sizes), binding.sizes, values))
    return found is not None and all(np.asarray(getattr(one, "value", one)).dtype == dtype for one in found.values())


def _remarks(found: Bound, update: Update | None) -> tuple[str, ...]:
    said = [update.remark] if update else []
    if found.how == INFERRED:
        loss = found.binding.options.get("loss") or found.binding.derivation.composition.applications[-1].operation
        said.append(f"no loss is stated: the gradients are those of {loss}, which is inferred")
    return tuple(said)


def _constant(binding: Binding, subject: Subject) -> str | None:
    """What all gradients are too large by, as it would be said; None where they are not, or by no common constant."""
    if all(one.constant == 1.0 or one.constant is None for one in binding.gradients):
        return None
    space = subject.space()
    options = _last(space.options)
    derivation = derive(space.source, **options)
    names = [tensor.name for tensor in derivation.wanted]
    cases = fresh(space, derivation, options, CONSTANT_CASES, 0)
    seen = [(case, tried(partial(subject, case))) for case in cases]
    said = set()
    for name in names:
        observations = [
            (_value(got[name]), reference(derivation, case, [f"d{name}"]).bounds[f"d{name}"], case, 0.0)
            for case, got in seen
            if got is not None
        ]
        said.add(explain_ratio(observations) if observations else None)
    return said.pop() if len(said) == 1 and said != {"× 1"} else None


def _value(got: Any) -> Any:
    return np.asarray(getattr(got, "value", got))


def _last(options: Mapping[str, Any]) -> dict[str, Any]:
    """Of each choice the last: a deep network has factors that differ from layer to layer, a shallow one has not."""
    return {name: list(v)[-1] if isinstance(v, (tuple, list, range)) else v for name, v in options.items()}


def find_subjects(
    unit: Unit, *, loss: str | Operation | None = None, against: str | Source | None = None
) -> tuple[BoundSubject | Own, ...]:
    """Everything in a unit that can be audited: against the catalogue, or else against its own forward pass.

    Raises:
        Ambiguous: several readings fit; the message asks.
        Unbound: nothing fits; the message says what was tried.
        UnknownName: there is no such loss or architecture.
    """
    try:
        first = find_subject(unit, loss=loss, against=against)
        second_order = curvature(unit)
        own = () if second_order is None else (replace(bind_own(second_order, DEPTH), name=second_order.name),)
        return (first, *_further(unit, first, loss, against), *own)
    except Ambiguous:
        # What the catalogue knows only in part may be exactly the gradient of its own forward pass.
        proved = None if loss is not None or against is not None else _proved_by_itself(unit)
        if proved is None:
            raise
        return (proved,)
    except Unbound as refused:
        if loss is not None or against is not None:
            raise
        try:
            return (replace(bind_own(parts(unit), DEPTH), name=unit.qualified),)
        except Unbound as own_refused:
            raise Unbound(f"{refused} {own_refused}") from own_refused


def _proved_by_itself(unit: Unit) -> Own | None:
    try:
        own = bind_own(parts(unit), DEPTH)
    except (Unbound, Ambiguous):
        return None
    return replace(own, name=unit.qualified) if own.proved else None


def _further(
    unit: Unit, first: BoundSubject, loss: str | Operation | None, against: str | Source | None
) -> Iterator[BoundSubject]:
    """The same unit with every other option that its constructor offers, as far as it can be bound so."""
    construction = first.binding.construction
    if construction is None or not construction.choice:
        return
    consisting = parts(unit)
    offered = [one.choice for one in constructions(construction.make, DEPTH) if one.choice != construction.choice]
    seen: list[Mapping[str, Any]] = []
    for choice in offered:
        if choice in seen:
            continue
        seen.append(choice)
        try:
            found = bind(consisting, DEPTH, _wish(loss, against, choice))
        except (Unbound, Ambiguous):
            continue
        chosen = ", ".join(f"{name}={getattr(value, '__name__', value)}" for name, value in choice.items())
        yield made(f"{unit.qualified}({chosen})", consisting, _wish(loss, against, choice), found)


def _wish(loss: str | Operation | None, against: str | Source | None, choice: Mapping[str, Any] | None = None) -> Wish:
    return Wish(find_operation(loss) if isinstance(loss, str) else loss, _among(against), choice)
