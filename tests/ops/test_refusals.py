"""Rubbish in every argument: one sentence on standard error, exit status 2, and nothing else."""

from pathlib import Path

import pytest

from ops.cli import main

WORKLOAD = {"images-per-day": "1000", "peak-per-second": "1", "p95-seconds": "3"}
EMULATOR = "tests/ops/logs/emulator.log"


def plan(**options: str) -> list[str]:
    given = WORKLOAD | {name.replace("_", "-"): value for name, value in options.items()}
    return ["plan", *(f"--{name}={value}" for name, value in given.items())]


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What was said, which is one line."""
    try:
        status = main(arguments)
    except SystemExit as stopped:
        status = stopped.code  # type: ignore[assignment]  # argparse's own are numbers
    captured = capsys.readouterr()
    assert (status, captured.out) == (2, "")
    (line,) = captured.err.splitlines()
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize(
    "option", ["images_per_day", "peak_per_second", "p95_seconds", "arm64_factor", "x86_64_factor"]
)
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "-inf", "1e308", "1,000", "x", ""])
def test_a_number_is_from_one_limit_to_the_other(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(plan(**{option: value}), capsys)
    least = "1 to 1,000,000,000," if option == "images_per_day" else "0.0"
    assert f"argument --{option.replace('_', '-')}: must be a number from {least}" in said
    assert f"not {value!r}; see python -m ops plan --help" in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"accuracy": "101"}, "--accuracy: must be a number from 0 to 100, not '101'"),
        ({"parallel_share": "1.1"}, "--parallel-share: must be a number from 0 to 1, not '1.1'"),
        ({"concurrency_limit": "0"}, "--concurrency-limit: must be a whole number from 1 to 1,000,000, not '0'"),
        ({"concurrency_limit": "9" * 5000}, f"not '{'9' * 40}...'"),
        ({"images_per_request": "1.5"}, "--images-per-request: must be a whole number from 1 to 50, not '1.5'"),
        ({"gpu_images_per_second": "0"}, "--gpu-images-per-second: must be a number from 0.001 to 1,000,000, not '0'"),
        ({"images_per_day": "1e5"}, "100,000 images a day are 1.16 a second on average: a peak of 1 is less than that"),
        ({"route": "/filters"}, "--route: invalid choice: 'filters' (choose from 'detect', 'align'"),
        ({"model": ""}, "'' was not measured for /detect; known are base-patch16-256"),
        ({"route": "score", "accuracy": "80"}, "no model measured for /score has a published accuracy of 80 % or more"),
        ({"region": "../us-east-1"}, "there is no price table for '../us-east-1', only for "),
    ],
)
def test_what_no_plan_can_be_made_of(
    options: dict[str, str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in refusal(plan(**options), capsys)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: COMMAND; see python -m ops --help"),
        (["plan"], "required: --images-per-day, --peak-per-second, --p95-seconds; see python -m ops plan --help"),
        (["prices", "refresh", "--region", "../../etc"], "--region must be the name of a region, as in eu-west-1"),
        (["prices", "refresh", "--region", "us-east-1", "--instance-type", "g6"], "as in ml.g6.xlarge, not 'g6'"),
        (["cost-report", "--since", "0h", "--region", "us-east-1"], "at most 366d, not '0h'"),
        (["cost-report", "--since", "999999d", "--region", "us-east-1"], "at most 366d, not '999999d'"),
        (["cost-report", "--logs", EMULATOR, "--kept", "nobody=1x1h"], "is semantic or aesthetic, not 'nobody'"),
        (["cost-report", "--logs", "tests/ops"], "tests/ops: cannot be read (Is a directory)"),
        (["plan-verify", "--url", "http://a b", *plan()[1:]], "http://a b/detect: cannot be asked (URL can't contain"),
        (["plan-verify", "--url", "http://[::1", *plan()[1:]], "cannot be asked (Invalid IPv6 URL)"),
    ],
)
def test_what_no_command_takes(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sentence in refusal(arguments, capsys)


@pytest.mark.parametrize("content", [b"", bytes(range(256)) * 100, b"START\nEND\n", b"[]", b'{"events": [1, {}]}'])
def test_logs_without_a_line_of_ours(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(content)
    assert "no line of these files is a receipt or a report" in refusal(["cost-report", "--logs", str(log)], capsys)


@pytest.mark.parametrize("arguments", [["cost-report", "--logs", EMULATOR], plan()])
def test_a_page_that_cannot_be_written(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--html", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path}: cannot be written (Is a directory)\n"


def test_a_broken_price_table_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "xx-north-1.toml").write_text("region = 7\n")
    monkeypatch.setattr("pricing.loader.REGIONS", tmp_path)
    assert "xx-north-1.toml: region: must be the name of a region, not 7" in refusal(plan(region="xx-north-1"), capsys)
