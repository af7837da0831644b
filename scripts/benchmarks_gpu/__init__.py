"""Every model of the manifest at its published size, with random weights, through the very code that serves it."""
