"""Price tables from their data files, read strictly: an error names the file and the key."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pricing.table import SECTIONS, Price, PriceTable, Section, Tier

REGIONS = Path(__file__).parent / "regions"
REGION_NAME = re.compile(r"[a-z]{2}(-[a-z]+)+-[1-9]")
INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")


class PriceTableError(ValueError):
    """A price data file that cannot be taken at its word."""

    def __init__(self, file: str, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}")
        self.file = file
        self.key = key


def regions() -> list[str]:
    """The regions that have a table, sorted."""
    return sorted(path.stem for path in REGIONS.glob("*.toml"))


@cache
def load(region: str) -> PriceTable | None:
    """Return the table of `region`, or None where there is none: cost is then unknown, never 0.

    Raises PriceTableError where there is one that is not valid.
    """
    path = REGIONS / f"{region}.toml"
    if not REGION_NAME.fullmatch(region) or not path.is_file():
        return None
    table = parse(path.read_text(encoding="utf-8"), file=path.name)
    if table.region != region:
        raise PriceTableError(path.name, "region", f"must be {region!r}, as the file is named, not {table.region!r}")
    return table


def parse(text: str, *, file: str) -> PriceTable:
    """Read one table from TOML. `file` names it in errors. Numbers are read as Decimal, so no price passes a float."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PriceTableError(file, "(whole file)", f"not TOML: {error}") from error
    return _Reader(file).table(document)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file

    def fail(self, key: str, problem: str) -> PriceTableError:
        return PriceTableError(self.file, key, problem)

    def table(self, document: dict[str, Any]) -> PriceTable:
        self.only(document, "", {"region"} | {part.key.partition(".")[0] for part in SECTIONS}, required={"region"})
        region = document["region"]
        if not isinstance(region, str) or not REGION_NAME.fullmatch(region):
            raise self.fail("region", f"must be the name of a region, not {region!r}")
        function = self.section(document, "lambda")
        self.only(function, "lambda", {part.key.rpartition(".")[2] for part in SECTIONS if "." in part.key})
        sections: dict[str, Any] = {
            part.field: self.entries(function if "." in part.key else document, part) for part in SECTIONS
        }
        table = PriceTable(region=region, **sections)
        if not table.entries:
            raise self.fail("(whole file)", "must hold at least one price")
        return table

    def entries(self, parent: dict[str, Any], part: Section) -> Mapping[str, Price]:
        section = self.section(parent, part.key)
        if "*" in part.units:
            for name in section:
                if not INSTANCE_TYPE.fullmatch(name):
                    raise self.fail(part.entry(name), 'must be an instance type, as in "ml.g6.xlarge"')
            units = dict.fromkeys(sorted(section), part.units["*"])
        else:
            self.only(section, part.key, set(part.units))
            units = {name: unit for name, unit in part.units.items() if name in section}
        return MappingProxyType({name: self.price(section[name], part.entry(name), per) for name, per in units.items()})

    def price(self, entry: object, key: str, per: str) -> Price:
        if not isinstance(entry, dict):
            raise self.fail(key, "must be a table")
        required = {"source", "effective", "per", "tiers"}
        self.only(entry, key, required | {"sku", "metered_bytes", "more_tiers"}, required=required)
        for name in ("source", "sku"):
            if name in entry and (not isinstance(entry[name], str) or not entry[name].strip()):
                raise self.fail(f"{key}.{name}", "must say where the price comes from")
        if not isinstance(entry["effective"], date) or isinstance(entry["effective"], datetime):
            raise self.fail(f"{key}.effective", "must be a date, as in 2025-10-01")
        if entry["per"] != per:
            raise self.fail(f"{key}.per", f"must be {per!r}, not {entry['per']!r}")
        metered_bytes = entry.get("metered_bytes")
        if "metered_bytes" in entry and not _is_count(metered_bytes, at_least=1):
            raise self.fail(f"{key}.metered_bytes", f"must be a whole number above 0, not {metered_bytes!r}")
        tiers = self.tiers(entry["tiers"], f"{key}.tiers")
        more_tiers = entry.get("more_tiers", False)
        if not isinstance(more_tiers, bool):
            raise self.fail(f"{key}.more_tiers", f"must be true or false, not {more_tiers!r}")
        return Price(
            per=per,
            tiers=tiers,
            source=entry["source"],
            effective=entry["effective"],
            sku=entry.get("sku"),
            metered_bytes=metered_bytes,
            more_tiers=more_tiers,
        )

    def tiers(self, rows: object, key: str) -> tuple[Tier, ...]:
        if not isinstance(rows, list) or not rows:
            raise self.fail(key, "must list at least one tier")
        tiers: list[Tier] = []
        for index, row in enumerate(rows):
            at = f"{key}[{index}]"
            if not isinstance(row, dict):
                raise self.fail(at, "must be a table of from and usd")
            self.only(row, at, {"from", "usd"}, required={"from", "usd"})
            start, usd = row["from"], row["usd"]
            if not _is_count(start, at_least=0):
                raise self.fail(f"{at}.from", f"must be a whole number, 0 or more, not {start!r}")
            if (start != 0) if not tiers else (start <= tiers[-1].from_units):
                raise self.fail(f"{at}.from", "must be 0 in the first tier and rise from tier to tier")
            if not isinstance(usd, Decimal) or not usd.is_finite() or usd <= 0:
                raise self.fail(f"{at}.usd", f"must be an amount above 0 with a decimal point, not {usd!r}")
            tiers.append(Tier(start, usd))
        return tuple(tiers)

    def section(self, parent: dict[str, Any], key: str) -> dict[str, Any]:
        section = parent.get(key.rpartition(".")[2], {})
        if not isinstance(section, dict):
            raise self.fail(key, "must be a table")
        return section

    def only(
        self, table: dict[str, Any], at: str, known: set[str], *, required: frozenset[str] | set[str] = frozenset()
    ) -> None:
        prefix = f"{at}." if at else ""
        if unknown := sorted(table.keys() - known):
            raise self.fail(prefix + unknown[0], f"unknown key; known here: {', '.join(sorted(known))}")
        if missing := sorted(required - table.keys()):
            raise self.fail(prefix + missing[0], "missing")


def _is_count(value: object, *, at_least: int) -> bool:
    return type(value) is int and value >= at_least  # a bool is no count
