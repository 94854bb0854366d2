"""Which device and precision are chosen, on machines made up: with torch's answers about GPUs set by hand."""

from types import SimpleNamespace

import pytest
import torch

from functions.common.gpu.device import Device, limit_memory, read_device
from functions.common.gpu.settings import read_gpu_settings
from functions.common.settings import SettingsReader


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A GPU to ask about, and nothing more; its compute capability can be changed."""
    card = SimpleNamespace(capability=(8, 9), limited=[])
    properties = SimpleNamespace(total_memory=24 << 30, uuid="b7b4-11")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA L4")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: card.capability)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: properties)
    monkeypatch.setattr(
        torch.cuda, "set_per_process_memory_fraction", lambda share, _: card.limited.append(round(share, 6))
    )
    return card


def read(**environment: str) -> tuple[Device, list[str]]:
    reader = SettingsReader(environment)
    return read_device(reader), reader.problems


@pytest.mark.parametrize(
    ("capability", "precision"), [((7, 0), "fp16"), ((7, 5), "fp16"), ((8, 0), "bf16"), ((9, 0), "bf16")]
)
def test_bf16_where_the_gpu_has_it(gpu: SimpleNamespace, capability: tuple[int, int], precision: str) -> None:
    gpu.capability = capability
    device, problems = read()
    assert (device.kind, device.precision, device.name, problems) == ("cuda", precision, "NVIDIA L4", [])


@pytest.mark.usefixtures("gpu")
def test_what_is_asked_for_is_what_is_taken() -> None:
    assert read(GPU_PRECISION="fp32")[0].precision == "fp32"
    processor, _ = read(GPU_DEVICE="cpu")
    assert (processor.kind, processor.precision, processor.name) == ("cpu", "fp32", None)
    assert (processor.identity, processor.memory_mb) == ("cpu", None)


@pytest.mark.usefixtures("gpu")
def test_a_gpu_says_of_itself() -> None:
    device, _ = read()
    assert (device.identity, device.memory_mb) == ("b7b4-11", 24 << 10)
    runtime = device.runtime(4)
    assert (runtime.gpu.available, runtime.gpu.name) == (True, "NVIDIA L4")
    assert runtime.engine.processor == "NVIDIA L4"


def test_a_device_that_computes_no_more_says_so() -> None:
    """torch's meta device stands for it: it has no numbers to give."""
    assert Device(torch.device("cpu"), "fp32", None).answers()
    assert not Device(torch.device("meta"), "fp32", None).answers()


def test_torch_is_held_to_what_was_leased(gpu: SimpleNamespace) -> None:
    device, _ = read()
    limit_memory(device, 6 << 10)
    assert gpu.limited == [round((6144 - 512) / 24576, 6)]
    limit_memory(Device(torch.device("cpu"), "fp32", None), 6 << 10)
    assert len(gpu.limited) == 1


@pytest.mark.usefixtures("gpu")
def test_a_lease_is_for_the_weights_and_what_goes_with_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    artifacts = tmp_path_factory.mktemp("artifacts")
    for name in ("a.safetensors", "b.safetensors"):
        with (artifacts / name).open("wb") as file:
            file.truncate(300 << 20)
    url = {"GPU_LEASE_URL": "redis://host:6379/0"}
    leased = read_gpu_settings(url, artifacts).lease
    assert leased is not None
    assert (leased.wanted_mb, leased.capacity_mb, leased.gpu) == (300 + 2048, 24 << 10, "b7b4-11")
    exact = read_gpu_settings({**url, "GPU_PRECISION": "fp32"}, artifacts).lease
    assert exact is not None
    assert exact.wanted_mb == 600 + 2048
    assert read_gpu_settings({}, artifacts).lease is None
