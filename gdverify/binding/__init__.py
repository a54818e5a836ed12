"""From the user's code to a subject: which arrays are which tensors, where the gradients are, and in what layout."""
