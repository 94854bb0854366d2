"""The sample pictures that the published model was shown with."""

from collections.abc import Sequence

from PIL import Image

from models.demo.aesthetic.published_samples import PROMPT, PUBLISHED, ordered_alike, sample_rewards


def test_each_sample_is_judged_for_the_prompt() -> None:
    seen: list[Image.Image] = []

    def judge(image: Image.Image, prompts: Sequence[str]) -> list[float]:
        seen.append(image)
        assert prompts == [PROMPT]
        return [float(len(seen))]

    assert sample_rewards(judge) == [1, 2, 3, 4]
    assert len({image.tobytes() for image in seen}) == 4


def test_pairs_ordered_as_the_published_rewards_are_counted() -> None:
    assert ordered_alike(list(PUBLISHED)) == 6
    assert ordered_alike([-reward for reward in PUBLISHED]) == 0
    assert ordered_alike([0.0] * 4) == 0
    assert ordered_alike([2.0, 3.0, 1.0, 0.0]) == 5
