"""What is established, and how: finite differences, rounding bounds, the comparison of gradients."""
