"""Checks whether this machine and this account are ready for a deploy: each problem comes with its fix."""
