"""A stage from the repository to an account, and what stands there asked whether it is what was meant."""
