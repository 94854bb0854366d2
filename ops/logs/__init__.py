"""Logs of a function, read back: what Lambda billed, and what the receipts said."""
