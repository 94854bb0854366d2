"""`python -m ops prices refresh` on records in the form that AWS's Price List API sends them."""

import argparse
import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

import pricing
from ops.cli import main
from ops.errors import OpsError
from ops.prices.command import run
from ops.prices.refresh import refresh, report
from ops.prices.selection import SERVICES
from ops.prices.table import differences, render
from pricing.loader import REGIONS

REGION = "eu-west-1"
EFFECTIVE = "2026-11-01T00:00:00Z"
OFFER = "JRTCKXETXF"

Steps = list[tuple[str, str, str]]
Answers = dict[str, list[list[str]]]


def record(
    sku: str, service: str, attributes: dict[str, str], unit: str, steps: Steps, *, currency: str = "USD"
) -> str:
    """A product as get_products has it: JSON text, the price four levels down, under codes that mean nothing."""
    dimensions = {
        f"{sku}.{OFFER}.{index:010}": {
            "unit": unit,
            "endRange": end,
            "description": f"{usd} per {unit}",
            "appliesTo": [],
            "rateCode": f"{sku}.{OFFER}.{index:010}",
            "beginRange": begin,
            "pricePerUnit": {currency: usd},
        }
        # AWS sends them in no order.
        for index, (begin, end, usd) in reversed(list(enumerate(steps)))
    }
    offer = {
        "priceDimensions": dimensions,
        "sku": sku,
        "effectiveDate": EFFECTIVE,
        "offerTermCode": OFFER,
        "termAttributes": {},
    }
    return json.dumps(
        {
            "product": {
                "productFamily": "Serverless",
                "attributes": {"regionCode": REGION, "servicecode": service, "operation": "", **attributes},
                "sku": sku,
            },
            "serviceCode": service,
            "terms": {"OnDemand": {f"{sku}.{OFFER}": offer}},
            "version": "20261101000000",
            "publicationDate": "2026-11-02T10:11:12Z",
        }
    )


def flat(usd: str) -> Steps:
    return [("0", "Inf", usd)]


def of_lambda(group: str, steps: Steps, unit: str = "Lambda-GB-Second", sku: str = "") -> str:
    usage = {"group": group, "usagetype": f"EUW1-{group}"}
    return record(sku or group.upper(), "AWSLambda", usage, unit, steps)


