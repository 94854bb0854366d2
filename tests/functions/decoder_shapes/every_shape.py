"""The shapes of all formats, as requests."""

from tests.functions.cases import NO_PICTURE, Case, image
from tests.functions.decoder_shapes.jpeg import JPEG_SHAPES
from tests.functions.decoder_shapes.other_formats import OTHER_FORMATS
from tests.functions.decoder_shapes.png import PNG_SHAPES
from tests.functions.decoder_shapes.webp import WEBP_SHAPES

_SHAPES = [*PNG_SHAPES, *JPEG_SHAPES, *WEBP_SHAPES]

UNSEEN = [Case(name, image(data), NO_PICTURE) for name, data in OTHER_FORMATS.items()]
REFUSED = [Case(shape.name, image(shape.data), shape.expected) for shape in _SHAPES if shape.expected]
EITHER = [(shape.name, image(shape.data)) for shape in _SHAPES if not shape.expected]
