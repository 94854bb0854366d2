"""Label texts and their embeddings: what a text is, made once, kept, and never dependent on its neighbours."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

from functions.common.artifact import ArtifactError
from functions.common.deadline import Deadline
from functions.common.errors import InvalidRequest, ModelUnavailable, TooManyNewLabels
from functions.semantic.labels import NEW_LABELS, LabelEmbeddings, label_texts
from functions.semantic.text_encoder import TextEmbedding
from tests.functions.fakes import WordEncoder

LATER = Deadline.after(3600)
PAST = Deadline(0.0)
WORDS = [f"label {number}" for number in range(40)]


def embed(labels: LabelEmbeddings, *texts: str, deadline: Deadline = LATER) -> list[bytes]:
    return [one.vector.tobytes() for one in labels.embed(texts, nullcontext, deadline)]


def shuffled_words(seed: int) -> list[str]:
    return [WORDS[index] for index in np.random.default_rng(seed).permutation(len(WORDS))]


def test_texts_are_canonical_and_in_order() -> None:
    assert label_texts(["Blue_Hair!", "  a  Dog ", "C3PO", "🙂", "Ünïcode"], None) == [
        "blue hair", "a dog", "c3po", "🙂", "ünïcode"
    ]  # fmt: skip
    assert label_texts(["{label}"], "A photo, of {label}.") == ["a photo of label"]
    assert label_texts(["x{0}"], "{label} {0} %s") == ["x0 0 s"]


@pytest.mark.parametrize(
    ("labels", "template", "pointer"),
    [
        (["a", "!?"], None, "/labels/1"),
        (["\u2003"], None, "/labels/0"),
        (["..."], "a photo of {label}", "/labels/0"),
        (["a", "b", "a"], None, "/labels/2"),
        (["a dog", "b", "A_Dog."], None, "/labels/2"),
        (["a"], "a photo", "/template"),
        (["a"], "{label} and {label}", "/template"),
        (["a"], "{ label }", "/template"),
    ],
)
def test_what_is_no_label(labels: list[str], template: str | None, pointer: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        label_texts(labels, template)
    assert caught.value.pointer == pointer


def test_an_embedding_is_the_same_in_any_company_and_order() -> None:
    alone = {text: embed(LabelEmbeddings(WordEncoder), text)[0] for text in WORDS}
    assert len(set(alone.values())) == len(WORDS)
    shuffled = shuffled_words(3)
    labels = LabelEmbeddings(WordEncoder)
    for order in (shuffled[:5], shuffled, WORDS, WORDS[::-1]):
        assert embed(labels, *order) == [alone[text] for text in order]


def test_each_is_made_once_and_the_least_recent_goes_first() -> None:
    encoder = WordEncoder()
    labels = LabelEmbeddings(lambda: encoder, kept=3)
    embed(labels, "a", "b", "c")
    embed(labels, "c", "b", "a")
    assert encoder.encoded == ["a", "b", "c"]
    embed(labels, "c", "d")  # b is the least recent now
    embed(labels, "a", "c", "d")
    assert encoder.encoded == ["a", "b", "c", "d"]
    embed(labels, "b")
    assert encoder.encoded == ["a", "b", "c", "d", "b"]


def test_more_than_is_kept_is_answered_all_the_same() -> None:
    assert len(embed(LabelEmbeddings(WordEncoder, kept=2), *WORDS)) == len(WORDS)


def test_sixteen_new_ones_fit_any_deadline_and_what_was_made_is_kept() -> None:
    encoder = WordEncoder()
    labels = LabelEmbeddings(lambda: encoder)
    assert len(embed(labels, *WORDS[:NEW_LABELS], deadline=PAST)) == NEW_LABELS == 16
    with pytest.raises(TooManyNewLabels) as caught:
        embed(labels, *WORDS, deadline=PAST)
    assert (caught.value.limit, caught.value.actual, caught.value.pointer) == (16, 24, "/labels")
    assert encoder.encoded == WORDS[:32]
    assert len(embed(labels, *WORDS, deadline=PAST)) == 40
    assert encoder.encoded == WORDS


def test_more_while_time_lasts() -> None:
    assert len(embed(LabelEmbeddings(WordEncoder), *WORDS)) == 40


def test_one_more_is_not_begun_that_would_not_end_in_time() -> None:
    class Slow(WordEncoder):
        def encode(self, text: str) -> TextEmbedding:
            time.sleep(0.02)
            return super().encode(text)

    encoder = Slow()
    with pytest.raises(TooManyNewLabels):
        embed(LabelEmbeddings(lambda: encoder), *WORDS, deadline=Deadline.after(16 * 0.02 + 0.015))
    assert len(encoder.encoded) == NEW_LABELS


def test_nothing_is_opened_before_it_is_needed() -> None:
    opened: list[str] = []
    made = {"a dog": WordEncoder().encode("a dog")}

    def encoder() -> WordEncoder:
        opened.append("encoder")
        return WordEncoder()

    def ahead() -> dict[str, TextEmbedding]:
        opened.append("ahead")
        return made

    labels = LabelEmbeddings(encoder, ahead)
    assert opened == []
    assert embed(labels, "a dog") == [made["a dog"].vector.tobytes()]
    assert opened == ["ahead"]
    for _ in range(2):
        embed(labels, "a dog", "a cat", "a cow")
    assert opened == ["ahead", "encoder"]


def test_the_encoder_is_opened_and_run_in_the_models_turn() -> None:
    held: list[bool] = []
    lock = threading.Lock()

    class Watching(WordEncoder):
        def __init__(self) -> None:
            super().__init__()
            held.append(lock.locked())

        def encode(self, text: str) -> TextEmbedding:
            held.append(lock.locked())
            return super().encode(text)

    @contextmanager
    def turn() -> Iterator[None]:
        with lock:
            yield

    labels = LabelEmbeddings(Watching)
    labels.embed(["a", "b"], turn, LATER)
    assert held == [True, True, True]
    with lock:  # what is known waits for nobody
        assert len(labels.embed(["b", "a"], turn, LATER)) == 2


def test_many_at_once_make_each_label_once() -> None:
    encoder, lock = WordEncoder(), threading.Lock()
    labels = LabelEmbeddings(lambda: encoder)

    @contextmanager
    def turn() -> Iterator[None]:
        with lock:
            yield

    def all_of_them(seed: int) -> list[bytes]:
        order = shuffled_words(seed)
        found = labels.embed(order, turn, LATER)
        return [vector for _, vector in sorted(zip(order, (one.vector.tobytes() for one in found), strict=True))]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(all_of_them, range(16)))
    assert answers == answers[:1] * 16
    assert sorted(encoder.encoded) == sorted(WORDS)


def test_what_another_made_while_this_one_waited_is_not_made_again() -> None:
    encoder = WordEncoder()
    labels = LabelEmbeddings(lambda: encoder)

    @contextmanager
    def turn() -> Iterator[None]:
        embed(labels, "a")
        yield

    labels.embed(["a"], turn, LATER)
    assert encoder.encoded == ["a"]


def test_damaged_files_are_never_served_and_read_but_once(caplog: pytest.LogCaptureFixture) -> None:
    tried: list[int] = []

    def broken() -> WordEncoder:
        tried.append(1)
        raise ArtifactError("text_encoder.onnx: its content is not what the manifest says")

    labels = LabelEmbeddings(broken)
    for _ in range(3):
        with pytest.raises(ModelUnavailable, match="labels are not served"):
            embed(labels, "a")
    assert tried == [1]
    assert "its content is not what the manifest says" in caplog.text


def test_vectors_are_unit() -> None:
    (one,) = LabelEmbeddings(WordEncoder).embed(["a dog"], nullcontext, LATER)
    assert np.linalg.norm(one.vector.astype(np.float64)) == pytest.approx(1, abs=1e-6)