ARM_DURATION = of_lambda(
    "AWS-Lambda-Duration-ARM",
    [
        ("0", "7500000000", "0.0000133334"),
        ("7500000000", "18750000000", "0.0000120001"),
        ("18750000000", "Inf", "0.0000106667"),
    ],
    sku="ARMDURATION",
)
WHOLE: Answers = {
    "AWSLambda": [
        [
            ARM_DURATION,
            of_lambda(
                "AWS-Lambda-Duration",
                [
                    ("0", "6000000000", "0.0000166667"),
                    ("6000000000", "15000000000", "0.0000150000"),
                    ("15000000000", "Inf", "0.0000133334"),
                ],
            ),
            of_lambda("AWS-Lambda-Edge-Duration", flat("0.00005001")),
        ],
        [
            of_lambda("AWS-Lambda-Duration-Provisioned", flat("0.0000108407")),
            of_lambda("AWS-Lambda-Duration-Provisioned-ARM", flat("0.0000086726")),
            of_lambda("AWS-Lambda-Provisioned-Concurrency", flat("0.0000046460")),
            of_lambda("AWS-Lambda-Provisioned-Concurrency-ARM", flat("0.0000037168")),
            of_lambda("AWS-Lambda-Storage-Duration", flat("0.0000000340"), "GB-Seconds"),
            of_lambda("AWS-Lambda-Storage-Duration-ARM", flat("0.0000000340"), "GB-Seconds"),
            of_lambda("AWS-Lambda-Requests", flat("0.0000002000"), "Request"),
            of_lambda("AWS-Lambda-Requests-ARM", flat("0.0000002000"), "Request"),
        ],
    ],
    "AmazonApiGateway": [
        [
            record(
                "REST",
                "AmazonApiGateway",
                {"usagetype": "EUW1-ApiGatewayRequest"},
                "Requests",
                [("0", "333000000", "0.0000035000"), ("333000000", "Inf", "0.0000031900")],
            ),
            record(
                "HTTP",
                "AmazonApiGateway",
                {"usagetype": "EUW1-ApiGatewayHttpRequest"},
                "Requests",
                [("0", "300000000", "0.0000011100"), ("300000000", "Inf", "0.0000010000")],
            ),
            record(
                "SOCKET", "AmazonApiGateway", {"usagetype": "EUW1-ApiGatewayMessage"}, "Messages", flat("0.0000011")
            ),
        ]
    ],
    "AmazonStates": [
        [
            record(
                "STATE", "AmazonStates", {"usagetype": "EUW1-StateTransition"}, "StateTransitions", flat("0.000025")
            ),
            record(
                "EXPRESS", "AmazonStates", {"usagetype": "EUW1-StepFunctions-Request"}, "Requests", flat("0.000001")
            ),
            record(
                "EXPRESSGB",
                "AmazonStates",
                {"usagetype": "EUW1-StepFunctions-GB-Second"},
                "GB-Seconds",
                [("0", "3600000", "0.0000166700"), ("3600000", "Inf", "0.0000083300")],
            ),
        ]
    ],
    "AmazonS3": [
        [
            record(
                "PUT",
                "AmazonS3",
                {"group": "S3-API-Tier1", "usagetype": "EU-Requests-Tier1"},
                "Requests",
                flat("0.000005"),
            ),
            record(
                "GET",
                "AmazonS3",
                {"group": "S3-API-Tier2", "usagetype": "EU-Requests-Tier2"},
                "Requests",
                flat("0.0000004"),
            ),
            record("IA", "AmazonS3", {"group": "S3-API-SIA-Tier1"}, "Requests", flat("0.00001")),
        ]
    ],
    "AmazonCloudWatch": [
        [record("LOGS", "AmazonCloudWatch", {"usagetype": "EU-DataProcessing-Bytes"}, "GB", flat("0.5700000000"))]
    ],
    "AmazonECR": [[record("ECR", "AmazonECR", {"usagetype": "EU-TimedStorage-ByteHrs"}, "GB-Mo", flat("0.10"))]],
    "AmazonSNS": [
        [
            record(
                "SNS",
                "AmazonSNS",
                {"usagetype": "EU-Requests-Tier1"},
                "Requests",
                [("0", "1000000", "0.0000000000"), ("1000000", "Inf", "0.0000005000")],
            )
        ]
    ],
    "AmazonRekognition": [
        [
            record(
                "REKOGNITION2",
                "AmazonRekognition",
                {"usagetype": "EUW1-Group2-ImagesProcessed"},
                "Images",
                [
                    ("0", "1000000", "0.0010000000"),
                    ("1000000", "5000000", "0.0008000000"),
                    ("5000000", "35000000", "0.0006000000"),
                    ("35000000", "Inf", "0.0004000000"),
                ],
            ),
            record(
                "REKOGNITION1",
                "AmazonRekognition",
                {"usagetype": "EUW1-Group1-ImagesProcessed"},
                "Images",
                flat("0.0011"),
            ),
        ]
    ],
    "AmazonSageMaker": [
        [
            record("HOSTG6", "AmazonSageMaker", {"usagetype": "EUW1-Host:ml.g6.xlarge"}, "Hrs", flat("1.2559")),
            record("HOSTG4", "AmazonSageMaker", {"usagetype": "EUW1-Host:ml.g4dn.xlarge"}, "Hrs", flat("0.8219")),
            record("HOSTM5", "AmazonSageMaker", {"usagetype": "EUW1-Host:ml.m5.xlarge"}, "Hrs", flat("0.257")),
        ],
        [record("ASYNCG6", "AmazonSageMaker", {"usagetype": "EUW1-AsyncInf:ml.g6.xlarge"}, "Hrs", flat("1.2561"))],
    ],
}


