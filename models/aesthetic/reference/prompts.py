"""What the official package is asked: prompts for the pictures, texts for its tokenizer, sizes for its preprocessing.

Only NumPy, as this runs in the reference environment, too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PICTURES = Path(__file__).resolve().with_name("pictures")
GOLDEN = Path(__file__).resolve().with_name("golden")

PROMPTS = (
    "a painting of an ocean with clouds and birds, day time, low depth field effect",
    "",
    "portrait of a smiling astronaut in an orange space suit",
    "a cup of coffee on a wooden table",
    "anime style, purple hair, white coat, neon city at night, " + "highly detailed, best quality, masterpiece, " * 9,
    "宇宙飛行士の肖像、オレンジ色の宇宙服",
    "портрет улыбающейся женщины в скафандре, высокое качество",
    "قطة ذات عيون خضراء",
    "a CAT with GREEN eyes!!! (best quality:1.2), 🐈‍⬛🚀",
    "rocket",
    "Un café crème sur une table en bois, façade du Zürich Hauptbahnhof",
    "not [MASK] a photo [SEP] of the sea\n\tat night\x00",
)
_PROMPTS_A_PICTURE = 3

SIZES = (
    *((224, 224), (225, 224), (223, 224), (224, 225), (31, 17), (17, 31), (1, 1), (2, 3), (640, 480), (100, 250)),
    *(
        (97, 401),
        (401, 97),
        (300, 1000),
        (1000, 300),
        (224, 900),
        (512, 512),
        (449, 673),
        (7, 350),
        (350, 7),
        (448, 226),
    ),
)
"""Width and height of the pictures that preprocessing is compared on."""

_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ      ",
    "aeiou st th er ing un ly tion 0123456789.,!?-_()[]{}<>\"'#@%&*+=/\\|~^`$:; ",
    "àéîõüçñßøÅÉÎİıſǅﬁＡ１½²№™©®´¨\u0301\u0308\u0323\u20e3 ",
    "абвгдежзийклмнопрстуфхцчшщъыьэюяЁЇЄ ",
    "αβγδεζηθικλμνξοπρςστυφχψωΆΈΏ ",
    "一丁七万三上下不世中串丸日本字宇飛猫東京龍 ",
    "あいうえおかきくけこがぎぐアイウエオカキクケコガギー・ ",
    "가각간나다라마바사아자차카타파하 ",
    "אבגדהוזחטיכלמנסעפצקרשת ابتثجحخدذرزسشصضطظعغفقكلمنهوي ",
    "अआइईकखगघचछज्ािीुู กขคงจฉชซญฐไใ่้ ",
    "😀😃🐈🚀👩🏽‍🚀👨‍👩‍👧🏳️‍🌈❤️☕️🇯🇵 ",
    "\x00\x01\x07\x08\x0b\x0c\x0e\x1b\x1f\x7f\x80\x85\x9f\xad\ufffd\ufeff\u200b\u200d\u2028\u2029\u202e\u2060 ab",
    " \t\n\r\xa0\u1680\u2003\u202f\u205f\u3000 ab",
    "𝔸𝕓𝒸𐍈𠀀𪚥\U0010fffd\ue000 ab",
)
_FIXED = (
    "[MASK]",
    "[CLS] a photo [SEP] [PAD] [UNK]",
    "[mask] [cls]",
    "a[MASK]b [MASK][MASK]",
    "[DEC] a cat [ENC]",
    " [MASK] . [SEP],",
    "##ing ##s un##s",
    "a" * 100,
    "a" * 101,
    "unun" * 30,
    "one two three " * 40,
    "!" * 40,
    "字" * 34,
    "it's don't o'clock rock'n'roll",
    "e\u0301 \u00e9 E\u0301 \u00c9",
    "İstanbul ıI ß ﬁ ǅ Σας",
)
_FUZZED = 400
_LONGEST_CHARACTERS = 60


def pairs(names: list[str]) -> list[tuple[str, str]]:
    """Picture and prompt: three prompts a picture, every prompt at least once with eight pictures."""
    count = len(PROMPTS)
    return [
        (name, PROMPTS[(_PROMPTS_A_PICTURE * number + offset * 5 + number // 4) % count])
        for number, name in enumerate(sorted(names))
        for offset in range(_PROMPTS_A_PICTURE)
    ]


def tokenizer_texts() -> tuple[str, ...]:
    """The prompts, special cases, and texts drawn from the alphabets of many scripts, alone and mixed."""
    state = np.random.RandomState(35)
    drawn = []
    for number in range(_FUZZED):
        alphabet = _ALPHABETS[number % len(_ALPHABETS)]
        if number % 3 == 2:
            alphabet += _ALPHABETS[int(state.randint(len(_ALPHABETS)))]
        length = int(state.randint(1, _LONGEST_CHARACTERS))
        drawn.append("".join(alphabet[int(index)] for index in state.randint(len(alphabet), size=length)))
    return tuple(dict.fromkeys((*PROMPTS, *_FIXED, *drawn)))


def random_pixels(width: int, height: int) -> NDArray[np.uint8]:
    """Blocks of full contrast with noise on them, (height, width, 3): resizing overshoots at every edge."""
    state = np.random.RandomState(width * 65_536 + height)
    blocks = state.randint(0, 2, size=(-(-height // 5), -(-width // 5), 3)).repeat(5, axis=0).repeat(5, axis=1)
    noise = state.randint(0, 100, size=(height, width, 3))
    pixels: NDArray[np.uint8] = np.clip(blocks[:height, :width] * 255 + noise - 50, 0, 255).astype(np.uint8)
    return pixels
