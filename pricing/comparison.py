"""What Amazon Rekognition would charge for the same pictures. Its answers are not the same; its price is."""

from decimal import Decimal, localcontext

from pricing.amounts import CONTEXT, SMALLEST_USD
from pricing.table import PriceTable, RekognitionApi

API_NAMES: dict[RekognitionApi, str] = {"labels": "DetectLabels", "moderation": "DetectModerationLabels"}


def rekognition_usd(images: int, api: RekognitionApi, table: PriceTable) -> Decimal | None:
    """What `images` pictures cost at tier 1 of one Rekognition API, or None where the price is not known.

    Negative numbers of pictures raise ValueError.
    """
    if images < 0:
        raise ValueError(f"images must not be negative, not {images}")
    entry = table.rekognition.get(api)
    with localcontext(CONTEXT):
        return None if entry is None else (images * entry.first_tier_usd).quantize(SMALLEST_USD)
