"""The kill matrix: slips by what they were planted in, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from gdverify.auditing.mutation.score import ALLOWED, EQUIVALENT, KILLED, OUTCOMES, Score
from gdverify.slips.table import SLIPS

SCHEMA_VERSION = 1
# A cell: how many were planted, with what is to be said of those that were not killed.
NONE, PROVED, MISSED = "·", "=", "!"
LEGEND = (
    f"n: so many were planted, and all of them noticed; {NONE}: the slip does not apply; "
    f"{PROVED}: some are proved to change nothing, or choose another value that is allowed at a kink; "
    f"{MISSED}: some were not noticed"
)


def render(scores: Sequence[Score], console: Console) -> None:
    """Print the matrix, what was planted in vain, what survived, and a line that counts them."""
    for line in (*_matrix(scores), "", LEGEND, "", *_harmless(scores)):
        console.print(Text(line), soft_wrap=True)
    for score in scores:
        for fate in score.survivors:
            console.print(Text(f"{fate.outcome}   {score.name}: {fate.slip}: {fate.says}", "bold red"), soft_wrap=True)
            console.print(Text(f"           {fate.evidence}"), soft_wrap=True)
    console.print(Text(_summary(scores), "bold"), soft_wrap=True)


def _matrix(scores: Sequence[Score]) -> Iterator[str]:
    """Targets are numbered, since their names are wider than a column."""
    for number, score in enumerate(scores, start=1):
        counted = ", ".join(f"{n} {outcome}" for outcome in OUTCOMES if (n := score.count(outcome)))
        yield f"{number:>3}  {score.name}: {len(score.fates)} planted, {counted}"
    width = max(len(slip.name) for slip in SLIPS)
    yield ""
    yield " " * width + "".join(f"{number:>5}" for number in range(1, len(scores) + 1))
    for slip in SLIPS:
        yield f"{slip.name:<{width}}" + "".join(f"{_cell(score, slip.name):>5}" for score in scores)


def _cell(score: Score, slip: str) -> str:
    planted = sum(fate.slip == slip for fate in score.fates)
    if not planted:
        return NONE
    harmless = score.count(EQUIVALENT, slip) + score.count(ALLOWED, slip)
    missed = planted - harmless - score.count(KILLED, slip)
    return f"{planted}{PROVED if harmless else ''}{MISSED if missed else ''}"


def _harmless(scores: Sequence[Score]) -> Iterator[str]:
    for score in scores:
        for fate in score.fates:
            if fate.outcome in (EQUIVALENT, ALLOWED):
                yield f"{fate.outcome:<10} {score.name}: {fate.slip}: {fate.says}"
                yield f"{'':<10} {fate.evidence}"


def _summary(scores: Sequence[Score]) -> str:
    counted = {outcome: sum(score.count(outcome) for score in scores) for outcome in OUTCOMES}
    planted = sum(counted.values())
    parts = ", ".join(f"{number} {outcome}" for outcome, number in counted.items() if number)
    return f"{planted} mistakes planted in {len(scores)} derivations: {parts}."


def document(scores: Sequence[Score], examples: int, seed: int) -> str:
    """The fates as JSON text; the same settings give the same bytes."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "examples": examples,
        "seed": seed,
        "mutated": [
            {
                "name": score.name,
                "counts": {outcome: score.count(outcome) for outcome in OUTCOMES},
                "slips": [asdict(fate) for fate in score.fates],
            }
            for score in scores
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
