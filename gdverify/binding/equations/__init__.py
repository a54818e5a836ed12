"""What a forward pass is compared with: equations of the catalogue, networks of any depth, losses, penalties."""
