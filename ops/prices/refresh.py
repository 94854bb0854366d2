"""A region's price table from AWS's Price List API, and what changed in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

import pricing
from ops.aws import answered
from ops.errors import OpsError
from ops.prices.records import PricingClient, records
from ops.prices.selection import INSTANCE_TYPES, SERVICES, select
from ops.prices.table import differences, render


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A table with what the price list says now; what it does not say is as it was.

    `kept` are the entries that are as they were, each with the reason; `absent` those that nobody knows, likewise.
    """

    table: pricing.PriceTable
    kept: Mapping[str, str]
    absent: Mapping[str, str]


def refresh(
    client: PricingClient, region: str, before: pricing.PriceTable | None, instance_types: Iterable[str] = ()
) -> Refreshed:
    """Ask for every entry of a table. Raises OpsError where a service gives no answer that can be read.

    An entry that `before` has is never dropped: where the list does not say it, it stays with its source and date.
    """
    wanted = list(dict.fromkeys([*INSTANCE_TYPES, *(before.sagemaker if before else ()), *instance_types]))
    entries: dict[str, pricing.Price] = {}
    refused: dict[str, str] = {}
    for service in SERVICES:
        selected = select(service, region, _answer(client, service, region), wanted)
        entries |= selected.entries
        refused |= selected.refused
    old = {} if before is None else before.entries
    if not entries and not old:
        raise OpsError(f"the price list has nothing for {region} that belongs in a table")
    table = _table(region, old | entries)

    def reason(key: str) -> str:
        return refused.get(key, "not in the price list")

    return Refreshed(
        table,
        kept={key: reason(key) for key in table.entries if key not in entries},
        absent={key: reason(key) for key in _every(wanted) if key not in table.entries},
    )


def _answer(client: PricingClient, service: str, region: str) -> list[Mapping[str, Any]]:
    try:
        return answered(lambda: list(records(client, service, region)))
    except ClientError as error:
        raise OpsError(f"the price list of {service} could not be fetched: {error}") from error


def _every(instance_types: Iterable[str]) -> Iterator[str]:
    """The key of every entry that a table may have, and those of these instance types."""
    for section in pricing.SECTIONS:
        yield from (section.entry(name) for name in (instance_types if "*" in section.units else section.units))


def _table(region: str, entries: Mapping[str, pricing.Price]) -> pricing.PriceTable:
    sections: dict[str, Any] = {}
    for section in pricing.SECTIONS:
        names = _instance_types(entries) if "*" in section.units else section.units
        sections[section.field] = {name: entries[key] for name in names if (key := section.entry(name)) in entries}
    # Read back from its own file, so that nothing is written that cannot be loaded.
    return pricing.parse(render(pricing.PriceTable(region=region, **sections)), file=f"{region}.toml")


def _instance_types(entries: Iterable[str]) -> list[str]:
    return sorted(key.partition('"')[2].rstrip('"') for key in entries if key.startswith("sagemaker."))


def report(before: pricing.PriceTable | None, refreshed: Refreshed) -> str:
    """What changed, what stayed as it was for want of an answer, and what nobody knows."""
    lines = differences(before, refreshed.table) or ["nothing changed"]
    for key, why in refreshed.kept.items():
        lines.append(f"= {key}: as of {refreshed.table.entries[key].effective}; {why}")
    lines += [f"? {key}: not known; {why}" for key, why in refreshed.absent.items()]
    return "\n".join(lines) + "\n"
