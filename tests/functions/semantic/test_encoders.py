"""Preprocessing bit for bit as transformers does it, and the ONNX engine on a graph of one matrix product."""

import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from PIL import Image
from transformers import SiglipImageProcessorPil

import taxonomy
from functions.common.artifact import open_session
from functions.common.pixels import to_rgb
from functions.semantic.encoders import ENCODER_NAME, OnnxImageEncoder, preprocess, unit
from functions.semantic.manifest import Preprocessing
from tests.functions.artifacts import write_artifact
from tests.functions.fakes import EMBEDDING, GRID, manifest
from tests.functions.pictures import blocks, noise, plain

Filter = Literal["bilinear", "bicubic"]
PILLOW_FILTERS = {"bilinear": 2, "bicubic": 3}


def spec(side: int, resample: Filter, mean: float = 0.5, std: float = 0.5) -> Preprocessing:
    return Preprocessing(
        height=side, width=side, resample=resample, rescale_factor=1 / 255, mean=(mean,) * 3, std=(std,) * 3
    )


def reference(image: Image.Image, chosen: Preprocessing) -> NDArray[np.float32]:
    processor: Any = SiglipImageProcessorPil(
        size={"height": chosen.height, "width": chosen.width},
        resample=PILLOW_FILTERS[chosen.resample],
        rescale_factor=chosen.rescale_factor,
        image_mean=list(chosen.mean),
        image_std=list(chosen.std),
        do_convert_rgb=True,
    )
    return np.asarray(processor(images=image, return_tensors="np")["pixel_values"])


def check(image: Image.Image, chosen: Preprocessing) -> None:
    ours = preprocess(to_rgb(image), chosen)
    expected = reference(image, chosen)
    assert ours.dtype == expected.dtype == np.float32
    assert ours.shape == expected.shape == (1, 3, chosen.height, chosen.width)
    assert ours.flags.c_contiguous
    assert (ours == expected).all()


@pytest.mark.parametrize("resample", ["bilinear", "bicubic"])
@pytest.mark.parametrize(
    "size", [(1, 1), (2, 3), (64, 64), (63, 65), (384, 384), (500, 333), (333, 500), (1, 900), (900, 1), (1500, 40)]
)
def test_sizes(size: tuple[int, int], resample: Filter) -> None:
    check(noise(*size), spec(64, resample))


@pytest.mark.parametrize("resample", ["bilinear", "bicubic"])
@pytest.mark.parametrize("side", [14, 128, 256, 384])
def test_targets(side: int, resample: Filter) -> None:
    check(noise(200, 150), spec(side, resample))


@pytest.mark.parametrize("resample", ["bilinear", "bicubic"])
@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P"])
def test_modes(mode: str, resample: Filter) -> None:
    check(noise(90, 70).convert(mode), spec(64, resample))


def test_any_mean_and_deviation() -> None:
    check(noise(90, 70), spec(64, "bicubic", mean=0.48145466, std=0.26862954))


def test_every_grey_is_the_same_float() -> None:
    greys = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    check(greys, spec(16, "bilinear"))
    white = preprocess(plain((255, 255, 255)), spec(8, "bicubic"))
    assert set(white.ravel().tolist()) == {1.0}
    assert set(preprocess(plain((0, 0, 0)), spec(8, "bicubic")).ravel().tolist()) == {-1.0}


def test_height_and_width_are_not_confused() -> None:
    chosen = spec(8, "bilinear").model_copy(update={"height": 4})
    assert preprocess(blocks(), chosen).shape == (1, 3, 4, 8)


def test_unit_length() -> None:
    vector = np.array([3, 4], dtype=np.float32)
    assert unit(vector).tolist() == pytest.approx([0.6, 0.8], abs=1e-7)
    tiny = unit(np.full(4, 1e-30, dtype=np.float32))
    assert tiny.tolist() == [0.5] * 4, "squared in float32 this would be zero"


@pytest.mark.parametrize("values", [[0, 0], [1, math.nan], [math.inf, 1], [-math.inf, math.inf]])
def test_what_has_no_direction_is_a_fault(values: list[float]) -> None:
    """Were it scored, NaN would be below no threshold and above none: nothing missing, nothing unsafe."""
    with pytest.raises(FloatingPointError, match="zero or not finite"):
        unit(np.array(values, dtype=np.float32))


def test_the_onnx_engine(tmp_path: Path, words: taxonomy.Taxonomy) -> None:
    write_artifact(tmp_path, words)
    encoder = OnnxImageEncoder(open_session(tmp_path / ENCODER_NAME, 1), manifest(words).preprocessing)
    pixels = encoder.encode_pre(blocks())
    output = encoder.encode_core(pixels)
    assert output.shape == (1, EMBEDDING)
    graph = onnx.load(str(tmp_path / ENCODER_NAME)).graph
    weights = onnx.numpy_helper.to_array(graph.initializer[0])
    assert pixels.shape == (1, 3, GRID, GRID)
    np.testing.assert_allclose(output[0], pixels.ravel() @ weights, rtol=1e-5)
    embedding = encoder.encode_post(output)
    assert embedding.shape == (EMBEDDING,)
    assert float(np.linalg.norm(embedding.astype(np.float64))) == pytest.approx(1, abs=1e-6)
    assert encoder.device == "cpu"
