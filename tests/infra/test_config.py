from copy import deepcopy
from typing import Any

import pytest

from infra.config import Config, ConfigError, FunctionConfig, load_config

CONTEXT: dict[str, Any] = {
    "stage": "prod",
    "stages": {
        "prod": {
            "architecture": "arm64",
            "log_retention_days": 90,
            "allow_demo_artifacts": False,
            "semantic": {"memory_mb": 8192, "artifacts": "artifacts/semantic"},
        }
    },
}


def test_a_stage_is_read_whole() -> None:
    assert load_config(CONTEXT.get) == Config(
        stage="prod",
        architecture="arm64",
        log_retention_days=90,
        allow_demo_artifacts=False,
        semantic=FunctionConfig(memory_mb=8192, artifacts="artifacts/semantic"),
    )


def test_the_command_line_comes_first_and_gives_text() -> None:
    given = {
        "architecture": "x86_64",
        "log_retention_days": "7",
        "allow_demo_artifacts": "true",
        "semantic.memory_mb": "2048",
        "semantic.artifacts": "models/demo/semantic/artifact",
    }
    assert load_config((CONTEXT | given).get) == Config(
        stage="prod",
        architecture="x86_64",
        log_retention_days=7,
        allow_demo_artifacts=True,
        semantic=FunctionConfig(memory_mb=2048, artifacts="models/demo/semantic/artifact"),
    )


def test_the_committed_configuration_is_valid(context: dict[str, Any]) -> None:
    assert load_config(context.get) == Config(
        stage="dev",
        architecture="arm64",
        log_retention_days=14,
        allow_demo_artifacts=True,
        semantic=FunctionConfig(memory_mb=3008, artifacts="models/demo/semantic/artifact"),
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"stage": "test"}, "stage must be one of prod, not 'test'"),
        ({"stage": None}, "stage must be one of prod, not None"),
        ({"stages": {}}, "stages must hold the configuration of at least one stage"),
        ({"stages": {"prod": 3}}, "stages.prod must be an object, not 3"),
        ({"architecture": "riscv"}, "architecture must be one of arm64, x86_64, not 'riscv'"),
        ({"architecture": 64}, "architecture must be one of arm64, x86_64, not 64"),
        ({"semantic.memory_mb": "4GB"}, "semantic.memory_mb must be a whole number, not '4GB'"),
        ({"semantic.memory_mb": True}, "semantic.memory_mb must be a whole number, not True"),
        ({"semantic.memory_mb": 127}, "semantic.memory_mb must be 128 to 10240, not 127"),
        ({"semantic.memory_mb": "10241"}, "semantic.memory_mb must be 128 to 10240, not 10241"),
        ({"semantic.artifacts": ""}, "semantic.artifacts must be a directory, relative to the repository root, not ''"),
        ({"allow_demo_artifacts": "yes"}, "allow_demo_artifacts must be true or false, not 'yes'"),
        ({"allow_demo_artifacts": 1}, "allow_demo_artifacts must be true or false, not 1"),
    ],
)
def test_a_wrong_value_is_one_sentence(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config((CONTEXT | given).get)
    assert str(caught.value) == sentence


def test_retention_is_what_cloudwatch_takes() -> None:
    with pytest.raises(ConfigError, match=r"^log_retention_days must be one of 1, 3, 5, 7, .*, 3653, not 15$"):
        load_config((CONTEXT | {"log_retention_days": 15}).get)


def test_dev_keeps_to_a_new_accounts_memory() -> None:
    dev = {"stage": "dev", "stages": {"dev": CONTEXT["stages"]["prod"]}}
    with pytest.raises(ConfigError) as caught:
        load_config(dev.get)
    assert str(caught.value) == (
        "semantic.memory_mb must be at most 3008 in stage dev, a new account's limit, not 8192"
    )


def test_a_key_that_is_not_known_or_missing_is_named() -> None:
    wrong = deepcopy(CONTEXT)
    wrong["stages"]["prod"]["semantic"]["memory"] = 1
    with pytest.raises(ConfigError, match=r"^stages\.prod\.semantic\.memory is not a key; known are allow_demo"):
        load_config(wrong.get)
    missing = deepcopy(CONTEXT)
    del missing["stages"]["prod"]["semantic"]["memory_mb"]
    with pytest.raises(ConfigError, match=r"^semantic\.memory_mb is missing from stages\.prod$"):
        load_config(missing.get)
