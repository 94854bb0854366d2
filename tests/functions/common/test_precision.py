from functions.common.manifest import (
    Canaries,
    Canary,
    Figure,
    GraphGate,
    PictureSetReference,
    PrecisionGate,
)
from functions.common.precision import precision
from taxonomy import Taxonomy
from tests.functions.fakes import manifest

GRAPH = GraphGate(
    compared="64 pictures",
    figures={"max_logit_change": Figure(value=0.41, limit=0.5), "decisions_flipped": Figure(value=0, limit=0)},
    notes={"min_cosine": 0.9991, "decisions": 28160.0},
    kept_fp32=("layers.1.mlp.fc1",),
    kept_share=0.125,
    kept_weights="int8",
)


def test_a_mixed_model_tells_of_its_gate(words: Taxonomy) -> None:
    described = manifest(words).model_copy(
        update={
            "precision": "mixed",
            "picture_set": PictureSetReference(count=64, sha256="a" * 64),
            "gate": PrecisionGate(label="shape only (random weights)", graphs={"image_encoder.onnx": GRAPH}),
            "canaries": Canaries(
                measure="logit",
                tolerance=0.25,
                pictures=(Canary(picture="astronaut.jpg", sha256="b" * 64, expected={"anime": 1.5}),),
            ),
        }
    )
    assert precision(described, "mixed").model_dump(mode="json") == {
        "precision": "mixed",
        "target": "portable",
        "pictures": 64,
        "pictures_digest": "a" * 64,
        "canaries": ["astronaut.jpg"],
        "gate": {
            "label": "shape only (random weights)",
            "graphs": [
                {
                    "graph": "image_encoder.onnx",
                    "compared": "64 pictures",
                    "figures": {
                        "max_logit_change": {"value": 0.41, "limit": 0.5},
                        "decisions_flipped": {"value": 0.0, "limit": 0.0},
                    },
                    "notes": {"min_cosine": 0.9991, "decisions": 28160},
                    "kept_fp32": ["layers.1.mlp.fc1"],
                    "kept_share": 0.125,
                    "kept_weights": "int8",
                }
            ],
        },
    }


def test_counts_are_whole_numbers_on_the_wire(words: Taxonomy) -> None:
    gate = PrecisionGate(label=None, graphs={"a.onnx": GRAPH})
    text = precision(manifest(words).model_copy(update={"gate": gate}), "int8").model_dump_json()
    assert '"decisions":28160}' in text
    assert '{"value":0,"limit":0}' in text


def test_an_fp32_model_has_passed_no_gate(words: Taxonomy) -> None:
    assert precision(manifest(words), "fp32").model_dump(mode="json") == {
        "precision": "fp32",
        "target": "portable",
        "pictures": None,
        "pictures_digest": None,
        "canaries": [],
        "gate": None,
    }
