import re
from copy import deepcopy
from typing import Any

import pytest

from functions.aesthetic.settings import read_settings as read_aesthetic
from functions.common.objects import parse_grants
from functions.common.settings import SettingsError
from functions.common.urls import parse_allowed
from functions.semantic.settings import read_settings as read_semantic
from infra.app import ROOT
from infra.config import (
    GPU_INSTANCE_MEANS,
    Config,
    FunctionConfig,
    GpuConfig,
    ProvisionedConcurrency,
    Quota,
    Throttle,
    load_config,
)
from infra.config_reader import ConfigError
from infra.service_settings import KEYS, SETTINGS

FUNCTION = {
    "memory_mb": 8192,
    "artifacts": "artifacts/semantic",
    "reserved_concurrency": 20,
    "provisioned_concurrency": {"minimum": 2, "maximum": 10},
    "gpu": {"enabled": True, "instance_type": "ml.g5.xlarge", "maximum_instances": 3},
    "settings": {},
}
CONTEXT: dict[str, Any] = {
    "stage": "prod",
    "stages": {
        "prod": {
            "architecture": "arm64",
            "log_retention_days": 90,
            "allow_demo_artifacts": False,
            "authentication": "iam",
            "public_docs": False,
            "throttle": {"requests_per_second": 50, "burst": 100},
            "quota": {"requests": 1_000_000, "period": "month"},
            "api_keys": ["1", "2"],
            "cors_origins": ["https://app.example"],
            "waf": True,
            "allowed_url_hosts": ["images.example", "http://10.0.0.7:8080"],
            "allowed_s3": ["pictures.example/2026"],
            "alarm_email": "operator@example.com",
            "monthly_budget_usd": 500,
            "semantic": FUNCTION | {"settings": {"MINOR_THRESHOLD": 0.05, "MAX_IMAGE_PIXELS": 12_000_000}},
            "aesthetic": FUNCTION | {"artifacts": "artifacts/aesthetic", "reserved_concurrency": "none"},
        }
    },
}


