"""Where the gradients are, what they are of, and what an update has made of them."""
