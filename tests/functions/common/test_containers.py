"""What the structure of a file says, and what is refused for it."""

import pytest

from functions.common.containers import Container, inspect, without_profiles
from functions.common.errors import ImageCorrupt, ImageTruncated, UnsupportedImage
from functions.common.jpeg_segments import MAX_SCANS
from tests.functions import pictures
from tests.functions.decoder_shapes.other_formats import OTHER_FORMATS
from tests.functions.pictures import blocks, chunk, encoded, jpeg, noise, png, segment, webp


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (png(7, 5), Container("PNG", 7, 5)),
        (jpeg(noise(7, 5)), Container("JPEG", 7, 5)),
        (jpeg(noise(7, 5), progressive=True), Container("JPEG", 7, 5)),
        (jpeg(noise(7, 5), restart_marker_blocks=1), Container("JPEG", 7, 5)),
        (encoded(noise(7, 5), "WEBP"), Container("WEBP", 7, 5)),
        (webp(noise(7, 5)), Container("WEBP", 7, 5)),
        (webp(noise(1, 1)), Container("WEBP", 1, 1)),
        (webp(noise(7, 5).convert("RGBA"), exif=b"Exif\0\0"), Container("WEBP", 7, 5)),
        (pictures.animated("WEBP"), Container("WEBP", 32, 48)),
        (pictures.animated("PNG"), Container("PNG", 32, 48)),
    ],
    ids=lambda value: value.format if isinstance(value, Container) else "",
)
def test_format_and_size(data: bytes, expected: Container) -> None:
    assert inspect(data) == expected


def test_every_cut_of_a_sound_file_is_truncated() -> None:
    for data in (png(3, 3), jpeg(noise(9, 9)), jpeg(noise(9, 9), progressive=True), webp(noise(9, 9))[:-25]):
        inspect(data)
        for length in range(len(data)):
            with pytest.raises(ImageTruncated):
                inspect(data[:length])


def test_what_follows_the_end_is_not_looked_at() -> None:
    """Phones append pictures and films; none of it is counted."""
    film = segment(0xDA) * 1000 + b"\xff" * 100_000
    assert inspect(jpeg(noise(7, 5)) + film) == Container("JPEG", 7, 5)
    assert inspect(png(7, 5) + film) == Container("PNG", 7, 5)


def test_a_thumbnail_within_a_segment_is_not_looked_at() -> None:
    thumbnail = b"Exif\0\0" + pictures.with_many_scans(MAX_SCANS)
    assert inspect(pictures.after_start(jpeg(noise(7, 5)), segment(0xE1, thumbnail))) == Container("JPEG", 7, 5)


def test_a_size_given_after_the_pixels_is_not_looked_at() -> None:
    late = segment(0xC0, bytes([8, 0, 1, 0, 1, 3, 1, 17, 0, 2, 17, 0, 3, 17, 0]))
    whole = jpeg(noise(7, 5))
    assert inspect(whole[:-2] + late + whole[-2:]) == Container("JPEG", 7, 5)


def test_the_number_of_scans_is_limited() -> None:
    # An encoder's own progression has 10 of them.
    assert inspect(pictures.with_many_scans(MAX_SCANS - 10)) == Container("JPEG", 64, 64)
    with pytest.raises(ImageCorrupt, match="at least 33 scans; the limit is 32") as refusal:
        inspect(pictures.with_many_scans(MAX_SCANS - 9))
    assert (refusal.value.limit, refusal.value.actual) == (32, 33)


def test_every_checksum_of_a_png_counts() -> None:
    data = png(before=chunk(b"gAMA", b"\0\0\xb1\x8f"), after=chunk(b"tIME", bytes(7)))
    for name in (b"IHDR", b"tEXt", b"gAMA", b"IDAT", b"tIME", b"IEND"):
        with pytest.raises(ImageCorrupt, match="checksum"):
            inspect(pictures.without_checksum(data, name))


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (encoded(blocks(), "GIF"), "a GIF picture"),
        (encoded(blocks(), "TIFF"), "a TIFF picture"),
        (encoded(blocks(), "BMP"), "a BMP picture"),
        (b"%PDF-1.7", "a PDF document"),
        (b" \n<svg>", "HTML, SVG or other markup"),
        (b"iVBORw0KGgo", "base64 text, so the picture was encoded twice"),
        (b"/9j/4AAQSkZJRg", "base64 text, so the picture was encoded twice"),
        (b"UklGRiQAAABXRUJQ", "base64 text, so the picture was encoded twice"),
        (b"data:image/png;base64,", "a data URI, so the picture was encoded twice"),
        (encoded(blocks(), "AVIF"), "an AVIF picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "an AVIF or HEIC picture"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isommp41", "a video or another file of its kind"),
        (b"nothing known", "not a picture in a known format"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_says_what_else_it_is(data: bytes, named: str) -> None:
    with pytest.raises(UnsupportedImage) as refusal:
        inspect(data)
    assert refusal.value.detail == f"these bytes are {named}; JPEG, PNG and WebP are accepted"


@pytest.mark.parametrize("name", OTHER_FORMATS)
def test_other_formats_never_reach_a_decoder(name: str) -> None:
    """`inspect` has none, and goes before all of them."""
    with pytest.raises(UnsupportedImage):
        inspect(OTHER_FORMATS[name])


def test_kinds_of_jpeg_that_few_programs_read() -> None:
    for marker in {*range(0xC0, 0xD0)} - {0xC0, 0xC1, 0xC2, 0xC4, 0xC8, 0xCC}:
        with pytest.raises(UnsupportedImage, match="the only JPEG accepted is 8-bit"):
            inspect(jpeg(noise(7, 5)).replace(b"\xff\xc0", bytes([0xFF, marker])))
    assert inspect(jpeg(noise(7, 5)).replace(b"\xff\xc0", b"\xff\xc1")) == Container("JPEG", 7, 5)


def test_profiles_that_a_decoder_fails_over_are_left_out() -> None:
    plain = jpeg(noise(7, 5))
    profiles = segment(0xE2, b"ICC_PROFILE\0"), segment(0xE2, b"MPF\0"), segment(0xE2)
    assert without_profiles(plain, "JPEG") is plain
    assert without_profiles(plain[:20] + plain[20:], "JPEG") == plain
    between = pictures.after_start(plain, profiles[0] + segment(0xFE, b"kept") + profiles[1] + profiles[2])
    assert without_profiles(between, "JPEG") == pictures.after_start(plain, segment(0xFE, b"kept"))
    for damaged in (b"", b"name", b"n" * 80 + b"\0\0", b"\0\0", b"name\0\1data"):
        assert without_profiles(png(before=chunk(b"iCCP", damaged)), "PNG") == png()
    sound = png(before=chunk(b"iCCP", b"name\0\0data"))
    assert without_profiles(sound, "PNG") is sound


def test_metadata_beyond_the_first_few_segments_is_left_out() -> None:
    """Pillow copies all of a picture's EXIF anew for each segment: two seconds for 19 MB."""
    plain, profile = jpeg(noise(7, 5)), segment(0xE2, b"ICC_PROFILE\0")
    few = b"".join(segment(0xE1, b"Exif\0\0%d" % number) for number in range(64))
    more = segment(0xE1, b"Exif\0\0more")
    assert without_profiles(pictures.after_start(plain, few), "JPEG") == pictures.after_start(plain, few)
    assert without_profiles(pictures.after_start(plain, few + more + profile + more), "JPEG") == pictures.after_start(
        plain, few
    )
    assert without_profiles(pictures.after_start(plain, profile + few + more), "JPEG") == pictures.after_start(
        plain, few
    )
