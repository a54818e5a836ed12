"""The axes that the operations declare; an architecture puts its own in their place."""

from gdverify.notation import axis, leading

inputs = axis("inputs", "i")
outputs = axis("outputs", "o")
batch = axis("batch", "n")

__all__ = ["batch", "inputs", "leading", "outputs"]
