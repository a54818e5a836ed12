"""Private attributes, a batch in columns, and an activation inside the layer, which no equation of the catalogue is."""
import mangled as code
import gdverify


def bound(cls):
    return gdverify.bind(
        lambda c: cls(c.inputs, c.outputs),
        inputs={"x": ("inputs", "batch"), "upstream": ("outputs", "batch")},
        places={"W": "__weights", "b": "__bias"},
        run=lambda c: (c.self.forward(c.x), c.self.backward(c.upstream)), output="returned[0]",
        gradients={"W": "__dweights", "b": "__dbias", "x": "returned[1]"},
    )


Layer, LayerUnsquared = bound(code.Layer), bound(code.LayerUnsquared)
