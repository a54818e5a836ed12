"""An autoencoder with one matrix for both ways."""
import tied_weights as code
import gdverify


def bound(cls):
    return gdverify.bind(
        lambda c: cls(c.visible, c.hidden),
        inputs={"x": ("batch", "visible")}, sizes={"hidden": (2, 3)},
        places={"W": "W", "b": "b", "c": "c"},
        run=lambda c: (c.self.forward(c.x), c.self.loss(), c.self.gradients()),
        value="returned[1]", gradients="returned[2]",
    )


TiedAutoencoder, TiedAutoencoderEncoderOnly = bound(code.TiedAutoencoder), bound(code.TiedAutoencoderEncoderOnly)