def problems(given: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config((CONTEXT | given).get)
    return str(caught.value).splitlines()


def test_a_stage_is_read_whole() -> None:
    kept = ProvisionedConcurrency(minimum=2, maximum=10)
    gpu = GpuConfig(enabled=True, instance_type="ml.g5.xlarge", maximum_instances=3)
    assert load_config(CONTEXT.get) == Config(
        stage="prod",
        architecture="arm64",
        log_retention_days=90,
        allow_demo_artifacts=False,
        authentication="iam",
        public_docs=False,
        throttle=Throttle(requests_per_second=50, burst=100),
        quota=Quota(requests=1_000_000, period="month"),
        api_keys=("1", "2"),
        cors_origins=("https://app.example",),
        waf=True,
        allowed_url_hosts=("images.example", "http://10.0.0.7:8080"),
        allowed_s3=("pictures.example/2026",),
        alarm_email="operator@example.com",
        monthly_budget_usd=500,
        semantic=FunctionConfig(
            memory_mb=8192,
            artifacts="artifacts/semantic",
            reserved_concurrency=20,
            provisioned_concurrency=kept,
            gpu=gpu,
            settings={"MINOR_THRESHOLD": "0.05", "MAX_IMAGE_PIXELS": "12000000"},
        ),
        aesthetic=FunctionConfig(
            memory_mb=8192,
            artifacts="artifacts/aesthetic",
            reserved_concurrency=None,
            provisioned_concurrency=kept,
            gpu=gpu,
            settings={},
        ),
    )


def with_settings(function: str, settings: object) -> dict[str, Any]:
    changed = deepcopy(CONTEXT)
    changed["stages"]["prod"][function]["settings"] = settings
    return changed


@pytest.mark.parametrize(
    ("function", "settings", "sentence"),
    [
        (
            "semantic",
            {"MINOR_TRESHOLD": 0.1},
            "semantic.settings.MINOR_TRESHOLD is not a setting of a stage; MINOR_THRESHOLD is",
        ),
        (
            "semantic",
            {"minor_threshold": 0.1},
            "semantic.settings.minor_threshold is not a setting of a stage; MINOR_THRESHOLD is",
        ),
        (
            "aesthetic",
            {"MINOR": 0.1},
            (
                "aesthetic.settings.MINOR is not a setting of a stage; "
                "FETCH_TIMEOUT_SECONDS, MAX_BATCH_PIXELS, MAX_IMAGE_PIXELS are"
            ),
        ),
        ("semantic", {"ALLOWED_S3": "b"}, "semantic.settings.ALLOWED_S3 has a key of its own, allowed_s3"),
        (
            "semantic",
            {"MINOR_THRESHOLD": 1.5},
            "semantic.settings.MINOR_THRESHOLD must be a number from 0 to 1, not 1.5",
        ),
        (
            "semantic",
            {"MINOR_THRESHOLD": "off"},
            "semantic.settings.MINOR_THRESHOLD must be a number from 0 to 1, not 'off'",
        ),
        (
            "semantic",
            {"MINOR_THRESHOLD": True},
            "semantic.settings.MINOR_THRESHOLD must be a number from 0 to 1, not True",
        ),
        (
            "aesthetic",
            {"MAX_IMAGE_PIXELS": 1.5},
            "aesthetic.settings.MAX_IMAGE_PIXELS must be a whole number from 1 to 178,000,000, not 1.5",
        ),
        (
            "aesthetic",
            ["MAX_IMAGE_PIXELS"],
            "aesthetic.settings must be an object, or from the command line one by one: aesthetic.settings.NAME=...",
        ),
    ],
)
def test_a_setting_that_no_stage_has_is_refused_with_the_nearest(
    function: str, settings: object, sentence: str
) -> None:
    assert problems(with_settings(function, settings)) == [sentence]


def test_settings_from_the_command_line() -> None:
    given = {"semantic.settings.MINOR_THRESHOLD": "0.2", "aesthetic.settings.MAX_BATCH_PIXELS": "1000"}
    config = load_config((CONTEXT | given).get, given)
    assert config.semantic.settings == {"MINOR_THRESHOLD": "0.2", "MAX_IMAGE_PIXELS": "12000000"}
    assert config.aesthetic.settings == {"MAX_BATCH_PIXELS": "1000"}
    misspelt = {"semantic.settings.MINOR_TRESHOLD": "0.2"}
    with pytest.raises(ConfigError, match=r"^semantic\.settings\.MINOR_TRESHOLD is not a setting of a stage; MINOR_TH"):
        load_config((CONTEXT | misspelt).get, misspelt)


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_the_services_take_every_setting_that_passes_here(function: str) -> None:
    """And each is one of theirs: a number beyond its own bounds is refused by name."""
    read = {"semantic": read_semantic, "aesthetic": read_aesthetic}[function]
    for name, bounds in SETTINGS[function].items():
        for end in (bounds.minimum, bounds.maximum):
            config = load_config(with_settings(function, {name: end}).get)
            read(getattr(config, function).settings)
        with pytest.raises(SettingsError, match=f"^{name}: "):
            read({name: str((1 << 40) + 1)})
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    section = documented.split("\n## In a stage\n", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"`([A-Z][A-Z0-9_]+)`", section)) == SETTINGS["semantic"].keys() | KEYS.keys()


def test_the_command_line_comes_first_and_gives_text() -> None:
    given = {
        "architecture": "x86_64",
        "log_retention_days": "7",
        "allow_demo_artifacts": "true",
        "alarm_email": "none",
        "cors_origins": "",
        "allowed_url_hosts": "a.example,b.example:8443",
        "semantic.memory_mb": "2048",
        "semantic.gpu.enabled": "false",
        "semantic.reserved_concurrency": "none",
    }
    config = load_config((CONTEXT | given).get)
    assert config.architecture == "x86_64"
    assert config.log_retention_days == 7
    assert config.allow_demo_artifacts is True
    assert config.alarm_email is None
    assert config.cors_origins == ()
    assert config.allowed_url_hosts == ("a.example", "b.example:8443")
    assert (config.semantic.memory_mb, config.semantic.reserved_concurrency) == (2048, None)
    assert (config.semantic.gpu.enabled, config.aesthetic.gpu.enabled) == (False, True)


