"""The peak resident memory of a process that audits a large network."""

from __future__ import annotations

import sys
from time import perf_counter

from tests.benchmarks import children
from tests.benchmarks.figure import Measured, NotMeasured

SIZES = {"batch": 64, "inputs": 784, "hidden1": 128, "outputs": 10}
EXAMPLES = 20

# A process starts with the peak of the one that started it. This one stands between, and is small.
BETWEEN = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
# What ru_maxrss counts in: bytes on macOS, else kilobytes.
UNIT = 1 if sys.platform == "darwin" else 1024


def peak(name: str) -> Measured:
    """Bytes, of an audit with every size fixed."""
    start = perf_counter()
    printed = children.completed([sys.executable, "-c", BETWEEN, *children.command("large_audit", name)])
    took = perf_counter() - start
    said, largest = printed.splitlines()
    verdict, length = said.split()
    if verdict != ("correct" if name == "correct" else "wrong"):
        raise NotMeasured(f"{name}: the verdict is {verdict}")
    return Measured(
        int(largest) * UNIT, f"{name}, {EXAMPLES} examples, text of {length} characters; whole process, {took:.1f} s"
    )
