"""From a file as people write it to something that can be audited: load it, find what is in it, recognise it."""
