"""The axes that the operations declare; an architecture puts its own in their place."""

from gdverify.notation import axis, leading

inputs = axis("inputs", "i")
outputs = axis("outputs", "o")
batch = axis("batch", "n")
channels = axis("channels", "c")
features = axis("features", "f")
rows = axis("rows", "i")
columns = axis("columns", "j")
classes = axis("classes", "k")
pieces = axis("pieces", "k")

__all__ = ["batch", "channels", "classes", "columns", "features", "inputs", "leading", "outputs", "pieces", "rows"]
