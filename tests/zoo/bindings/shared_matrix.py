"""One matrix in two layers: it is put in both, and the gradients of both uses are added up."""
import shared_matrix as code
import gdverify


def bound(cls):
    return gdverify.bind(
        lambda c: cls(c.size),
        inputs={"x": ("batch", "size"), "upstream": ("batch", "size")},
        places={"W": ["first.W", "second.W"]}, gradients={"W": ["first.dW", "second.dW"], "x": "returned[1]"},
        run=lambda c: (c.self.forward(c.x), c.self.backward(c.upstream)), output="returned[0]",
    )


Twice, TwiceUntransposed = bound(code.Twice), bound(code.TwiceUntransposed)
