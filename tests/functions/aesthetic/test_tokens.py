from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from functions.aesthetic.manifest import PromptInput
from functions.aesthetic.tokens import open_prompt_tokenizer
from functions.common.artifact import ArtifactError

SPEC = PromptInput(length=6, width=4, vocab_size=6, pad_id=3, unk_id=2, cls_id=1, sep_id=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    words = {"[SEP]": 0, "[CLS]": 1, "[UNK]": 2, "[PAD]": 3, "cat": 4, "dog": 5}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=8)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


@pytest.mark.parametrize(
    ("prompt", "ids", "mask", "truncated"),
    [
        ("", [1, 0, 3, 3, 3, 3], [1, 1, 0, 0, 0, 0], False),
        ("cat", [1, 4, 0, 3, 3, 3], [1, 1, 1, 0, 0, 0], False),
        ("cat dog cat fox", [1, 4, 5, 4, 2, 0], [1, 1, 1, 1, 1, 1], False),
        ("cat dog cat fox dog", [1, 4, 5, 4, 2, 0], [1, 1, 1, 1, 1, 1], True),
    ],
)
def test_a_prompt_is_framed_padded_and_cut(
    path: Path, prompt: str, ids: list[int], mask: list[int], truncated: bool
) -> None:
    found = open_prompt_tokenizer(path, SPEC).encode(prompt)
    assert (found.ids.tolist(), found.mask.tolist(), found.truncated) == (ids, mask, truncated)


@pytest.mark.parametrize("key", ["vocab_size", "pad_id", "unk_id", "cls_id", "sep_id"])
def test_a_tokenizer_of_another_model_is_refused(path: Path, key: str) -> None:
    other = SPEC.model_copy(update={key: 9})
    with pytest.raises(ArtifactError, match=r"size and ids of .* are \[6, 3, 2, 1, 0\], not \[.*9"):
        open_prompt_tokenizer(path, other)


@pytest.mark.parametrize("content", [None, "{}", "not JSON"])
def test_a_file_that_is_no_tokenizer_is_refused(path: Path, content: str | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(ArtifactError, match=r"tokenizer\.json: tokenizers cannot read it"):
        open_prompt_tokenizer(path, SPEC)
