"""Each wrong value changes rewards by more than the comparison with the official package lets pass."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from functions.aesthetic.manifest import CropPreprocessing
from models.aesthetic.layout import PIXEL_MEAN, PIXEL_STD, PROMPT_LENGTH
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.trap_report import Examiner, Question, golden_questions
from models.aesthetic.traps import TRAPS, Trap
from tests.models.aesthetic.generated_checkpoints import TINY

TOLERANCE = 4e-5
README = Path(__file__).resolve().parents[3] / "models" / "aesthetic" / "README.md"


@pytest.fixture(scope="module")
def examiner(tiny: RewardModel) -> Examiner:
    """Two pictures, tall and wide, each with a prompt: 9 and 20 tokens."""
    random = np.random.RandomState(4)
    sizes = {"tall": (40, 90), "wide": (120, 50)}
    pictures = {
        name: Image.fromarray(random.randint(0, 256, (height, width, 3)).astype(np.uint8))
        for name, (width, height) in sizes.items()
    }
    questions = []
    for name, length in zip(pictures, (9, 20), strict=True):
        ids = torch.from_numpy(random.randint(5, TINY.text.vocabulary, (1, PROMPT_LENGTH)))
        mask = (torch.arange(PROMPT_LENGTH) < length).long()[None]
        questions.append(Question(name, ids, mask))
    spec = CropPreprocessing(size=TINY.vision.image, mean=PIXEL_MEAN, std=PIXEL_STD)
    return Examiner(tiny, questions, pictures, spec)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_each_wrong_value_shows(examiner: Examiner, trap: Trap) -> None:
    assert examiner.shift(trap) > TOLERANCE


def test_what_is_right_shows_nothing(examiner: Examiner) -> None:
    nothing = Trap("nothing", lambda model: model.eval(), prompt=lambda ids, mask, _: (ids.clone(), mask.clone()))
    assert examiner.shift(nothing) == 0


def test_the_questions_are_those_of_the_golden_rewards() -> None:
    questions = golden_questions()
    assert len(questions) == 24
    assert {tuple(question.ids.shape) for question in questions} == {(1, PROMPT_LENGTH)}
    assert all(question.ids[0, 0] == 101 and question.mask[0, 0] == 1 for question in questions)
    assert all(bool((question.ids[question.mask == 0] == 0).all()) for question in questions)


def test_the_page_has_a_line_for_each() -> None:
    page = README.read_text(encoding="utf-8")
    assert [trap.name for trap in TRAPS if f"| {trap.name} |" not in page] == []
