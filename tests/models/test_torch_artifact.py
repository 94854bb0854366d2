"""The course that both torch exports follow, with an engine whose answers are known."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from functions.common.gpu.device import Device
from functions.common.manifest import Figure
from models import torch_artifact
from models.errors import GateError, ModelsError
from models.layer_search import Findings
from models.torch_files import write_tower

Answers = NDArray[np.float32]
ITEMS = (1.0, 2.0, 4.0)
LIMIT = 0.1


def judge(reference: Answers, answers: Answers, items: Sequence[int]) -> Findings:
    change = np.abs(answers - reference)
    assert list(items) == [0, 1, 2]
    return Findings({"largest_change": Figure(value=float(change.max()), limit=LIMIT)}, {"items": 3}, change[:, 0])


def engine(off: float, opened: list[str]) -> Callable[[Device], Callable[[float], Answers]]:
    def at(device: Device) -> Callable[[float], Answers]:
        opened.append(device.precision)
        shift = off if device.precision == "bf16" else 0.0
        return lambda item: np.array([item + shift, 2 * item], np.float32)

    return at


def test_the_record_is_of_bf16_and_the_answers_of_fp32() -> None:
    opened: list[str] = []
    record, answers = torch_artifact.pass_gate(
        "tower", engine(0.0625, opened), ITEMS, judge, unit="picture", compared="3 pictures"
    )
    assert opened == ["fp32", "bf16"]
    assert answers.tolist() == [[1, 2], [2, 4], [4, 8]]
    assert (record.compared, record.kept_fp32, record.kept_share) == ("3 pictures in bf16, on a processor", (), 0)
    assert record.figures["largest_change"].value == 0.0625


def test_a_tolerance_that_is_missed_is_named() -> None:
    with pytest.raises(
        GateError, match=r"^tower in bf16 is too far from fp32: largest change 0\.125 \(at most 0\.1\)$"
    ):
        torch_artifact.pass_gate("tower", engine(0.125, []), ITEMS, judge, unit="picture", compared="3 pictures")


def test_an_engine_that_overflows_does_not_pass() -> None:
    def overflowing(device: Device) -> Callable[[float], Answers]:
        def answer(_: float) -> Answers:
            raise FloatingPointError(device.precision)

        return answer

    with pytest.raises(GateError, match=r"^tower in fp32 answers NaN or infinity$"):
        torch_artifact.pass_gate("tower", overflowing, ITEMS, judge, unit="picture", compared="3 pictures")


def test_a_tower_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "tower.safetensors"
    with pytest.raises(ModelsError, match=r"missing/tower\.safetensors: cannot be written \(.*No such file"):
        write_tower(path, {"weight": torch.zeros(1)}, Figure(value=0, limit=1))
