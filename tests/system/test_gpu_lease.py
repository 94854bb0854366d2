"""GPU containers that share memory, over a real Redis: in turn, and not for ever when one of them dies."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import redis

import taxonomy
from functions.common.gpu.lease import Lease, Share
from functions.semantic.gpu.encoders import VISION_NAME
from tests.functions.gpu_artifacts import write_semantic

pytestmark = pytest.mark.system

ROOT = Path(__file__).resolve().parents[2]
SOON = 120.0
# A holder that gets no processor for two thirds of it has lost its lease.
TERM_SECONDS = 3.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@dataclass(slots=True)
class RedisServer:
    """A redis-server that keeps nothing on disk, so that a restart forgets everything."""

    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            eventually(lambda: self._answers(client), "redis-server did not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @staticmethod
    def _answers(client: redis.Redis) -> bool:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture
def server() -> Iterator[RedisServer]:
    running = RedisServer(free_port())
    running.start()
    yield running
    running.stop()


class Container:
    """The semantic GPU service as a process of its own, on the processor, wanting 600 of 1000 MB."""

    def __init__(self, url: str, artifact: Path) -> None:
        self.port = free_port()
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SEMANTIC_ARTIFACTS": str(artifact),
            "INFERENCE_THREADS": "1",
            "PORT": str(self.port),
            "GPU_LEASE_URL": url,
            "GPU_LEASE_NAME": "shared",
            "GPU_LEASE_CAPACITY_MB": "1000",
            "GPU_MEMORY_MB": "600",
            "GPU_LEASE_SECONDS": str(TERM_SECONDS),
        }
        self.process = subprocess.Popen([sys.executable, "-m", "functions.semantic.gpu", "serve"], env=environment)

    def get(self, path: str) -> httpx.Response | None:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)
        except httpx.TransportError:
            return None

    @property
    def is_ready(self) -> bool:
        answer = self.get("/ping")
        return answer is not None and answer.status_code == 200

    def waits_as(self, number: int) -> bool:
        answer = self.get("/filters")
        if answer is None:
            return False
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"] == "5"
        return bool(answer.json()["detail"] == f"the model is waiting for GPU memory: number {number} in line")


@pytest.fixture
def start(server: RedisServer, tmp_path: Path) -> Iterator[Callable[[], Container]]:
    artifact = write_semantic(tmp_path / "artifact", taxonomy.load())
    running: list[Container] = []

    def run() -> Container:
        running.append(Container(server.url, artifact))
        return running[-1]

    yield run
    for container in running:
        container.process.kill()
        container.process.wait()


def test_the_next_in_line_gets_the_memory_of_one_that_is_killed_or_stopped(start: Callable[[], Container]) -> None:
    first = start()
    eventually(lambda: first.is_ready, "the first never got the memory")
    second = start()
    eventually(lambda: second.waits_as(1), "the second does not wait in line")
    third = start()
    eventually(lambda: third.waits_as(2), "the third does not wait behind the second")
    time.sleep(1.5 * TERM_SECONDS)  # the first renews its lease: nobody else gets in
    assert first.is_ready
    assert not second.is_ready

    first.process.send_signal(signal.SIGKILL)
    eventually(lambda: second.is_ready, "the lease of a dead process was not given on")
    eventually(lambda: third.waits_as(1), "the third did not move up")

    second.process.send_signal(signal.SIGTERM)
    eventually(lambda: third.is_ready, "the lease was not given back")
    assert second.process.wait(SOON) == 0


def test_a_waiting_process_that_dies_blocks_nobody(start: Callable[[], Container]) -> None:
    first, second = start(), start()
    eventually(lambda: first.is_ready or second.is_ready, "nobody got the memory")
    holder, waiter = (first, second) if first.is_ready else (second, first)
    eventually(lambda: waiter.waits_as(1), "the other does not wait")
    waiter.process.send_signal(signal.SIGKILL)
    last = start()
    eventually(lambda: last.waits_as(1), "the dead one still stands in line")
    holder.process.send_signal(signal.SIGKILL)
    eventually(lambda: last.is_ready, "the dead ones were not forgotten")


def test_one_that_hung_too_long_gives_way(start: Callable[[], Container]) -> None:
    first = start()
    eventually(lambda: first.is_ready, "the first never got the memory")
    second = start()
    eventually(lambda: second.waits_as(1), "the second does not wait in line")
    first.process.send_signal(signal.SIGSTOP)
    eventually(lambda: second.is_ready, "the lease of a hung process was not given on")
    first.process.send_signal(signal.SIGCONT)
    assert first.process.wait(SOON) == 1, "it must end, for its memory is others' now"
    assert second.is_ready


def test_one_whose_model_is_damaged_holds_nothing_up(server: RedisServer, tmp_path: Path) -> None:
    artifact = write_semantic(tmp_path / "damaged", taxonomy.load())
    (artifact / VISION_NAME).write_bytes(b"damaged")
    damaged = Container(server.url, artifact)
    try:
        assert damaged.process.wait(SOON) == 1
    finally:
        damaged.process.kill()
        damaged.process.wait()
    with redis.Redis.from_url(server.url) as client:
        assert client.exists("imajin:gpu:{shared}:leases") == 0, "it gave back what it had taken"
        assert client.exists("imajin:gpu:{shared}:tickets") == 1


def leased(url: str, wanted_mb: int = 600) -> Lease:
    return Lease(url, Share("shared", wanted_mb, 1000), term_seconds=TERM_SECONDS, lost=lambda: pytest.fail("lost"))


def test_leases_outlive_a_redis_that_forgets_them(server: RedisServer) -> None:
    """Its holders come back before anybody new is given anything."""
    holder = leased(server.url)
    holder.take()
    server.stop()
    time.sleep(1.5 * TERM_SECONDS)
    assert holder.hindrance() is None
    started = time.monotonic()
    server.start()
    small, large = leased(server.url, 400), leased(server.url, 401)
    small.take()
    assert time.monotonic() - started >= TERM_SECONDS, "a Redis without data is given time to hear of what is held"
    assert large._asked(large._take) == 1, "the memory that is held was forgotten"
    for lease in (small, large, holder):
        lease.release()


def test_what_fits_is_held_side_by_side(server: RedisServer) -> None:
    first, second, third = leased(server.url, 500), leased(server.url, 500), leased(server.url, 1)
    first.take()
    second.take()
    assert third._asked(third._take) == 1
    first.release()
    third.take()
    assert third.hindrance() is None
    for lease in (second, third):
        lease.release()
    with redis.Redis.from_url(server.url) as client:
        assert [key for key in client.keys("*") if client.pttl(key) <= 0] == [], "nothing stays for ever"
        assert client.zcard("imajin:gpu:{shared}:leases") == client.hlen("imajin:gpu:{shared}:sizes") == 0
