"""A model that loads beside everything else, slowly, badly or well."""

import logging
import threading

import pytest

from functions.common.artifact import ArtifactError
from functions.common.errors import ModelUnavailable
from functions.common.loading import Loading

SOON = 60.0


def test_whoever_needs_the_model_waits_for_it() -> None:
    go_on = threading.Event()

    def load() -> str:
        assert go_on.wait(SOON)
        return "model"

    loading = Loading(load).start()
    with pytest.raises(ModelUnavailable, match="still loading") as refusal:
        loading.get(0)
    assert refusal.value.retry_after_seconds == 5
    assert not loading.wait(0)
    go_on.set()
    assert loading.wait(SOON)
    assert loading.get(0) == loading.get(SOON) == "model"
    assert loading.load_ms > 0


def test_nothing_is_loaded_before_it_is_started() -> None:
    loaded: list[int] = []
    loading = Loading(lambda: loaded.append(1))
    assert not loading.wait(0)
    assert loaded == []
    assert loading.start().wait(SOON)
    assert loaded == [1]


def test_a_past_deadline_is_no_error_of_its_own() -> None:
    loading = Loading(lambda: "model").start()
    assert loading.wait(SOON)
    assert loading.get(-1) == "model"


@pytest.mark.parametrize("error", [ArtifactError("secret.bin: damaged"), RuntimeError("secret"), MemoryError("secret")])
def test_a_model_that_failed_to_load_is_never_served(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def load() -> str:
        raise error

    with caplog.at_level(logging.ERROR):
        loading = Loading(load).start()
        assert loading.wait(SOON)
    for _ in range(2):
        with pytest.raises(ModelUnavailable) as refusal:
            loading.get(0)
        assert "secret" not in refusal.value.detail
    assert "secret" in caplog.text
