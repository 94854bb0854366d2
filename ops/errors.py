"""What stops a command of `python -m ops`, with one sentence for the person at the terminal."""


class OpsError(Exception):
    """The work asked for cannot be done; the message says what is wrong and what would put it right."""
