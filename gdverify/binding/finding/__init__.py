"""What a file holds that can be audited: classes and functions, each in its style."""
