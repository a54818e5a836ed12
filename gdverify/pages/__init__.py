"""The page that derives an architecture: Markdown with LaTeX, a diagram of the graph, gradients in matrix form."""
