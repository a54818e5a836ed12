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
time = axis("time", "t")
queries, keys, depth, values = axis("queries", "q"), axis("keys", "k"), axis("depth", "d"), axis("values", "v")

__all__ = [
    "batch",
    "channels",
    "classes",
    "columns",
    "depth",
    "features",
    "inputs",
    "keys",
    "leading",
    "outputs",
    "pieces",
    "queries",
    "rows",
    "time",
    "values",
]
