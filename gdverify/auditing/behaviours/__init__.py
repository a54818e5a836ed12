"""What a subject does besides returning numbers: to its arguments, between calls, with unusual arrays."""