def stubbed(answers: Answers, error: str | None = None) -> Any:
    """A real client of boto3's whose answers are given; every request is checked for what it asks."""
    client = boto3.client("pricing", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    stubber = Stubber(client)
    for service in SERVICES:
        pages = answers.get(service, [[]])
        for number, page in enumerate(pages):
            expected: dict[str, Any] = {
                "ServiceCode": service,
                "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": REGION}],
                "FormatVersion": "aws_v1",
                "MaxResults": 100,
            }
            if number:
                expected["NextToken"] = f"page-{number}"
            if error == service and number == len(pages) - 1:
                stubber.add_client_error("get_products", "InternalErrorException", "not now", expected_params=expected)
                stubber.activate()
                return client
            following = {"NextToken": f"page-{number + 1}"} if number + 1 < len(pages) else {}
            stubber.add_response("get_products", {"FormatVersion": "aws_v1", "PriceList": page, **following}, expected)
    stubber.activate()
    return client


REKOGNITION = [(0, "0.001"), (1_000_000, "0.0008"), (5_000_000, "0.0006"), (35_000_000, "0.0004")]


def tiers(entry: pricing.Price) -> list[tuple[int, str]]:
    return [(tier.from_units, pricing.plain(tier.usd, 2)) for tier in entry.tiers]


def test_a_whole_table_from_nothing() -> None:
    refreshed = refresh(stubbed(WHOLE), REGION, None)
    assert {key: tiers(entry) for key, entry in refreshed.table.entries.items()} == {
        "lambda.on_demand.arm64": [
            (0, "0.0000133334"),
            (7_500_000_000, "0.0000120001"),
            (18_750_000_000, "0.0000106667"),
        ],
        "lambda.on_demand.x86_64": [(0, "0.0000166667"), (6_000_000_000, "0.000015"), (15_000_000_000, "0.0000133334")],
        "lambda.provisioned.arm64": [(0, "0.0000086726")],
        "lambda.provisioned.x86_64": [(0, "0.0000108407")],
        "lambda.provisioned_kept.arm64": [(0, "0.0000037168")],
        "lambda.provisioned_kept.x86_64": [(0, "0.000004646")],
        "lambda.ephemeral_storage.arm64": [(0, "0.000000034")],
        "lambda.ephemeral_storage.x86_64": [(0, "0.000000034")],
        "lambda.requests.arm64": [(0, "0.20")],
        "lambda.requests.x86_64": [(0, "0.20")],
        "gateway.rest": [(0, "3.50"), (333_000_000, "3.19")],
        "gateway.http": [(0, "1.11"), (300_000_000, "1.00")],
        "step_functions.standard": [(0, "0.025")],
        "step_functions.express_requests": [(0, "1.00")],
        "step_functions.express_duration": [(0, "0.060012"), (1000, "0.029988")],
        "s3.put": [(0, "0.005")],
        "s3.get": [(0, "0.0004")],
        "logs.ingest": [(0, "0.57")],
        "ecr.storage": [(0, "0.10")],
        "sns.publish": [(0, "0.50")],
        'sagemaker."ml.g4dn.xlarge"': [(0, "0.8219")],
        'sagemaker."ml.g6.xlarge"': [(0, "1.2561")],
        "rekognition.labels": REKOGNITION,
        "rekognition.moderation": REKOGNITION,
    }
    arm = refreshed.table.on_demand["arm64"]
    assert (arm.sku, arm.effective, arm.source) == (
        "ARMDURATION",
        date(2026, 11, 1),
        "AWS price list (AWSLambda, eu-west-1)",
    )
    assert refreshed.table.gateway["http"].metered_bytes == 524_288
    assert [entry.source for entry in refreshed.table.sagemaker.values()] == [
        "AWS price list (AmazonSageMaker, eu-west-1), hosting",
        "AWS price list (AmazonSageMaker, eu-west-1), asynchronous inference",
    ]
    assert refreshed.kept == {}
    assert refreshed.absent == {'sagemaker."ml.g5.xlarge"': "not in the price list"}


