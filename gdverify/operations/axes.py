"""The axes that the operations declare; an architecture puts its own in their place."""

from gdverify.notation import axis, leading

inputs = axis("inputs", "i")
outputs = axis("outputs", "o")
batch = axis("batch", "n")
features = axis("features", "j")
channels, height, width = axis("channels", "c"), axis("height", "h"), axis("width", "w")
queries, keys, depth, values = axis("queries", "q"), axis("keys", "k"), axis("depth", "d"), axis("values", "v")

__all__ = [
    "batch",
    "channels",
    "depth",
    "features",
    "height",
    "inputs",
    "keys",
    "leading",
    "outputs",
    "queries",
    "values",
    "width",
]
