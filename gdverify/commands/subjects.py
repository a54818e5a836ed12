"""What the targets of ``gdverify audit`` are: functions marked for it, or a file as it is.

A file that marks its subjects was written for gdverify and is imported; any other is only looked into, since to run
it might start its training.
"""

from __future__ import annotations

from dataclasses import dataclass

from gdverify.auditing.subject import Subject
from gdverify.binding.files.loading import Loaded
from gdverify.binding.files.loading import load as looked_into
from gdverify.binding.finding.discovery import discover
from gdverify.binding.finding.marks import marks_subjects
from gdverify.binding.finding.units import Discovery
from gdverify.errors import UsageError, unknown
from gdverify.loading import load, split

MARKING = (
    "mark a function that takes a case and returns its gradients:\n\n"
    '    @gdverify.subject(against="mlp", hidden=1, activation="tanh", loss="mean_squared_error")\n'
    "    def my_network(case):\n"
    '        x, t = case.inputs["x"], case.targets["t"]\n'
    '        W1, b1 = case.parameters["W1"], case.parameters["b1"]\n'
    "        …\n"
    '        return {"loss": loss, "W1": dW1, "b1": db1, "W2": dW2, "b2": db2}\n\n'
    "`gdverify list architectures` shows what there is to judge against."
)


@dataclass(frozen=True)
class Marked:
    """Subjects that are marked in a file or module, by the name that finds each again: ``net.py:my_network``."""

    subjects: dict[str, Subject]


@dataclass(frozen=True)
class AsItIs:
    """A file or module that was not written for gdverify, and what was found in it."""

    place: str
    discovery: Discovery


def resolve(target: str) -> Marked | AsItIs:
    """What a target ``FILE_OR_MODULE[:NAME]`` is.

    Raises:
        LoadError: it does not exist, or cannot be loaded; the message names the line.
        UnknownName: nothing in it has that name.
        UsageError: there is nothing to audit in it, or what has that name cannot be audited.
    """
    place, name = split(target)
    if marks_subjects(place):
        return _marked(place, name)
    loaded = looked_into(place)
    discovery = discover(loaded, name)
    if not discovery.found:
        raise UsageError(_nothing(loaded, discovery))
    return AsItIs(place, discovery)


def _marked(place: str, wanted: str | None) -> Marked:
    found = {name: value for name, value in vars(load(place)).items() if isinstance(value, Subject)}
    if not found:
        raise UsageError(f"{place}: no subject in it; {MARKING}")
    if wanted is None:
        return Marked({f"{place}:{name}": value for name, value in found.items()})
    if wanted not in found:
        raise unknown(f"subject in {place}:", wanted, found)
    return Marked({f"{place}:{wanted}": found[wanted]})


def _nothing(loaded: Loaded, discovery: Discovery) -> str:
    """What was looked at in vain, and the way that always works."""
    looked = [
        *discovery.lines(),
        *(f"missing  {name}  is not installed, and was stood in for" for name in loaded.stubbed),
    ]
    passed = "".join(f"\n    {line}" for line in looked)
    found = "nothing that looks like code with a gradient"
    found += f"; looked at, and left:{passed}\n" if passed else ". "
    return f"{loaded.shown}: no subject in it, and {found}To audit what is not found, {MARKING}"
