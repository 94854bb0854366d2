"""What an operator or a maintainer runs from the repository."""
