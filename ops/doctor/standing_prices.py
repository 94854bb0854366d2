"""Monthly prices of what a stage keeps standing: standing_prices.toml, read strictly."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from ops.errors import OpsError

PRICES: Final = Path(__file__).with_name("standing_prices.toml")


class StandingPriceError(OpsError):
    """The data file cannot be taken at its word; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class StandingPrices:
    """Per month; None where the region's price is not known."""

    web_acl: Decimal
    rule: Decimal
    alarm_metric: Decimal | None
    dashboard: Decimal | None
    custom_metric: Decimal | None


@cache
def read_prices(region: str | None, path: Path = PRICES) -> StandingPrices:
    """The data file's prices for `region`. Raises StandingPriceError."""
    document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    if unknown := sorted(document.keys() - {"waf", "cloudwatch"}):
        raise StandingPriceError(f"{path.name}: {unknown[0]}: unknown key")
    regions = {name: _amounts(path, f"cloudwatch.{name}", table) for name, table in document["cloudwatch"].items()}
    of_region = regions.get(region or "", {})
    waf = _amounts(path, "waf", document["waf"])
    return StandingPrices(
        web_acl=waf["web_acl"],
        rule=waf["rule"],
        alarm_metric=of_region.get("alarm_metric"),
        dashboard=of_region.get("dashboard"),
        custom_metric=of_region.get("custom_metric"),
    )


def _amounts(path: Path, at: str, table: dict[str, Any]) -> dict[str, Decimal]:
    expected = {"web_acl", "rule"} if at == "waf" else {"alarm_metric", "dashboard", "custom_metric"}
    if unknown := sorted(table.keys() - expected - {"source", "read"}):
        raise StandingPriceError(f"{path.name}: {at}.{unknown[0]}: unknown key")
    for key in (*sorted(expected), "source", "read"):
        if key not in table:
            raise StandingPriceError(f"{path.name}: {at}.{key}: missing")
    if not isinstance(table["source"], str) or not isinstance(table["read"], date):
        raise StandingPriceError(f"{path.name}: {at}: source must be text and read a date")
    for key in expected:
        if not isinstance(table[key], Decimal) or table[key] <= 0:
            raise StandingPriceError(f"{path.name}: {at}.{key}: must be an amount above 0 with a decimal point")
    return {key: table[key] for key in expected}
