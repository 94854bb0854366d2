"""Uploads and asynchronous jobs on the GPU endpoints: no model, no picture, no database."""
