"""A vocabulary of bert-base-uncased's size and special ids, for checkpoints whose weights are generated.

It has the characters of many scripts, bare and as continuations, some English words, and made-up ones up to the size.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SIZE = 30_522
SPECIAL_IDS = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103}
"""As in bert-base-uncased."""
UNUSED = 994
_SCRIPTS = (
    *((0x21, 0x7F), (0xA1, 0xAD), (0xAE, 0xC0), (0xDF, 0x100), (0x131, 0x132), (0x3B1, 0x3CA), (0x430, 0x460)),
    *((0x5D0, 0x5EB), (0x621, 0x64B), (0x905, 0x93A), (0x93E, 0x94E), (0xE01, 0xE2F), (0x1100, 0x1113)),
    *((0x1161, 0x1176), (0x11A8, 0x11C3), (0x2010, 0x2027), (0x3041, 0x3097), (0x30A1, 0x30FB), (0x4E00, 0x4F00)),
    *((0x5B57, 0x5B58), (0x5B87, 0x5B88), (0x65E5, 0x65E6), (0x672C, 0x672D), (0x732B, 0x732C), (0x98DB, 0x98DC)),
)
_WORDS = (
    "a an the of and with in on at by for from to is are was be it this that two three one no not very day time night "
    "painting photo portrait drawing picture ocean clouds birds cloud bird sky sea low depth field effect person man "
    "woman astronaut space suit smiling smile cup coffee table wooden cat fur orange eyes rocket launch pad light "
    "lights city street neon rain kimono hair purple black white red green blue yellow long short coat hoodie detailed "
    "quality best masterpiece sharp focus high resolution trending studio background anime style water mountain tree "
    "un ##s ##ed ##ing ##er ##est ##ly ##ness ##tion ##able ##ism ##th"
)
_ONSETS = "b c ch d f g h j k l m n p qu r s sh st t th tr v w y z"
_VOWELS = "a e i o u ai ea oo ou"
_CODAS = ("", "l", "m", "n", "nd", "ng", "r", "rt", "s", "st", "t", "x")
_SEED = 30_522


def vocabulary() -> tuple[str, ...]:
    """The 30,522 word pieces, each once, in the order of their ids."""
    pieces = dict.fromkeys(_slots())
    words = _words()
    while len(pieces) < SIZE:
        pieces.setdefault(next(words))
    return tuple(pieces)


def _slots() -> Iterator[str]:
    special = {number: token for token, number in SPECIAL_IDS.items()}
    unused = iter(f"[unused{number}]" for number in range(UNUSED))
    for number in range(UNUSED + len(special)):
        yield special.get(number) or next(unused)


def _words() -> Iterator[str]:
    characters = [chr(code) for first, end in _SCRIPTS for code in range(first, end)]
    yield from characters
    yield from (f"##{character}" for character in characters)
    yield from _WORDS.split()
    onsets, vowels = _ONSETS.split(), _VOWELS.split()
    state = np.random.RandomState(_SEED)
    while True:
        syllables = []
        for _ in range(int(state.randint(1, 4))):
            onset, vowel, coda = (parts[int(state.randint(len(parts)))] for parts in (onsets, vowels, _CODAS))
            syllables.append(onset + vowel + coda)
        word = "".join(syllables)
        yield word if state.randint(4) else f"##{word}"
