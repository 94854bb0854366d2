"""The settings of jobs, from an environment."""

import pytest

from functions.common.objects import Grant
from functions.common.settings import SettingsError
from functions.jobs.settings import read_settings


def test_defaults() -> None:
    settings = read_settings({"JOBS_BUCKET": "imajin-jobs", "JOBS_AESTHETIC_ENDPOINT": ""})
    assert (settings.bucket, settings.endpoints, settings.base_path) == ("imajin-jobs", {}, "/")
    assert settings.grants == (Grant("imajin-jobs", "uploads/"),)
    assert (settings.max_upload_bytes, settings.upload_seconds) == (20_000_000, 900)
    assert (settings.queue_seconds, settings.run_seconds) == (21_600, 900)
    assert settings.platform.function == "jobs"


def test_gpus_and_places() -> None:
    environment = {"JOBS_BUCKET": "imajin-jobs", "JOBS_SEMANTIC_ENDPOINT": "gpu", "ALLOWED_S3": "pictures,a-b/c"}
    settings = read_settings(environment)
    assert settings.endpoints == {"semantic": "gpu"}
    assert settings.grants[1:] == (Grant("pictures", ""), Grant("a-b", "c/"))


def test_every_mistake_is_named() -> None:
    environment = {
        "JOBS_BUCKET": "s3://jobs",
        "JOB_QUEUE_SECONDS": "59",
        "JOB_RUN_SECONDS": "3601",
        "UPLOAD_SECONDS": "never",
        "ALLOWED_S3": "../a",
    }
    with pytest.raises(SettingsError) as refusal:
        read_settings(environment)
    assert {line.partition(":")[0] for line in str(refusal.value).splitlines()} == environment.keys()


def test_the_bucket_must_be_named() -> None:
    with pytest.raises(SettingsError, match=r"^JOBS_BUCKET: "):
        read_settings({})
