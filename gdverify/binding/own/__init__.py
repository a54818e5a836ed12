"""Units that no equation describes: their own forward pass is the reference."""
