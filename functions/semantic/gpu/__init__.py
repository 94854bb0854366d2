"""The semantic service in a GPU container: the same app around torch."""
