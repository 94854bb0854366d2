"""The digest that ties prompt embeddings to the taxonomy they were made from."""

import hashlib
import json

from taxonomy.entries import Category, Filter, ModerationClass, Style


def scoring_digest(
    categories: tuple[Category, ...],
    filters: tuple[Filter, ...],
    styles: tuple[Style, ...],
    moderation: tuple[ModerationClass, ...],
    neutral: tuple[str, ...],
) -> str:
    """Return the sha256 (hex) of the canonical JSON of everything that influences scores.

    Comments, formatting and titles do not count. Order does: it is the order of the rows in the prompt matrix, and
    of the sums behind each mean embedding.
    """
    content = {
        "categories": [
            {"name": entry.name, "about_people": entry.about_people, "sensitive": entry.sensitive}
            for entry in categories
        ],
        "filters": [
            {
                "name": entry.name,
                "category": entry.category,
                "prompts": entry.prompts,
                "sensitive": entry.sensitive,
                "group": entry.group,
            }
            for entry in filters
        ],
        "styles": [{"name": entry.name, "templates": entry.templates} for entry in styles],
        "moderation": [
            {
                "name": entry.name,
                "descriptions": entry.descriptions,
                "unsafe": entry.unsafe,
                "threshold": entry.threshold,
            }
            for entry in moderation
        ],
        "neutral": neutral,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
