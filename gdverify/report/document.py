"""The report as a versioned JSON document."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gdverify.auditing.verdicts import SCHEMA_VERSION, ParameterVerdict, SubjectReport


def document(subjects: Sequence[SubjectReport]) -> str:
    """JSON text; the same audit gives the same bytes. A number that is not finite becomes null."""
    content = {"schema_version": SCHEMA_VERSION, "subjects": [_subject(subject) for subject in subjects]}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _subject(report: SubjectReport) -> dict[str, Any]:
    case = report.failing_case
    return {
        "subject": report.subject,
        "architecture": report.architecture,
        "verdict": report.verdict,
        "expected": report.expected,
        "constant": report.constant and asdict(report.constant),
        "evidence": report.evidence,
        "examples": report.examples,
        "further": report.further,
        "seed": report.seed,
        "command": report.command,
        "bound": report.judged and asdict(report.judged),
        "grounds": [{"level": g.level, "says": g.says, "tensors": list(g.tensors)} for g in report.grounds],
        "parameters": [_parameter(row) for row in report.parameters],
        "diagnosis": [{"kind": remark.kind, "message": remark.message} for remark in report.diagnosis],
        "findings": [{"kind": f.kind, "message": f.message, "severe": f.severe} for f in report.findings],
        "failing_case": case
        and {
            "sizes": dict(case.sizes),
            "options": dict(case.options),
            "regime": case.regime,
            "dtype": case.dtype,
            "numpy": list(case.numpy),
        },
    }


def _parameter(row: ParameterVerdict) -> dict[str, Any]:
    return {
        "name": row.name,
        "verdict": row.verdict,
        "largest_error": _finite(row.largest_error),
        "tolerance": _finite(row.tolerance),
        "worst_index": list(row.worst_index),
        "got": _finite(row.got),
        "expected": _finite(row.expected),
        "informative": row.informative,
        "cases": row.cases,
        "informative_entries": row.informative_entries,
        "entries": row.entries,
        "evidence": row.evidence,
        "coverage": [asdict(cell) for cell in row.coverage],
    }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
