"""The line that every call leaves in a function's log: its receipt, in Embedded Metric Format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ValidationError

import pricing
from functions.common.metrics import NAMESPACE
from functions.common.wire import Comparison, Cost, InstanceTime

_PARTS: Final[Mapping[str, type[BaseModel]]] = {"instance": InstanceTime, "compared_with": Comparison}
"""Of a receipt: those with amounts of their own, which may be null as well."""
_MOST: Final = 10**9
"""Of anything on one receipt: a line that says more is broken, and is not added up."""


class ReceiptLineError(ValueError):
    """A line that says it is a receipt and cannot be read as one; the message quotes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """One call. `receipt` is as in its answer, without the shares of single pictures; None where none could be made.

    `images` are pictures judged. `caller` is `key:<id>`, `iam:<hash>` or None. `usd` is None where a price was not
    known.
    """

    at: datetime
    function: str
    route: str
    stage: str
    request_id: str
    caller: str | None
    status: int
    images: int
    cold: bool
    receipt: Cost | None

    @property
    def usd(self) -> Decimal | None:
        """What the call cost, exactly as its receipt says."""
        return None if self.receipt is None or self.receipt.usd is None else Decimal(self.receipt.usd)

    @property
    def rekognition_usd(self) -> Decimal | None:
        """What Rekognition charges for as many pictures; None where it has nothing alike, or no known price."""
        compared = None if self.receipt is None else self.receipt.compared_with
        return None if compared is None or compared.usd is None else Decimal(compared.usd)


def parse_receipt(document: Mapping[str, Any]) -> ReceiptLine | None:
    """The call in a line's JSON document, or None if the line is no receipt. Raises ReceiptLineError."""
    if not _is_ours(document):
        return None
    try:
        receipt = document["receipt"]
        return ReceiptLine(
            at=datetime.fromtimestamp(int(document["_aws"]["Timestamp"]) / 1000, UTC),
            function=_text(document["Function"]),
            route=_text(document["Route"]),
            stage=_text(document["Stage"]),
            request_id=_text(document["request_id"]),
            caller=None if document["caller"] is None else _text(document["caller"]),
            status=int(document["status"]),
            images=_images(document["Images"]),
            cold=any(document["ColdStart"]),
            receipt=None if receipt is None else _cost(receipt),
        )
    except KeyError as error:
        raise ReceiptLineError(f"a receipt without {error.args[0]}") from error
    except (TypeError, ValueError, ArithmeticError, OSError, ValidationError) as error:
        raise ReceiptLineError("a receipt in which a figure is not what it should be") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    value.encode()  # JSON can hold what no file can: half of a surrogate pair
    return value


def _images(counts: Iterable[float]) -> int:
    images = int(sum(counts))
    if not 0 <= images <= _MOST:
        raise ValueError("no number of pictures")
    return images


def _cost(receipt: dict[str, Any]) -> Cost:
    """What is null is left out of the line."""
    whole = dict.fromkeys(Cost.model_fields) | receipt
    for name, part in _PARTS.items():
        if isinstance(found := whole[name], dict):
            whole[name] = dict.fromkeys(part.model_fields) | found
    cost = Cost.model_validate(whole)
    amounts: list[str | None] = [cost.gb_seconds, cost.usd, cost.gateway_usd]
    amounts += [] if cost.instance is None else [cost.instance.idle_usd]
    amounts += [] if cost.compared_with is None else [cost.compared_with.usd]
    figures = [Decimal(amount) for amount in amounts if amount is not None]
    figures += [Decimal(cost.billed_ms), Decimal(cost.memory_mb or 0)]
    storage_mb = pricing.EPHEMERAL_INCLUDED_MB if cost.ephemeral_mb is None else cost.ephemeral_mb
    if not all(0 <= figure <= _MOST for figure in figures) or not pricing.EPHEMERAL_INCLUDED_MB <= storage_mb <= _MOST:
        raise ValueError("a figure that cannot be")
    return cost


def _is_ours(document: Mapping[str, Any]) -> bool:
    described = document.get("_aws")
    metrics = described.get("CloudWatchMetrics") if isinstance(described, dict) else None
    if not isinstance(metrics, list):
        return False
    return any(isinstance(part, dict) and part.get("Namespace") == NAMESPACE for part in metrics)
