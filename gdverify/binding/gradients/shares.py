"""Terms beside the gradient at another batch: whether they are divided by its samples, and how they are said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gdverify.binding.binding import Binding
from gdverify.binding.calling.running import tried
from gdverify.binding.equations.evaluation import computed, point
from gdverify.binding.gradients.terms import NONE, Term, added, asked_for
from gdverify.binding.recognising.layouts import BATCH

MORE = 4  # samples
WITHIN = 1e-5  # relative, of factors at two batches

CHANGED = "the update decays {names} by {term} beside the gradient"
RETURNED = "the gradient of {names} has {term} added"
LEFT_OUT = '; no loss states it, so it is left out of the verdict: --regularisation "{option}" makes it count'


def with_shares(binding: Binding, dtype: str) -> tuple[Binding, tuple[str, ...]]:
    """A binding whose terms hold for batches of any size, and what is to be said of them."""
    if not binding.terms:
        return binding, ()
    per_sample = _shrinks(binding, dtype)
    size = next((binding.sizes[name] for name in BATCH if name in binding.sizes), 1)
    changed = tuple(
        replace(one, terms=tuple(_per_sample(t, size) if per_sample else t for t in one.terms))
        for one in binding.gradients
    )
    settled = replace(binding, gradients=changed)
    return settled, _said(settled)


def _shrinks(binding: Binding, dtype: str) -> bool:
    """Whether the terms are smaller where there are more samples, as 1/n is."""
    sizes = {name: size + MORE if name in BATCH else size for name, size in binding.sizes.items()} | dict(binding.fixed)
    samples = [name for name in BATCH if sizes.get(name) != binding.sizes.get(name)]
    name, term = next(iter(binding.terms.items()))
    bare = replace(binding, gradients=tuple(replace(one, terms=()) for one in binding.gradients))
    values = point(binding.derivation, sizes, dtype)
    seen = tried(lambda: bare.gradients_of(bare.run(values, sizes), sizes, values)) if samples else None
    if seen is None:
        return False
    derived = computed(binding.derivation, values, sizes, [f"d{name}"])[f"d{name}"]
    other = added(np.asarray(getattr(seen[name], "value", seen[name])), derived, values[name])
    share = sizes[samples[0]] / binding.sizes[samples[0]]
    usual, less = (one.square + one.absolute if one else 0.0 for one in (term, other))
    return abs(less * share / usual - 1) < WITHIN


def _per_sample(term: Term, samples: int) -> Term:
    if term == NONE:
        return term
    return Term(float(f"{term.square * samples:.5g}"), float(f"{term.absolute * samples:.5g}"), per_sample=True)


def _said(binding: Binding) -> tuple[str, ...]:
    terms = binding.terms
    groups = {term: [name for name, one in terms.items() if one == term] for term in terms.values()}
    options = asked_for(terms, [tensor.name for tensor in binding.derivation.composition.role("parameter")])
    changed = any(one.rate is not None for one in binding.gradients)
    said = CHANGED if changed else RETURNED
    return tuple(
        said.format(names=", ".join(names), term=term) + LEFT_OUT.format(option=option)
        for (term, names), option in zip(groups.items(), options, strict=True)
    )
