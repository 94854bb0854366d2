"""What stops a measurement."""


class BenchError(Exception):
    """Base; the message says what to do, or what an engine said last."""


class EngineError(BenchError):
    """An engine's process ended, or answered what it should not."""
