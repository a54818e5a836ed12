"""The audit: call a subject on cases, compare, reach a verdict, find the reason."""
