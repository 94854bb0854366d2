"""The official image-reward package in an environment of its own, and the golden values it gave."""
