"""What can go wrong between a checkpoint and an artifact, each with one sentence for the person at the terminal."""


class ModelsError(Exception):
    """The work asked for cannot be done; the message says what is wrong and what would put it right."""


class CheckpointError(ModelsError):
    """The checkpoint is missing something, damaged, or of an architecture that cannot be exported."""


class ParityError(ModelsError):
    """An exported graph does not answer what the checkpoint answers."""


class LockError(ModelsError):
    """The lock file is unreadable, lacks a pin, or a file is not the one that was pinned."""


class HubError(ModelsError):
    """The model hub cannot be reached, or does not have what was asked for."""


class PictureSetError(ModelsError):
    """A picture of the committed set is missing, or not the one its figures were measured on."""


class GateError(ModelsError):
    """A quantised graph is too far from the fp32 one, and cannot be brought near enough."""


class CanaryError(ModelsError):
    """An endpoint cannot be compared with an artifact."""
