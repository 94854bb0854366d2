"""A file made to trouble a decoder.

Shapes that crashed decoders, hung them or ran them out of memory, made anew from what is known of each: Pillow's
security notes and the families of files in its tests (crash, oom, timeout, overrun), and the formats' specifications.
"""

from dataclasses import dataclass

from tests.functions.cases import Data


@dataclass(frozen=True)
class Shape:
    """A file, and what is answered to it; None where decoders may differ between a picture and a refusal."""

    name: str
    data: Data
    expected: tuple[int, str] | None = None


def patched(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]
