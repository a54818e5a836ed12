"""A binding: which arrays of a unit are which tensors, before and after its calls. It is what a subject runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gdverify.binding.calling.carriers import Array, precision_of
from gdverify.binding.calling.constructing import BATCH, Construction
from gdverify.binding.calling.places import Environment, Place, get, put
from gdverify.binding.calling.running import SELF, Call, Held
from gdverify.binding.equations.evaluation import computed
from gdverify.binding.gradients.gradients import Found, snapshot
from gdverify.binding.gradients.terms import NONE, Term, over, without
from gdverify.derivation.steps import Derivation, Source
from gdverify.notation.tensors import Tensor

BEFORE = "before"  # root of the arrays that the object held before the call that gives the gradients


CUT = 1e-5  # relative: a norm that is so close to the largest may have been cut down


@dataclass(frozen=True)
class Clip:
    """The largest norm that an update leaves a gradient, or all of them together."""

    norm: float
    together: bool


def norm_by(gradients: Mapping[str, Array], together: bool) -> dict[str, float]:
    """The norm that decides about each gradient: its own, or that of all."""
    own = {name: float(np.linalg.norm(array)) for name, array in gradients.items()}
    return dict.fromkeys(own, float(np.linalg.norm([*own.values()]))) if together else own


@dataclass(frozen=True)
class Binding:
    """How the arrays of a unit correspond to the tensors of a derivation.

    Attributes:
        source: what the unit computes, with its loss.
        options: of the family.
        derivation: of that member.
        construction: of the object; None for functions.
        settings: attributes that are set to a value, such as the learning rate.
        held: the tensors that go in.
        calls: in order; the last one gives the gradients.
        result: the prediction, or the loss where that is all there is to see.
        loss: where the loss is, if anywhere.
        gradients: where each gradient is.
        sizes: of the axes at the point where the unit was bound.
        fixed: axes whose size the unit or a layout fixes.
        by_upstream: whether the gradients are products with what arrives from behind.
        clip: how gradients are cut down before they show.
        remarks: what a reader should know beside the verdict.
    """

    source: Source
    options: Mapping[str, Any]
    derivation: Derivation
    construction: Construction | None
    settings: Mapping[Place, Any]
    held: tuple[Held, ...]
    calls: tuple[Call, ...]
    result: Held
    loss: Held | None
    gradients: tuple[Found, ...]
    sizes: Mapping[str, int]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    by_upstream: bool = False
    clip: Clip | None = None
    remarks: tuple[str, ...] = ()

    def run(self, values: Mapping[str, Array], sizes: Mapping[str, int], watched: bool = True) -> Environment:
        """The environment after all calls, on an object of its own.

        Args:
            values: of the tensors, by name.
            sizes: of the axes, for the constructor.
            watched: whether to remember what the object held before the last call.
        """
        with precision_of(self.calls[0].carrier, values):
            return self._run(values, sizes, watched)

    def _run(self, values: Mapping[str, Array], sizes: Mapping[str, int], watched: bool) -> Environment:
        environment: dict[str, Any] = {}
        if self.construction is not None:
            environment[SELF] = self.construction.build(self._exchanged(sizes))
        for place, value in self.settings.items():
            put(environment, place, value)
        for one in self.held:
            one.store(environment, _in_rows(values) if one.place in self._trained else values)
        self._call(environment, watched)
        return environment

    def run_again(self, environment: Environment, values: Mapping[str, Array]) -> None:
        """Make the calls once more on the same object, with other values."""
        with precision_of(self.calls[0].carrier, values):
            for one in self.held:
                one.renew(environment, values)
            self._call(environment, watched=True)

    def _call(self, environment: Environment, watched: bool) -> None:
        for call in self.calls[:-1]:
            call.make(environment)
        if watched:
            environment[BEFORE] = snapshot(environment, self.held)
        self.calls[-1].make(environment)

    def gradients_of(
        self, environment: Environment, sizes: Mapping[str, int], values: Mapping[str, Array]
    ) -> dict[str, Any]:
        """The gradients by tensor."""
        behind = next(iter(self.upstream_values(values)), None)
        found: dict[str, Any] = {}
        for one in self.gradients:
            shown = one.read(environment, environment.get(BEFORE, {}), sizes, behind)
            terms = one.by_tensor
            whole = {name: over(value, one.share) for name, value in shown.items()}
            found |= {name: without(v, terms.get(name, NONE), values.get(name, v), sizes) for name, v in whole.items()}
        return found if self.clip is None else self._at_full_size(found, sizes, values, self.clip)

    def _at_full_size(
        self, found: Mapping[str, Any], sizes: Mapping[str, int], values: Mapping[str, Array], clip: Clip
    ) -> dict[str, Any]:
        """Gradients that were scaled down to a norm, at the size of the derived ones: their direction is what shows."""
        shown = {name: np.asarray(getattr(one, "value", one)) for name, one in found.items()}
        derived = computed(self.derivation, values, sizes, [f"d{name}" for name in shown])
        got = norm_by(shown, clip.together)
        full = norm_by({name: derived[f"d{name}"] for name in shown}, clip.together)
        cut = {name: norm >= clip.norm * (1 - CUT) and full[name] > norm for name, norm in got.items()}
        return {name: over(one, got[name] / full[name]) if cut[name] else one for name, one in found.items()}

    def upstream_values(self, values: Mapping[str, Array]) -> list[Array]:
        """The gradient that arrives from behind; nothing for a network with its loss."""
        if self.upstream is not None:
            return [values[self.upstream]]
        return [values[t.name] for t in self.derivation.composition.role("target")] if self.by_upstream else []

    def loss_of(self, environment: Environment) -> Any:
        """The loss that the unit gives; None where it gives none."""
        if self.loss is None:
            return None
        return self.loss.read(self.loss.carrier.read(get(environment, self.loss.place)), {})["loss"]

    def result_of(self, environment: Environment, sizes: Mapping[str, int]) -> Array:
        """The prediction."""
        (value,) = self.result.read(self.result.carrier.read(get(environment, self.result.place)), sizes).values()
        return value

    def changed(
        self, environment: Environment, sizes: Mapping[str, int], values: Mapping[str, Array]
    ) -> dict[str, Array]:
        """The arguments that are no longer as they were passed, as the calls left them, by tensor."""
        found: dict[str, Array] = {}
        for one in self.held:
            after = get(environment, one.place) if one.is_argument else None
            if type(after) is not np.ndarray or after.dtype.kind != "f" or one.place in self._trained:
                continue
            before = one.layout.store(*(values[tensor.name] for tensor in one.tensors))
            if after.shape == before.shape and after.tobytes() != before.astype(after.dtype).tobytes():
                found |= one.read(after, sizes)
        return found

    @cached_property
    def _trained(self) -> frozenset[Place]:
        """Arguments whose change is the gradient: to change them is what the calls are for."""
        return frozenset(one.start or one.held.place for one in self.gradients if one.rate is not None)

    @property
    def terms(self) -> dict[str, Term]:
        """What gradients have beside the derived ones, by tensor."""
        return {name: term for one in self.gradients for name, term in one.by_tensor.items()}

    @property
    def by_change(self) -> bool:
        """Whether a gradient is seen only in the change of the weights."""
        return any(one.rate is not None for one in self.gradients)

    @property
    def upstream(self) -> str | None:
        """The tensor that arrives from behind, for a derivative that is still to be multiplied by it."""
        if self.derivation.upstream is not None:
            return self.derivation.upstream.name
        return None

    def _exchanged(self, sizes: Mapping[str, int]) -> dict[int, int]:
        """From the primes that the constructor was given to the sizes of a case."""
        ends = {name: size - self.longer.get(name, 0) for name, size in sizes.items() if name in self.sizes}
        return {self.sizes[name] - self.longer.get(name, 0): size for name, size in ends.items()} | (
            {BATCH: sizes["batch"]} if "batch" in sizes else {}
        )

    @cached_property
    def longer(self) -> dict[str, int]:
        """The axes that are one longer than what the constructor was given, for a constant input to the next layer."""
        primes = self.construction.primes if self.construction is not None else set()
        return {name: 1 for name, size in self.sizes.items() if size not in primes and size - 1 in primes - {BATCH}}

    def lines(self) -> list[str]:
        """What is where, one fact a line."""
        made = [] if self.construction is None else [f"self = {self.construction}"]
        calls = [str(call) for call in self.calls]
        loss = [] if self.loss is None else [str(self.loss)]
        stored = [str(one) for one in self.held]
        # What was recognised by a change of a parameter is said as that gradient.
        result = [str(self.result)] if self.result.place not in {one.place for one in self.held} else []
        every = [*made, *stored, *calls, *result, *loss, *map(str, self.gradients)]
        return [*dict.fromkeys(every)]

    def __str__(self) -> str:
        return "; ".join(self.lines())


def _in_rows(values: Mapping[str, Array]) -> dict[str, Array]:
    """The values in writable memory, the last index fastest."""
    return {name: array.copy() for name, array in values.items()}


def renamed(held: Held, tensor: Tensor) -> Held:
    """The same place and layout for another tensor of the same axes."""
    return Held((tensor,), held.layout, held.place, held.carrier)
