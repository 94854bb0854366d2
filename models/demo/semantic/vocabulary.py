"""The demo model's tokenizer: one token a word, the words of the taxonomy and some common ones."""

from pathlib import Path
from typing import Any, Final

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from taxonomy import Taxonomy, canonicalize

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
LENGTH: Final = 64

_COMMON: Final = """
a about after all an and another are around as at back be behind below beside big black blue bright brown by city color
colored colors colour cool dark day deep down dressed drawing drawn each empty face few for from front full good gold
golden gray green grey group hair hand hands happy has have head her here hers high him his holding house image in
inside is it its large left light lights little long looking low made man many men middle more morning mountain near
new next night no not of off old on one or orange other out outside over party people person photo picture pink plain
portrait purple red right river room round scene sea several she short show side silver simple sitting sky small smile
smiling snow soft some somebody someone something standing street style sun table tall that the their them there these
they thing this three to together top tree trees two under up walking wall warm water wearing wears white who wide
wild window with without woman women wooden yellow young
"""


def words(taxonomy: Taxonomy) -> tuple[str, ...]:
    """Every word of the taxonomy's names, prompts, templates and descriptions, and common ones, sorted."""
    texts = [entry.name for entry in taxonomy.filters]
    texts += [prompt for entry in taxonomy.filters for prompt in entry.prompts]
    texts += [template.replace("{}", "") for style in taxonomy.styles for template in style.templates]
    texts += [text for entry in taxonomy.moderation for text in (entry.name, *entry.descriptions)]
    texts += taxonomy.neutral
    return tuple(sorted({word for text in texts for word in canonicalize(text).split()} | set(_COMMON.split())))


def build(taxonomy: Taxonomy) -> Tokenizer:
    """The tokenizer. It canonicalises by itself; a text ends with `</s>`, and a word it does not know is `<unk>`."""
    ids = {token: index for index, token in enumerate((PAD, END, UNKNOWN, *words(taxonomy)))}
    tokenizer = Tokenizer(WordLevel(ids, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace("_", " "),
            normalizers.Replace(Regex(r"[!-/:-@\[-`{-~]"), ""),
            normalizers.Lowercase(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, ids[END])])
    return tokenizer


def save(tokenizer: Tokenizer, directory: Path) -> None:
    """Write tokenizer.json and tokenizer_config.json, as AutoTokenizer reads them."""
    create: Any = PreTrainedTokenizerFast  # untyped
    fast = create(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        unk_token=UNKNOWN,
        padding_side="right",
        truncation_side="right",
        model_max_length=LENGTH,
        model_input_names=["input_ids"],
    )
    fast.save_pretrained(directory)
