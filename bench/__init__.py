"""Measurements side by side with other implementations: `python -m bench semantic`, `aesthetic`, `models`, `gpu`."""
