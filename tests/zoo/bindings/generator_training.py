"""A generator: the second next() makes the step."""
from itertools import islice
from types import SimpleNamespace

import generator_training as code
import gdverify


def bound(train):
    return gdverify.bind(
        lambda c: SimpleNamespace(),
        against="line", places={"a": "w", "b": "b"},
        run=lambda c: [*islice(train(c.x, c.t, c.self.w, c.self.b, lr=2.0**20), 2)],
        rate=2.0**20, value="returned[0]",
    )


train_line, train_line_swapped = bound(code.train_line), bound(code.train_line_swapped)
