"""SigLIP's canonical form of text: the form its captions were trained in."""

import re
import string

_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def canonicalize(text: str) -> str:
    """Return `text` as SigLIP's training pipeline canonicalises it.

    In this order: "_" becomes a space, ASCII punctuation goes, lower case, runs of white space become one space,
    none at the ends. Source: `canonicalize_text` in big_vision/evaluators/proj/image_text/prompt_engineering.py
    of google-research/big_vision. transformers' `SiglipTokenizer.canonicalize_text` differs in one thing: it has no
    rule for "_" and so joins the words around it.
    """
    text = text.replace("_", " ").translate(_WITHOUT_PUNCTUATION).lower()
    return re.sub(r"\s+", " ", text).strip()
