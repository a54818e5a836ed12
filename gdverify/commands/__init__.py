"""One module a command of the command line, and what commands share: targets, settings, progress, generated files."""
