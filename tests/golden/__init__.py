"""Reference data: outputs of the published implementations on weights and inputs that a formula makes."""
