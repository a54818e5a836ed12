"""All parameters in one flat vector, the bias in the first column of each matrix."""
import numpy as np
import flat_parameters as code
import gdverify


def bound(function):
    rows = {1: "self[:hidden1 * (inputs + 1)].reshape(hidden1, inputs + 1)",
            2: "self[hidden1 * (inputs + 1):].reshape(outputs, hidden1 + 1)"}
    return gdverify.bind(
        lambda c: np.zeros(c.hidden1 * (c.inputs + 1) + c.outputs * (c.hidden1 + 1)),
        against="mlp", hidden=1, activation="sigmoid", loss="binary_cross_entropy_with_logits",
        places={f"{t}{k}": rows[k] + part for k in rows for t, part in (("W", "[:, 1:]"), ("b", "[:, 0]"))},
        run=lambda c: function(c.self, c.inputs, c.hidden1, c.outputs, c.x, c.t),
        gradients="returned[1]",
    )


cost_and_gradient, cost_and_gradient_leaking = bound(code.cost_and_gradient), bound(code.cost_and_gradient_leaking)
