import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.aesthetic.manifest import Vocabulary
from functions.common.manifest import ModelIdentity
from models.aesthetic.checkpoint import Checkpoint, open_checkpoint
from models.aesthetic.generated import text_config
from models.aesthetic.generated_vocabulary import SPECIAL_IDS, vocabulary
from models.aesthetic.layout import TextSizes
from models.digests import combined_sha256, file_sha256
from models.errors import CheckpointError
from tests.models.aesthetic.generated_checkpoints import PIECES, TINY

Edit = Callable[..., None]


def test_a_local_folder_is_described(checkpoint: Checkpoint, published: Path) -> None:
    digests = [(name, file_sha256(published / name)) for name in ("ImageReward.pt", "med_config.json", "vocab.txt")]
    assert checkpoint.identity == ModelIdentity(
        id="tiny-reward",
        revision=None,
        weights_sha256=digests[0][1],
        checkpoint_sha256=combined_sha256(digests),
        demo=False,
    )
    assert checkpoint.vocabulary == Vocabulary(id="tiny-reward", revision=None, sha256=digests[2][1])
    assert checkpoint.pieces == PIECES
    assert checkpoint.text.sizes == TINY.text
    assert checkpoint.card is None


def test_the_vocabulary_is_a_source_of_its_own(copied: Path, tmp_path: Path) -> None:
    other = tmp_path / "bert"
    other.mkdir()
    shutil.move(copied / "vocab.txt", other / "vocab.txt")
    found = open_checkpoint(
        copied, other, name="o/reward", revision="a" * 40, vocabulary_name="o/bert", vocabulary_revision="b" * 40
    )
    assert (found.identity.id, found.identity.revision) == ("o/reward", "a" * 40)
    assert found.vocabulary == Vocabulary(id="o/bert", revision="b" * 40, sha256=file_sha256(other / "vocab.txt"))
    before = found.identity.checkpoint_sha256
    (other / "vocab.txt").write_text((other / "vocab.txt").read_text().replace("cat", "dog"))
    assert open_checkpoint(copied, other).identity.checkpoint_sha256 != before


def test_a_card_names_the_demo_model(copied: Path) -> None:
    (copied / "imajin.json").write_text('{"name": "imajin-demo-aesthetic", "revision": "1"}')
    found = open_checkpoint(copied)
    assert (found.identity.id, found.identity.revision, found.identity.demo) == ("imajin-demo-aesthetic", "1", True)
    assert found.vocabulary.id == "imajin-demo-aesthetic"


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"hidden_act": "gelu_new"}, "hidden_act"),
        ({"add_cross_attention": False}, "add_cross_attention"),
        ({"model_type": "roberta"}, "model_type"),
        ({"layer_norm_eps": None}, "layer_norm_eps"),
        ({"num_attention_heads": None}, "num_attention_heads"),
        ({"max_position_embeddings": 34}, "max_position_embeddings"),
    ],
)
def test_a_configuration_of_another_model_is_refused(
    copied: Path, edit: Edit, values: dict[str, object], key: str
) -> None:
    edit(copied / "med_config.json", **values)
    with pytest.raises(CheckpointError, match=rf"med_config\.json: {key}"):
        open_checkpoint(copied)


@pytest.mark.parametrize("name", ["ImageReward.pt", "med_config.json", "vocab.txt"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(CheckpointError, match=rf"{name}: missing"):
        open_checkpoint(copied)


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        (PIECES[:-1], f"has {len(PIECES) - 1} word pieces, .* expects {len(PIECES)}"),
        ((*PIECES[:-1], "a"), "a word piece occurs twice"),
        ((*PIECES[:-1], "[ENC]"), "a word piece occurs twice"),
        (tuple("mask" if piece == "[MASK]" else piece for piece in PIECES), r"has no \[MASK\]"),
        ((*PIECES[1:], PIECES[0]), r"\[PAD\] has id \d+, .* says 0"),
    ],
)
def test_a_vocabulary_of_another_model_is_refused(copied: Path, pieces: tuple[str, ...], message: str) -> None:
    (copied / "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces))
    with pytest.raises(CheckpointError, match=message):
        open_checkpoint(copied)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("med_config.json", b"{", "cannot be read as JSON"),
        ("med_config.json", b"[]", "expected an object"),
        ("vocab.txt", b"\xff", "cannot be read as text in UTF-8"),
        ("imajin.json", b'{"name": "x", "revision": "1", "more": 1}', "more: Extra inputs"),
    ],
)
def test_a_broken_file_is_named(copied: Path, name: str, content: bytes, message: str) -> None:
    (copied / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=rf"{name}: {message}"):
        open_checkpoint(copied)


def test_the_generated_vocabulary_is_laid_out_as_berts() -> None:
    pieces = vocabulary()
    assert len(pieces) == len(set(pieces)) == 30_522 == TextSizes().vocabulary - 2
    assert {token: pieces.index(token) for token in SPECIAL_IDS} == {
        "[PAD]": 0,
        "[UNK]": 100,
        "[CLS]": 101,
        "[SEP]": 102,
        "[MASK]": 103,
    }
    assert not any(character.isspace() for piece in pieces for character in piece)


def test_the_configuration_is_the_published_one() -> None:
    # As published, by https://huggingface.co/THUDM/ImageReward and BLIP's configs/med_config.json.
    assert json.loads(json.dumps(text_config(TextSizes()))) == {
        "architectures": ["BertModel"],
        "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": 768,
        "initializer_range": 0.02,
        "intermediate_size": 3072,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 512,
        "model_type": "bert",
        "num_attention_heads": 12,
        "num_hidden_layers": 12,
        "pad_token_id": 0,
        "type_vocab_size": 2,
        "vocab_size": 30524,
        "encoder_width": 768,
        "add_cross_attention": True,
    }
