"""A price table written as its data file, and compared with an earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import pricing

_COMMENTS: Final = {
    "lambda.provisioned": "Duration in an environment that provisioned concurrency keeps.",
    "lambda.provisioned_kept": "Provisioned concurrency itself, per GB and second kept, invoked or not.",
    "lambda.ephemeral_storage": "Above the 512 MB that are included.",
    "step_functions": "Every child of a Distributed Map bills one transition.",
    "sagemaker": "Not every instance type has a price of its own for asynchronous inference; hosting's is then here.",
    "rekognition": "For comparison. Each of its APIs is billed by itself.",
}
_HEADER: Final = """\
# Prices of AWS services in {region}, in USD. `from` is the month's volume at which a tier begins, in single ones.
# A price that is not known is left out: its part of a receipt is then null, and so is the total.
"""


def render(table: pricing.PriceTable) -> str:
    """The data file of `table`, which `pricing.parse` reads back as it was."""
    parts = [_HEADER.format(region=table.region)]
    if unknown := list(_unknown(table)):
        parts.append(_wrapped(unknown))
    parts.append(f'region = "{table.region}"\n')
    commented: set[str] = set()
    for section in pricing.SECTIONS:
        for name, entry in getattr(table, section.field).items():
            comment = "" if section.key in commented else _COMMENTS.get(section.key, "")
            commented.add(section.key)
            parts.append("\n" + (f"# {comment}\n" if comment else "") + _entry(section.entry(name), entry))
    return "".join(parts)


def differences(before: pricing.PriceTable | None, after: pricing.PriceTable) -> list[str]:
    """A line for each entry that is new, gone or another: what it was, and what it is."""
    old, new = {} if before is None else before.entries, after.entries
    lines = []
    for key in dict.fromkeys([*new, *old]):
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            lines.append(f"+ {key}: {_told(now)}")
        elif now is None and was is not None:
            lines.append(f"- {key}: {_told(was)}")
        elif was != now and was is not None and now is not None:
            lines.append(f"~ {key}: {_told(was)} -> {_told(now)}")
    return lines


def _told(entry: pricing.Price) -> str:
    tiers = ", ".join(
        f"{_amount(tier.usd)}" + (f" from {tier.from_units:_}" if tier.from_units else "") for tier in entry.tiers
    )
    return f"{tiers} USD per {entry.per} ({entry.sku or entry.source}, {entry.effective})"


def _entry(key: str, entry: pricing.Price) -> str:
    lines = [f"[{key}]", f'source = "{entry.source}"']
    if entry.sku is not None:
        lines.append(f'sku = "{entry.sku}"')
    lines += [f"effective = {entry.effective.isoformat()}", f'per = "{entry.per}"']
    if entry.metered_bytes is not None:
        lines.append(f"metered_bytes = {entry.metered_bytes:_}")
    if entry.more_tiers:
        lines.append("more_tiers = true")
    rows = [f"  {{ from = {tier.from_units:_}, usd = {_amount(tier.usd)} }}," for tier in entry.tiers]
    return "\n".join([*lines, "tiers = [", *rows, "]", ""])


def _amount(usd: Decimal) -> str:
    """An amount as TOML has it: no exponent, at least one decimal."""
    return pricing.plain(usd, minimum_places=2)


def _unknown(table: pricing.PriceTable) -> Iterator[str]:
    for section in pricing.SECTIONS:
        known = getattr(table, section.field)
        missing = [name for name in section.units if name not in known]
        if "*" in section.units:
            missing = [] if known else ["*"]
        if len(missing) == len(section.units):
            yield section.key
        else:
            yield from (section.entry(name) for name in missing)


def _wrapped(unknown: list[str]) -> str:
    lines, line = [], "# Not known here:"
    for index, name in enumerate(unknown):
        text = f" {name}" + ("," if index < len(unknown) - 1 else ".")
        if len(line) + len(text) > 120:
            lines.append(line)
            line = "#"
        line += text
    return "\n".join([*lines, line]) + "\n"