def test_what_the_list_does_not_say_stays_with_its_date() -> None:
    before = pricing.load("us-east-1")
    assert before is not None
    before = pricing.parse(render(before).replace("us-east-1", REGION), file="eu-west-1.toml")
    refreshed = refresh(stubbed({"AWSLambda": [[ARM_DURATION]]}), REGION, before)
    assert set(refreshed.table.entries) == set(before.entries), "nothing is lost"
    assert set(refreshed.kept) == set(before.entries) - {"lambda.on_demand.arm64"}
    assert all(refreshed.table.entries[key] == before.entries[key] for key in refreshed.kept)
    told = report(before, refreshed).splitlines()
    assert told[0].startswith("~ lambda.on_demand.arm64: 0.0000133334, ")
    assert told[0].endswith("USD per GB-second (ARMDURATION, 2026-11-01)")
    assert "= gateway.rest: as of 2025-10-01; not in the price list" in told
    assert "= rekognition.labels: as of 2025-10-01; not in the price list" in told
    assert "? sns.publish: not known; not in the price list" in told


def changed(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(text)
    change(document)
    return json.dumps(document)


def offer(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = document["terms"]["OnDemand"].values()
    return dict(found)


def dimensions(document: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(offer(document)["priceDimensions"].values(), key=lambda row: Decimal(row["beginRange"]))


REFUSALS: Mapping[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no terms": (lambda record: record.pop("terms"), "terms.OnDemand must hold one offer"),
    "reserved only": (lambda record: record.update(terms={"Reserved": {}}), "terms.OnDemand must hold one offer"),
    "two offers": (lambda record: record["terms"]["OnDemand"].update(x={}), "terms.OnDemand must hold one offer"),
    "no sku": (lambda record: record["product"].pop("sku"), "product.sku is missing"),
    "another currency": (
        lambda record: dimensions(record)[0].update(pricePerUnit={"CNY": "1"}),
        "not of the form that is known (KeyError('USD'))",
    ),
    "no number": (lambda record: dimensions(record)[0]["pricePerUnit"].update(USD="free"), "not of the form"),
    "no date": (
        lambda record: record["terms"]["OnDemand"]["ARMDURATION.JRTCKXETXF"].pop("effectiveDate"),
        "not of the",
    ),
    "a gap": (lambda record: dimensions(record)[1].update(beginRange="8000000000"), "a gap, or two steps that overlap"),
    "no beginning": (lambda record: dimensions(record)[0].update(beginRange="5"), "does not hold from 0 on"),
    "an end": (lambda record: dimensions(record)[2].update(endRange="9e18"), "does not hold from 0 on without end"),
    "two units": (lambda record: dimensions(record)[1].update(unit="Hrs"), "in different units"),
    "a free step": (
        lambda record: dimensions(record)[1]["pricePerUnit"].update(USD="0"),
        "costs 0 USD from 7500000000",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_record_of_another_form_is_not_taken_and_said(name: str) -> None:
    change, why = REFUSALS[name]
    answers = {**WHOLE, "AWSLambda": [[changed(ARM_DURATION, change)]]}
    refreshed = refresh(stubbed(answers), REGION, None)
    assert "lambda.on_demand.arm64" not in refreshed.table.entries
    assert why in refreshed.absent["lambda.on_demand.arm64"]


def test_another_unit_is_not_taken() -> None:
    answers = {"AWSLambda": [[ARM_DURATION.replace("Lambda-GB-Second", "Lambda-GB-Hour")]]}
    refreshed = refresh(stubbed(answers), REGION, pricing.load(REGION))
    assert "is in 'Lambda-GB-Hour', not in " in refreshed.kept["lambda.on_demand.arm64"]


def test_two_records_for_one_entry_are_neither() -> None:
    twice = [ARM_DURATION, ARM_DURATION.replace("ARMDURATION", "OTHER")]
    refreshed = refresh(stubbed({"AWSLambda": [twice]}), REGION, pricing.load(REGION))
    assert refreshed.kept["lambda.on_demand.arm64"] == "2 records claim to be it: ARMDURATION, OTHER"


def test_an_unreadable_asynchronous_price_is_not_replaced_by_hosting() -> None:
    pages = [[*WHOLE["AmazonSageMaker"][0], WHOLE["AmazonSageMaker"][1][0].replace('"Hrs"', '"Mins"')]]
    refreshed = refresh(stubbed({**WHOLE, "AmazonSageMaker": pages}), REGION, None)
    assert 'sagemaker."ml.g6.xlarge"' not in refreshed.table.entries
    assert "is in 'Mins'" in refreshed.absent['sagemaker."ml.g6.xlarge"']


def test_more_instance_types_can_be_asked_for() -> None:
    refreshed = refresh(stubbed(WHOLE), REGION, None, ["ml.m5.xlarge"])
    assert refreshed.table.sagemaker["ml.m5.xlarge"].first_tier_usd == Decimal("0.257")


@pytest.mark.parametrize("text", ["{", "[]", "3"])
def test_what_is_no_record_stops_it(text: str) -> None:
    with pytest.raises(OpsError, match="AWSLambda: record 0 of a page is not"):
        refresh(stubbed({"AWSLambda": [[text]]}), REGION, None)


def test_a_region_of_which_nothing_is_known_gets_no_table() -> None:
    with pytest.raises(OpsError, match="has nothing for eu-west-1"):
        refresh(stubbed({}), REGION, None)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / f"{REGION}.toml"
    path.write_text((REGIONS / path.name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def options(**changes: Any) -> argparse.Namespace:
    return argparse.Namespace(**{"region": REGION, "instance_type": [], "dry_run": False, **changes})


def test_the_command_writes_what_loads_and_the_second_time_nothing(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = directory / f"{REGION}.toml"
    assert run(options(), stubbed(WHOLE), directory) == 0
    printed = capsys.readouterr().out
    assert "+ lambda.provisioned.arm64: 0.0000086726 USD per GB-second (" in printed
    assert printed.endswith(f"wrote {path}\n")
    written = path.read_text(encoding="utf-8")
    table = pricing.parse(written, file=path.name)
    assert table.provisioned["arm64"].first_tier_usd == Decimal("0.0000086726")
    assert run(options(), stubbed(WHOLE), directory) == 0
    assert capsys.readouterr().out.startswith("nothing changed\n")
    assert path.read_text(encoding="utf-8") == written


def test_a_dry_run_writes_nothing(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = directory / f"{REGION}.toml"
    before = path.read_text(encoding="utf-8")
    assert run(options(dry_run=True), stubbed(WHOLE), directory) == 0
    assert "wrote" not in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("service", ["AWSLambda", "AmazonSageMaker"])
def test_an_answer_that_breaks_off_writes_nothing(service: str, directory: Path) -> None:
    path = directory / f"{REGION}.toml"
    before = path.read_text(encoding="utf-8")
    with pytest.raises(OpsError, match=f"the price list of {service} could not be fetched: .*not now"):
        run(options(), stubbed(WHOLE, error=service), directory)
    assert path.read_text(encoding="utf-8") == before


def test_a_region_has_the_form_of_one(directory: Path) -> None:
    with pytest.raises(OpsError, match=r"--region must be the name of a region, as in eu-west-1, not '\.\./x'"):
        run(options(region="../x"), stubbed({}), directory)


def test_it_is_a_command_of_ops(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["prices", "refresh", "--help"])
    assert "--region" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(REGIONS.iterdir()), ids=lambda path: path.stem)
def test_the_committed_tables_are_as_the_command_writes_them(path: Path) -> None:
    table = pricing.load(path.stem)
    assert table is not None
    assert render(table) == path.read_text(encoding="utf-8")


def test_a_difference_is_a_line() -> None:
    table = pricing.load("us-east-1")
    assert table is not None
    text = render(table)
    without = pricing.parse(text.replace(text[text.index("[s3.put]") : text.index("[s3.get]")], ""), file="x")
    assert differences(table, table) == []
    assert differences(without, table) == [
        "+ s3.put: 0.005 USD per thousand requests (AWS price list (AmazonS3, us-east-1), 2025-10-01)"
    ]
    assert [line[:8] for line in differences(table, without)] == ["- s3.put"]
