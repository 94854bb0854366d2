"""A lease without its Redis, or on more than there is; with a real Redis it is tested in tests/system."""

import logging
import socket
import threading
import time

import pytest

from functions.common.gpu.lease import Lease, LeaseError, Share

SOON = 60.0
SHARE = Share("gpu-of-this-test", 600, 1000)


@pytest.fixture
def nobody() -> str:
    """A URL with a password, of a port where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"redis://:secret@127.0.0.1:{free.getsockname()[1]}/0"


def lease(url: str, share: Share = SHARE) -> Lease:
    return Lease(url, share, term_seconds=1, lost=lambda: None)


def test_more_than_there_is_can_never_be_had(nobody: str) -> None:
    with pytest.raises(LeaseError, match=r"^the model takes 1001 MB, the GPU has 1000 MB to lease$"):
        lease(nobody, Share("gpu", 1001, 1000))


def test_a_url_that_is_not_one_of_redis_is_refused() -> None:
    with pytest.raises(ValueError, match="scheme"):
        lease("https://example.com")


def test_without_redis_the_model_waits_and_says_so(nobody: str, caplog: pytest.LogCaptureFixture) -> None:
    waiting = lease(nobody)
    ended: list[Exception] = []

    def take() -> None:
        try:
            waiting.take()
        except LeaseError as error:
            ended.append(error)

    thread = threading.Thread(target=take)
    with caplog.at_level(logging.WARNING):
        thread.start()
        deadline = time.monotonic() + SOON
        while not caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)
        hindrance = waiting.hindrance()
        waiting.release()
        thread.join(SOON)
    assert hindrance is not None
    assert hindrance.detail == "the model is waiting for GPU memory: Redis cannot be reached"
    assert hindrance.retry_after_seconds == 5
    assert "does not answer (ConnectionError)" in caplog.text
    assert "secret" not in caplog.text
    assert [str(error) for error in ended] == ["released before it was taken"]


def test_releasing_twice_is_no_error(nobody: str) -> None:
    given_back = lease(nobody)
    given_back.release()
    given_back.release()
