"""Which record of AWS's price list is which entry of a price table, and how its units become ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pricing
from ops.prices.records import Product, RecordError, attributes_of, product

# Regions but the first carry a prefix: EUW1-StateTransition.
_PREFIX: Final = re.compile(r"^[A-Z]{2,4}\d?-(?=[A-Z])")
_INSTANCE: Final = re.compile(r"(?P<use>AsyncInf|Host):(?P<type>ml\..+)")


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry, and the record that says it: `attribute` has `value`, a usage type without its region's prefix."""

    key: str
    service: str
    attribute: str
    value: str
    units: frozenset[str]  # in lower case
    in_one: int = 1
    """How many of the API's units are one of ours: 3600 GB-seconds a GB-hour."""
    metered_bytes: int | None = None


_GB_SECONDS: Final = frozenset({"lambda-gb-second", "gb-second", "gb-seconds", "second", "seconds"})
_REQUESTS: Final = frozenset({"request", "requests"})
_IMAGES: Final = frozenset({"image", "images"})


def _lambda_rules() -> Iterable[Rule]:
    for section, group, units in (
        ("on_demand", "AWS-Lambda-Duration", _GB_SECONDS),
        ("provisioned", "AWS-Lambda-Duration-Provisioned", _GB_SECONDS),
        ("provisioned_kept", "AWS-Lambda-Provisioned-Concurrency", _GB_SECONDS),
        ("ephemeral_storage", "AWS-Lambda-Storage-Duration", _GB_SECONDS),
        ("requests", "AWS-Lambda-Requests", _REQUESTS),
    ):
        yield Rule(f"lambda.{section}.arm64", "AWSLambda", "group", f"{group}-ARM", units)
        yield Rule(f"lambda.{section}.x86_64", "AWSLambda", "group", group, units)


RULES: Final = (
    *_lambda_rules(),
    Rule("gateway.rest", "AmazonApiGateway", "usagetype", "ApiGatewayRequest", _REQUESTS),
    Rule("gateway.http", "AmazonApiGateway", "usagetype", "ApiGatewayHttpRequest", _REQUESTS, metered_bytes=512 * 1024),
    Rule(
        "step_functions.standard",
        "AmazonStates",
        "usagetype",
        "StateTransition",
        frozenset({"statetransition", "statetransitions"}),
    ),
    Rule("step_functions.express_requests", "AmazonStates", "usagetype", "StepFunctions-Request", _REQUESTS),
    Rule("step_functions.express_duration", "AmazonStates", "usagetype", "StepFunctions-GB-Second", _GB_SECONDS, 3600),
    Rule("s3.put", "AmazonS3", "group", "S3-API-Tier1", _REQUESTS),
    Rule("s3.get", "AmazonS3", "group", "S3-API-Tier2", _REQUESTS),
    Rule("logs.ingest", "AmazonCloudWatch", "usagetype", "DataProcessing-Bytes", frozenset({"gb"})),
    Rule("ecr.storage", "AmazonECR", "usagetype", "TimedStorage-ByteHrs", frozenset({"gb-mo", "gb-month"})),
    Rule("sns.publish", "AmazonSNS", "usagetype", "Requests-Tier1", _REQUESTS),
    # Of Rekognition's two groups of APIs for pictures the second has DetectLabels and DetectModerationLabels.
    Rule("rekognition.labels", "AmazonRekognition", "usagetype", "Group2-ImagesProcessed", _IMAGES),
    Rule("rekognition.moderation", "AmazonRekognition", "usagetype", "Group2-ImagesProcessed", _IMAGES),
)
SAGEMAKER: Final = "AmazonSageMaker"
INSTANCE_TYPES: Final = ("ml.g4dn.xlarge", "ml.g5.xlarge", "ml.g6.xlarge")
"""Those that are always asked for."""
SERVICES: Final = (*dict.fromkeys(rule.service for rule in RULES), SAGEMAKER)
_PER: Final = {
    section.entry(name): per for section in pricing.SECTIONS for name, per in section.units.items() if name != "*"
}


@dataclass(frozen=True, slots=True)
class Selected:
    """What a service's records say: the entries that could be read, and why others could not."""

    entries: Mapping[str, pricing.Price]
    refused: Mapping[str, str]


def select(service: str, region: str, found: Iterable[Mapping[str, Any]], instance_types: Iterable[str]) -> Selected:
    """The entries that `found`, all records of a service, hold. `instance_types` are those asked of SageMaker."""
    wanted = frozenset(instance_types)
    candidates: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    rules: dict[str, Rule] = {}
    for record in found:
        for rule in _matching(service, attributes_of(record), wanted):
            rules[rule.key] = rule
            candidates.setdefault(rule.key, {}).setdefault(rule.value, []).append(record)
    entries: dict[str, pricing.Price] = {}
    refused: dict[str, str] = {}
    for key, by_value in candidates.items():
        # "AsyncInf" comes before "Host": not every instance type has a price of its own for asynchronous inference.
        value = min(by_value)
        try:
            entries[key] = _entry(rules[key], value, region, by_value[value])
        except RecordError as error:
            refused[key] = str(error)
    return Selected(entries, refused)


def _matching(service: str, attributes: Mapping[str, str], instance_types: frozenset[str]) -> Iterable[Rule]:
    usage = _PREFIX.sub("", str(attributes.get("usagetype", "")))
    if service == SAGEMAKER:
        found = _INSTANCE.fullmatch(usage)
        if found and found["type"] in instance_types:
            key = f'sagemaker."{found["type"]}"'
            yield Rule(key, service, "usagetype", found["use"], frozenset({"hrs", "hours", "hour"}))
        return
    for rule in RULES:
        said = usage if rule.attribute == "usagetype" else attributes.get(rule.attribute)
        if rule.service == service and said == rule.value:
            yield rule


def _entry(rule: Rule, value: str, region: str, found: list[Mapping[str, Any]]) -> pricing.Price:
    products = [product(record) for record in found]
    if len(products) > 1:
        skus = ", ".join(sorted(one.sku for one in products))
        raise RecordError(f"{len(products)} records claim to be it: {skus}")
    (one,) = products
    unit = one.dimensions[0].unit
    if unit.lower() not in rule.units:
        raise RecordError(f"{one.sku}: is in {unit!r}, not in {' or '.join(sorted(rule.units))}")
    use = {"AsyncInf": ", asynchronous inference", "Host": ", hosting"}.get(value, "")
    return pricing.Price(
        per=_PER.get(rule.key, "instance-hour"),
        tiers=_tiers(rule, one),
        source=f"AWS price list ({rule.service}, {region}){use}",
        effective=one.effective,
        sku=one.sku,
        metered_bytes=rule.metered_bytes,
    )


def _tiers(rule: Rule, one: Product) -> tuple[pricing.Tier, ...]:
    """The steps in our units. Leading ones that cost nothing are a free tier, and free tiers are not counted."""
    scale = pricing.UNITS[_PER.get(rule.key, "instance-hour")] * rule.in_one
    steps = list(one.dimensions)
    while len(steps) > 1 and steps[0].usd == 0:
        steps.pop(0)
    tiers = []
    for index, step in enumerate(steps):
        start = step.begin / rule.in_one if index else Decimal(0)
        if step.usd <= 0:
            raise RecordError(f"{one.sku}: costs {step.usd} USD from {step.begin} on")
        if start != start.to_integral_value():
            raise RecordError(f"{one.sku}: a step begins at {step.begin}, which is no whole number of ours")
        tiers.append(pricing.Tier(int(start), step.usd * scale))
    return tuple(tiers)
