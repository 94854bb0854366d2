"""The whole way against transformers: a picture posted to the service, and the same checkpoint as a SiglipModel."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoTokenizer, SiglipImageProcessorPil, SiglipModel

import taxonomy
from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.model import open_model
from functions.semantic.settings import read_settings
from models.semantic.checkpoint import open_checkpoint
from models.semantic.export import export_semantic
from tests.functions.calls import Call, through_asgi

DEMO = Path("models/demo")
CHECKPOINT = DEMO / "semantic" / "checkpoint"
PICTURES = sorted((DEMO / "examples").glob("*.jpg"))
STYLE = "anime"


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo checkpoint, unquantised."""
    directory = tmp_path_factory.mktemp("fp32") / "semantic"
    export_semantic(open_checkpoint(CHECKPOINT), taxonomy.load(), directory, precision="fp32")
    return directory


@pytest.fixture(scope="module")
def reference() -> Any:
    model: Any = SiglipModel  # its from_pretrained is typed, its eval is not
    return model.from_pretrained(CHECKPOINT, dtype=torch.float32).eval()


def text_vectors(reference: Any, phrases: tuple[str, ...], templates: tuple[str, ...]) -> NDArray[np.float64]:
    """The normalised mean of normalised text embeddings, all of it by transformers."""
    tokenizer: Any = AutoTokenizer.from_pretrained(CHECKPOINT)
    texts = [taxonomy.canonicalize(template.replace("{}", phrase)) for phrase in phrases for template in templates]
    ids = tokenizer(texts, padding="max_length", max_length=64, truncation=True, return_tensors="pt").input_ids
    with torch.no_grad():
        features = reference.get_text_features(input_ids=ids).pooler_output.numpy().astype(np.float64)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    mean = features.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def test_raw_scores_are_those_of_transformers(artifact: Path, reference: Any) -> None:
    words = taxonomy.load()
    settings = read_settings({"SEMANTIC_ARTIFACTS": str(artifact)})
    app = create_app(Loading(lambda: open_model(artifact, words, 2)).start(), words, settings)
    processor: Any = SiglipImageProcessorPil.from_pretrained(CHECKPOINT)
    templates = next(style.templates for style in words.styles if style.name == STYLE)
    card = open_checkpoint(CHECKPOINT).card
    assert card is not None
    names = [entry.name for entry in words.filters if entry.name in card.covers]
    vectors = {
        name: text_vectors(
            reference,
            words.filter(name).prompts,
            ("{}",) if words.filter(name).category == taxonomy.STYLE_CATEGORY else templates,
        )
        for name in names
    }
    scale, bias = reference.logit_scale.exp().item(), reference.logit_bias.item()
    compared = 0
    for path in PICTURES:
        query = f"profile=raw&style={STYLE}&min_confidence=0&include={','.join(names)}"
        answer = through_asgi(app, Call("/detect", path.read_bytes(), content_type="image/jpeg", query=query))[0]
        assert answer.status == 200, answer.json
        pixels = processor(images=Image.open(path).convert("RGB"), return_tensors="pt").pixel_values
        with torch.no_grad():
            image = reference.get_image_features(pixel_values=pixels).pooler_output[0].numpy().astype(np.float64)
        image /= np.linalg.norm(image)
        for attribute in answer.json["attributes"]:
            logit = scale * float(vectors[attribute["filter"]] @ image) + bias
            assert attribute["logit"] == pytest.approx(logit, abs=1e-3)
            assert attribute["raw"] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-4)
            compared += 1
    assert compared == len(names) * len(PICTURES) >= 24


def test_open_labels_are_those_of_transformers(artifact: Path, reference: Any) -> None:
    words = taxonomy.load()
    settings = read_settings({"SEMANTIC_ARTIFACTS": str(artifact)})
    app = create_app(Loading(lambda: open_model(artifact, words, 2)).start(), words, settings)
    processor: Any = SiglipImageProcessorPil.from_pretrained(CHECKPOINT)
    labels = ("a beach", "A city at Night!", "armor on a man", "words_nobody knows", "a kimono, " * 40)
    vectors = np.stack([text_vectors(reference, (label,), ("{}",)) for label in labels])
    for path in PICTURES:
        body = {"image_base64": base64.b64encode(path.read_bytes()).decode(), "labels": labels, "mode": "independent"}
        (answer,) = through_asgi(app, Call("/classify", json.dumps(body | {"profile": "raw"}).encode()))
        assert answer.status == 200
        found = {entry["label"]: entry for entry in answer.json["results"]}
        with Image.open(path) as image, torch.no_grad():
            pixels = processor(image.convert("RGB"), return_tensors="pt")["pixel_values"]
            embedding = reference.get_image_features(pixel_values=pixels).pooler_output.numpy()[0].astype(np.float64)
        cosines = vectors @ (embedding / np.linalg.norm(embedding))
        logits = reference.logit_scale.exp().item() * cosines + reference.logit_bias.item()
        for label, logit in zip(labels, logits.tolist(), strict=True):
            assert found[label]["logit"] == pytest.approx(logit, abs=1e-3)
            assert found[label]["confidence"] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-4)