def test_both_committed_stages_are_valid(context: dict[str, Any]) -> None:
    dev, prod = (load_config((context | {"stage": stage}).get) for stage in ("dev", "prod"))
    assert (dev.authentication, prod.authentication) == ("api_key", "iam")
    assert (dev.allow_demo_artifacts, prod.allow_demo_artifacts) == (True, False)
    for function in (dev.semantic, dev.aesthetic):
        assert function.memory_mb <= 3008
        assert function.provisioned_concurrency == ProvisionedConcurrency(0, 0)
        # A new account has 10 environments in all, none of which may be reserved.
        assert function.reserved_concurrency is None
    for function in (prod.semantic, prod.aesthetic):
        assert function.provisioned_concurrency.minimum >= 1
        assert function.reserved_concurrency is not None
    for config in (dev, prod):
        assert config.cors_origins == config.allowed_url_hosts == config.allowed_s3 == ()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"stage": "test"}, "stage must be one of prod, not 'test'"),
        ({"stage": None}, "stage must be one of prod, not None"),
        ({"stages": {}}, "stages must hold the configuration of dev or prod and of nothing else"),
        ({"stages": {"test": {}}}, "stages must hold the configuration of dev or prod and of nothing else"),
        ({"stages": {"prod": 3}}, "stages.prod must be an object, not 3"),
        ({"architecture": "riscv"}, "architecture must be one of arm64, x86_64, not 'riscv'"),
        ({"architecture": 64}, "architecture must be one of arm64, x86_64, not 64"),
        ({"authentication": "none"}, "authentication must be one of iam, api_key, not 'none'"),
        ({"waf": "yes"}, "waf must be true or false, not 'yes'"),
        ({"waf": 1}, "waf must be true or false, not 1"),
        ({"throttle.burst": 0}, "throttle.burst must be a whole number from 1 to 5000, not 0"),
        ({"quota.period": "year"}, "quota.period must be one of day, week, month, not 'year'"),
        ({"cors_origins": "app.example"}, "cors_origins[0] must be http(s)://host[:port] or *, not 'app.example'"),
        ({"cors_origins": 3}, "cors_origins must be a list, each entry http(s)://host[:port] or *, not 3"),
        (
            {"allowed_url_hosts": "a.example,https://b.example/x"},
            "allowed_url_hosts[1] must be *, host, host:port or http(s)://host[:port], not 'https://b.example/x'",
        ),
        (
            {"allowed_url_hosts": "a.example,a.example"},
            "allowed_url_hosts[1] must not repeat an entry, as 'a.example' does",
        ),
        ({"api_keys": ""}, "api_keys must have one entry at least: no method answers without a key"),
        ({"api_keys": "1,b"}, "api_keys[1] must be a number from 1 to 999, as text, not 'b'"),
        ({"api_keys": "2,2"}, "api_keys[1] must not repeat an entry, as '2' does"),
        ({"allowed_s3": "Bucket/*"}, "allowed_s3[0] must be bucket or bucket/prefix, not 'Bucket/*'"),
        ({"allowed_s3": "bucket/../x"}, "allowed_s3[0] must be bucket or bucket/prefix, not 'bucket/../x'"),
        ({"alarm_email": "me"}, "alarm_email must be an e-mail address, or none, not 'me'"),
        ({"monthly_budget_usd": "0"}, "monthly_budget_usd must be a whole number from 1 to 1000000, not '0'"),
        ({"semantic.memory_mb": "4GB"}, "semantic.memory_mb must be a whole number from 128 to 10240, not '4GB'"),
        ({"semantic.memory_mb": True}, "semantic.memory_mb must be a whole number from 128 to 10240, not True"),
        ({"semantic.memory_mb": 127}, "semantic.memory_mb must be a whole number from 128 to 10240, not 127"),
        ({"semantic.artifacts": ""}, "semantic.artifacts must be a directory, relative to the repository root, not ''"),
        (
            {"aesthetic.reserved_concurrency": 0},
            "aesthetic.reserved_concurrency must be a whole number from 1 to 1000 or none, not 0",
        ),
        (
            {"semantic.provisioned_concurrency.minimum": 0},
            "semantic.provisioned_concurrency.minimum must be at least 1 in stage prod, not 0",
        ),
        (
            {"semantic.provisioned_concurrency.maximum": 1},
            "semantic.provisioned_concurrency.maximum must be at least the minimum, 2, not 1",
        ),
        (
            {"semantic.provisioned_concurrency.maximum": 21},
            "semantic.provisioned_concurrency.maximum must be at most semantic.reserved_concurrency, 20, not 21",
        ),
        (
            {"semantic.gpu.instance_type": "ml.g5g.xlarge"},
            f"semantic.gpu.instance_type must be {GPU_INSTANCE_MEANS}, not 'ml.g5g.xlarge'",
        ),
        (
            {"semantic.gpu.maximum_instances": 0},
            "semantic.gpu.maximum_instances must be a whole number from 1 to 100, not 0",
        ),
    ],
)
def test_a_wrong_value_is_one_sentence(given: dict[str, Any], sentence: str) -> None:
    assert problems(given) == [sentence]


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = {"architecture": "riscv", "waf": "yes", "semantic.memory_mb": 1, "aesthetic.memory_mb": "?"}
    assert [problem.split()[0] for problem in problems(wrong)] == list(wrong)


