"""What pictures can be asked for: filters, styles, moderation classes and neutral descriptions, as checked data."""

from taxonomy.canonical import canonicalize
from taxonomy.entries import STYLE_CATEGORY, Category, Filter, ModerationClass, Style, Taxonomy
from taxonomy.errors import TaxonomyError
from taxonomy.loader import load
from taxonomy.rules import MINOR_CLASS
from taxonomy.wording import NOT_ADULT_WORDS

__all__ = [
    "MINOR_CLASS",
    "NOT_ADULT_WORDS",
    "STYLE_CATEGORY",
    "Category",
    "Filter",
    "ModerationClass",
    "Style",
    "Taxonomy",
    "TaxonomyError",
    "canonicalize",
    "load",
]
