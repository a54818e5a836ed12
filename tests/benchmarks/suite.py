"""The time of the whole test suite."""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter

from tests.benchmarks.children import ROOT
from tests.benchmarks.figure import Measured, NotMeasured

COMMAND = ("-m", "pytest", "-n", "2", "-q")


def whole() -> Measured:
    """One run with two workers."""
    start = perf_counter()
    # COLUMNS may be set for the table of figures; the tests have widths of their own.
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    run = subprocess.run(
        [sys.executable, *COMMAND], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    took = perf_counter() - start
    last = run.stdout.strip().splitlines()[-1:] or ["no output"]
    if run.returncode:
        raise NotMeasured(f"the suite does not pass ({took:.0f} s): {last[0]}")
    return Measured(took, f"one run: {last[0].strip('= ')}")
