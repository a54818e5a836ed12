"""The table of figures, as data."""

from __future__ import annotations

from functools import partial

from tests.benchmarks import (
    audits,
    deriving,
    differentiated,
    exhibits,
    false_alarms,
    generated,
    gradcheck,
    memory,
    mutation,
    processes,
    sensitivity,
    suite,
    twinned,
)
from tests.benchmarks.figure import Figure
from tests.benchmarks.peers import figures as peers

SMALL, MEDIUM, DEEP = generated.SMALL, generated.MEDIUM, generated.DEEP

FIGURES: tuple[Figure, ...] = (
    Figure("derive", "derive + generate, slowest operation", 30, "ms", deriving.slowest_operation),
    Figure("derive", "derive + generate, small CNN", 100, "ms", partial(deriving.architecture, "small_cnn")),
    Figure("derive", "derive + generate, GPT of two blocks", 400, "ms", partial(deriving.architecture, "gpt")),
    Figure("derive", "derive + generate, 8-layer MLP", 60, "ms", partial(deriving.layers, 8)),
    Figure("derive", "derive + generate, 128-layer MLP", 1, "s", partial(deriving.layers, 128)),
    Figure("derive", "growth with depth, exponent", 1.15, "", deriving.exponent),
    *(
        Figure(
            "generated",
            f"generated / by hand, {network}, {activation}",
            1.1,
            "",
            partial(generated.ratio, network, activation),
        )
        for activation in ("tanh", "relu")
        for network in (SMALL, MEDIUM, DEEP)
    ),
    *(
        Figure("twins", f"generated / by hand, {family}, worst", limit, "", partial(twinned.time, family))
        for family, limit in (
            ("dense layers", 1.1),
            ("normalisation", 1.1),
            ("attention", 1.1),
            ("convolution and pooling", 1.25),
            ("recurrences", 1.25),
            ("activations", None),
            ("losses", None),
        )
    ),
    Figure("twins", "peak memory, generated / by hand, worst", 1.25, "", twinned.memory),
    Figure(
        "autograd",
        "autograd / generated, small sizes, least",
        2,
        "",
        partial(differentiated.times_faster, "small"),
        "≥",
    ),
    Figure(
        "autograd",
        "autograd / generated, ordinary sizes, least",
        1,
        "",
        partial(differentiated.times_faster, "ordinary"),
        "≥",
    ),
    Figure("audit", "audit, two-layer MLP, 100 examples, correct", 0.4, "s", audits.correct),
    Figure("audit", "audit, two-layer MLP, 100 examples, wrong", 2, "s", audits.slowest_wrong),
    Figure("audit", "the first audit in a process, correct", None, "s", partial(audits.first, "correct")),
    Figure("audit", "the first audit in a process, wrong", None, "s", partial(audits.first, "derivative_at_z")),
    Figure("found", "gdverify audit FILE, five layers and a network", 5, "s", processes.audit_of_a_file),
    Figure("process", "gdverify audit", 10, "s", processes.audit),
    Figure("catalogue", "gdverify derive, the whole catalogue", 10, "s", processes.derive),
    Figure("process", "gdverify --help", 0.3, "s", processes.help_text),
    Figure("process", "python -c pass", None, "ms", processes.bare),
    Figure("process", "import gdverify, above that", 100, "ms", processes.import_alone),
    Figure("memory", f"peak memory of an audit of {MEDIUM}, correct", 300, "MB", partial(memory.peak, "correct")),
    Figure("memory", f"peak memory of an audit of {MEDIUM}, wrong", 300, "MB", partial(memory.peak, "derivative_at_z")),
    Figure("mutation", "slips that no audit notices", 0, "%", mutation.missed),
    Figure("mutation", "slips that are not named first", 5, "%", mutation.misnamed),
    Figure("sensitivity", "gradients off by 1e-11 that are missed", 0, "", partial(sensitivity.whole_gradient, 1e-11)),
    Figure(
        "sensitivity", "one wrong sign in 256 × 256, missed", 0, "", partial(sensitivity.one_entry, sensitivity.negated)
    ),
    Figure(
        "sensitivity",
        "one entry off by 1e-9 in 256 × 256, missed",
        0,
        "",
        partial(sensitivity.one_entry, sensitivity.nudged),
    ),
    Figure(
        "sensitivity", "decidable entries decided, saturated", 90, "%", partial(sensitivity.decided, "saturated"), "≥"
    ),
    Figure("sensitivity", "… mixed scale", 90, "%", partial(sensitivity.decided, "mixed scale"), "≥"),
    Figure("sensitivity", "correct tensors flagged, float64", 0, "", partial(sensitivity.flagged, "float64")),
    Figure("sensitivity", "correct tensors flagged, float32", 0, "", partial(sensitivity.flagged, "float32")),
    Figure("gradcheck", f"torch gradcheck / one case of an audit, {MEDIUM}", 1000, "×", gradcheck.ratio, "≥"),
    Figure("peers", "slips caught by an audit", 100, "%", peers.caught, "≥"),
    Figure("peers", "their right twins", 0, "flagged", peers.false_alarms),
    Figure("false_alarms", "right implementations", 0, "flagged", false_alarms.flagged),
    Figure("false_alarms", "right implementations, distinct", 100_000, "examples", false_alarms.examples, "≥"),
    Figure("zoo", "right versions of the zoo", 0, "flagged", exhibits.flagged),
    Figure("suite", "the whole test suite on two cores", 180, "s", suite.whole),
)

GROUPS = tuple(dict.fromkeys(figure.group for figure in FIGURES))
# What takes minutes, or needs an extra.
SLOW = ("twins", "autograd", "mutation", "gradcheck", "peers", "false_alarms", "zoo", "suite")
