"""Turns, the page cache, the machine, and engines in processes of their own."""

import os
from pathlib import Path
from typing import Any

import pytest

from bench import page_cache, process_memory, stamps
from bench.engine_process import EngineSpec, environment, started
from bench.errors import EngineError
from bench.machine import Calm, CpuTicks, describe_machine, describe_versions, read_cpu_ticks, shares
from bench.rounds import round_robin


class Turns:
    """Engines that note whose turn it is."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def engine(self, name: str) -> Any:
        turns = self

        class Engine:
            def ask(self, command: str) -> dict[str, Any]:
                turns.taken.append(f"{name} {command}")
                return {"seconds": float(len(turns.taken))}

        return Engine()


def test_engines_take_turns_and_every_round_another_one_begins() -> None:
    turns = Turns()
    answers = round_robin({name: turns.engine(name) for name in "abc"}, 4, pause_seconds=0)
    assert turns.taken == [f"{name} run" for name in "abcbcacababc"]
    assert [answer["seconds"] for answer in answers["a"]] == [1, 6, 8, 10]


def test_the_page_cache_holds_what_was_just_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(1_000_000))
    path.read_bytes()
    assert page_cache.resident_bytes(path) == 1_000_000
    gone = page_cache.evict([path, path, tmp_path / "missing"])
    assert gone.total_mb == 1.0
    assert gone.left_mb == page_cache.resident_bytes(path) / 1e6
    assert gone.left_share == gone.left_mb
    if os.major(tmp_path.stat().st_dev):  # else in memory, where there is nowhere to evict to
        assert gone.left_mb == 0


def test_an_empty_file_has_nothing_in_the_page_cache(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert page_cache.resident_bytes(tmp_path / "empty") == 0
    assert page_cache.evict([tmp_path / "empty"]).left_share == 0


def test_memory_of_this_process() -> None:
    before = process_memory.resident_mb()
    assert 5 < before <= process_memory.peak_mb()
    ballast = b"x" * 100_000_000
    assert process_memory.resident_mb() - before == pytest.approx(100, abs=40)
    del ballast
    process_memory.forget_peak()
    assert process_memory.peak_mb() == pytest.approx(process_memory.resident_mb(), abs=40)
    assert process_memory.read_mb() >= 0


def test_shares_of_the_processor() -> None:
    before, after = CpuTicks(1000, 500, 10), CpuTicks(1200, 650, 30)
    assert shares(before, after, own_ticks=20) == pytest.approx((0.05, 0.1))  # 200, of which 150, 20 and 20
    assert shares(before, after, own_ticks=40) == pytest.approx((0.0, 0.1))
    assert shares(before, before, own_ticks=0) == (0.0, 0.0)


def test_reading_the_processors_ticks(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  10 20 30 400 50 6 7 8 10 20\ncpu0 1 1 1 1 1 1 1 1 0 0\n")
    assert read_cpu_ticks(tmp_path / "stat") == CpuTicks(total=531, idle=450, steal=8)


def test_a_machine_that_is_not_calm_is_told() -> None:
    assert Calm((1.0, 1.0, 1.0), others_share=0.05, steal_share=0.01).warnings == ()
    busy, stolen = Calm((2.5, 1.0, 1.0), others_share=0.5, steal_share=0.1).warnings
    assert "50%" in busy
    assert "2.50" in busy
    assert "10%" in stolen


def test_this_machine() -> None:
    machine = describe_machine()
    assert machine.cores >= 1
    assert machine.memory_mb > 100
    assert machine.processor
    assert describe_versions()["onnxruntime"]


def test_every_library_gets_the_same_threads() -> None:
    found = environment(3)
    assert {found[f"{name}_NUM_THREADS"] for name in ("OMP", "MKL", "OPENBLAS")} == {"3"}


def test_an_engine_that_cannot_open_says_why(tmp_path: Path) -> None:
    spec = EngineSpec("ours", "imajin int8", "image-encoder", {"artifact": str(tmp_path)})
    wanted = r"(?s)imajin int8: ended with status 1.*manifest\.json: cannot be read"
    with pytest.raises(EngineError, match=wanted), started(spec, 1):
        pass


def test_what_was_made_is_kept_until_its_source_changes(tmp_path: Path) -> None:
    made: list[str] = []

    def make(folder: Path) -> None:
        made.append(folder.name)
        (folder / "file").write_text(str(len(made)))

    folder = tmp_path / "made"
    assert not stamps.kept(folder, {"from": (1, 2)}, make)
    assert stamps.kept(folder, {"from": (1, 2)}, make)
    assert not stamps.kept(folder, {"from": (1, 3)}, make)
    assert (folder / "file").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_what_could_not_be_made_leaves_nothing_that_looks_made(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "file").write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        stamps.kept(tmp_path / "made", {}, fail)
    assert not (tmp_path / "made").exists()
    assert not stamps.kept(tmp_path / "made", {}, lambda _: None)
    assert not (tmp_path / "made" / "file").exists()