def test_retention_is_what_cloudwatch_takes() -> None:
    (problem,) = problems({"log_retention_days": 15})
    assert problem.startswith("log_retention_days must be one of 1, 3, 5, 7, ")
    assert problem.endswith(", 3653, not 15")


def test_dev_keeps_to_a_new_accounts_memory() -> None:
    dev = {"stage": "dev", "stages": {"dev": CONTEXT["stages"]["prod"]}}
    assert problems(dev) == [
        f"{name}.memory_mb must be at most 3008 in stage dev, a new account's limit, not 8192"
        for name in ("semantic", "aesthetic")
    ]


def test_nothing_scales_that_is_not_kept() -> None:
    stage = deepcopy(CONTEXT["stages"]["prod"])
    for name in ("semantic", "aesthetic"):
        stage[name]["memory_mb"] = 3008
    stage["semantic"]["provisioned_concurrency"] = {"minimum": 0, "maximum": 5}
    assert problems({"stage": "dev", "stages": {"dev": stage}}) == [
        "semantic.provisioned_concurrency.maximum must be 0 where the minimum is, not 5"
    ]


def test_a_key_that_is_not_known_or_missing_is_named() -> None:
    wrong = deepcopy(CONTEXT)
    wrong["stages"]["prod"]["semantic"]["memory"] = 1
    del wrong["stages"]["prod"]["semantic"]["memory_mb"]
    del wrong["stages"]["prod"]["waf"]
    del wrong["stages"]["prod"]["aesthetic"]["settings"]
    missing_waf, missing_memory, missing_settings, unknown = problems(wrong)
    assert missing_waf == "waf is missing from stages.prod"
    assert missing_memory == "semantic.memory_mb is missing from stages.prod"
    assert missing_settings == "aesthetic.settings is missing from stages.prod; {} sets nothing"
    assert unknown == "stages.prod.semantic.memory is not a key; semantic.memory_mb is"


@pytest.mark.parametrize("entry", ["*", "a.example", "a.example:8443", "https://a.example", "http://10.0.0.7:80"])
def test_the_functions_take_the_hosts_that_pass_here(entry: str) -> None:
    assert load_config((CONTEXT | {"allowed_url_hosts": [entry]}).get).allowed_url_hosts == (entry,)
    parse_allowed([entry])


@pytest.mark.parametrize("entry", ["bucket", "my.bucket-1/", "bucket/a", "bucket/a/b.c/", "bucket/a..b/!x"])
def test_the_functions_take_the_places_that_pass_here(entry: str) -> None:
    assert load_config((CONTEXT | {"allowed_s3": [entry]}).get).allowed_s3 == (entry,)
    parse_grants([entry])
