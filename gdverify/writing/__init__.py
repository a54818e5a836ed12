"""From what an audit found to a test file that people can read, run and edit: each binding is written out by hand."""
