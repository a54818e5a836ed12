"""From a file as people write it to a subject: load it, find what is in it, recognise it, and bind its arrays."""
