"""Golden cases: the outputs are those of big_vision's own canonicalize_text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import taxonomy


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        ("   ", ""),
        ("_", ""),
        (".", ""),
        ("{}", ""),
        ("A_Person with blue-hair!", "a person with bluehair"),
        ("  Two\tspaces \n and lines ", "two spaces and lines"),
        ("Dr. Martens' boots (8\")", "dr martens boots 8"),
        ("3D_Render", "3d render"),
        ("snake__case___name", "snake case name"),
        ("café Ünïcode’s “quotes”—dash", "café ünïcode’s “quotes”—dash"),
        ("NO-BREAK\u00a0space\u3000wide", "nobreak space wide"),
        ("a photo of {}.", "a photo of"),
        ("İstanbul ẞ", "i̇stanbul ß"),
        ("zero\u200bwidth", "zero\u200bwidth"),
        ("100% $5 #tag @me a+b=c", "100 5 tag me abc"),
    ],
)
def test_canonicalize_gives_what_big_vision_gives(text: str, canonical: str) -> None:
    assert taxonomy.canonicalize(text) == canonical


@given(st.text())
def test_a_canonical_text_stays_as_it_is(text: str) -> None:
    once = taxonomy.canonicalize(text)
    assert taxonomy.canonicalize(once) == once
