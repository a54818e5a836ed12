"""What ``gdverify audit`` is asked for, beside its targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any

from gdverify.commands.options import DEFAULT_EXAMPLES
from gdverify.loading import is_file, split


@dataclass(frozen=True)
class Asked:
    """The options of a run."""

    examples: int
    seed: int
    tolerance: float | None
    kink: str | None
    evidence: str
    bits: int
    declared: dict[str, str | None]
    # Code under audit runs in a folder of its own; what is declared names files as seen from here.
    folder: Path = field(default_factory=Path.cwd)

    def __post_init__(self) -> None:
        """Refuse what makes no sense before the first subject is judged."""
        from gdverify.auditing.ladder.rungs import Wanted
        from gdverify.evidence.allowance import Allowance

        Allowance().with_changes(self.allowed)
        Wanted(**self.wanted)

    @property
    def meant(self) -> dict[str, str | None]:
        """What is declared, with the whole path of a file that defines it."""
        return {option: self._meant(value) for option, value in self.declared.items()}

    def _meant(self, value: str | None) -> str | None:
        place, name = split(value or "")
        if name is None:
            return f"{self.folder / place}" if place.endswith(".py") else value
        return f"{self.folder / place}:{name}" if is_file(place) else value

    @property
    def allowed(self) -> dict[str, Any]:
        """What changes the rule by which is judged."""
        return {"tolerance": self.tolerance, "kink": _number(self.kink)}

    @property
    def wanted(self) -> dict[str, Any]:
        """How far to go beyond tests."""
        return {"evidence": self.evidence, "bits": self.bits}

    @property
    def replay(self) -> str:
        """The options that draw the same cases and judge by the same rule."""
        words = [f"--seed {self.seed}"]
        words += [f"--examples {self.examples}"] if self.examples != DEFAULT_EXAMPLES else []
        words += [f"--tolerance {self.tolerance:g}"] if self.tolerance is not None else []
        words += [f"--kink {quote(self.kink)}"] if self.kink is not None else []
        words += [f"--evidence {self.evidence}"] if self.evidence != "auto" else []
        words += [f"--bits {self.bits}"] if self.bits != 256 else []
        return " ".join(words)


def _number(text: str | None) -> float | str | None:
    """A number where the text is one."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text
