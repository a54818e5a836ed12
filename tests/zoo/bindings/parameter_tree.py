"""Parameters in dictionaries in a list in a dictionary."""
import parameter_tree as code
import gdverify


def bound(function):
    return gdverify.bind(
        lambda c: code.init(c.widths),
        against="mlp",
        places={"W{k}": "layers[k - 1]['kernel'].T", "b{k}": "layers[k - 1]['shift'][0]"},
        run=lambda c: function(c.self, c.x, c.t),
        gradients={"W{k}": "returned[k - 1]['g_kernel'].T", "b{k}": "returned[k - 1]['g_shift']"},
    )


gradients, gradients_shared = bound(code.gradients), bound(code.gradients_shared)
