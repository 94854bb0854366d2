import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from functions.aesthetic.manifest import (
    AestheticManifest,
    CropPreprocessing,
    ImageTokens,
    PromptInput,
    RewardScale,
    read_manifest,
)
from functions.aesthetic.model import open_model
from functions.aesthetic.tie_margin import tie_margin
from functions.common.artifact import ArtifactError
from functions.common.manifest import PictureSetReference
from models import pictures
from models.aesthetic import generated
from models.aesthetic.checkpoint import Checkpoint
from models.aesthetic.export import Export, export_aesthetic
from models.aesthetic.layout import PIXEL_MEAN, PIXEL_STD, REWARD_MEAN, REWARD_STD, published_shapes
from models.aesthetic.reward_model import RewardModel
from models.artifact import describe_files, tool_versions
from models.errors import ModelsError
from tests.models.aesthetic.generated_checkpoints import TINY

FILES = [
    *("image_tokens.onnx", "image_tokens.onnx.data", "manifest.json"),
    *("reward.onnx", "reward.onnx.data", "token_table.npy", "tokenizer.json"),
]
PROMPT = "a cat, be bold"


def test_the_manifest_says_what_was_made(fp32_export: tuple[Path, Export], checkpoint: Checkpoint) -> None:
    out, done = fp32_export
    assert sorted(path.name for path in out.iterdir()) == FILES
    known = pictures.load()
    assert done.manifest == AestheticManifest(
        format=1,
        function="aesthetic",
        model=checkpoint.identity,
        vocabulary=checkpoint.vocabulary,
        precision="fp32",
        target="portable",
        preprocessing=CropPreprocessing(size=48, mean=PIXEL_MEAN, std=PIXEL_STD),
        image_tokens=ImageTokens(count=10, width=128),
        prompt=PromptInput(length=35, width=48, vocab_size=39, pad_id=0, unk_id=3, cls_id=1, sep_id=2),
        scale=RewardScale(mean=REWARD_MEAN, std=REWARD_STD),
        picture_set=PictureSetReference(count=len(known.pictures), sha256=known.sha256),
        canaries=done.manifest.canaries,
        files=describe_files(out),
        tools=tool_versions(),
    )
    assert (done.manifest, done.digest) == read_manifest(out)


def test_the_fp32_graphs_are_torchs_equals(fp32_export: tuple[Path, Export]) -> None:
    figures = fp32_export[1].parity
    assert figures is not None
    assert figures.max_token_change < 1e-4
    assert figures.max_reward_change < 1e-4
    assert figures.reward_spread > 0.5


@pytest.mark.parametrize("name", ["astronaut.jpg", "generated_1.webp"])
def test_the_run_time_gives_torchs_rewards(fp32_export: tuple[Path, Export], tiny: RewardModel, name: str) -> None:
    engine = open_model(fp32_export[0], threads=1).engine
    picture = pictures.load().find(name)
    assert picture is not None
    pixels = engine.pixels(picture.decode())
    tokens = engine.image_tokens(pixels)
    assert tokens.shape == (1, 10, 128)
    found = engine.reward(tokens, PROMPT)
    ids = [1, 5, 36, 3, 6, 32, 3, 2]
    padded = torch.tensor([ids + [0] * (35 - len(ids))])
    with torch.inference_mode():
        wanted = tiny(tiny.image_tokens(torch.from_numpy(pixels)), padded, (padded > 0).long())
    assert found.raw == pytest.approx(wanted.item(), abs=1e-4)
    assert found.prompt_truncated is False
    assert engine.reward(tokens, "cat " * 34).prompt_truncated is True


def test_canaries_are_what_the_artifact_answers(fp32_export: tuple[Path, Export]) -> None:
    out, done = fp32_export
    engine = open_model(out, threads=1).engine
    canaries = done.manifest.canaries
    assert canaries is not None
    assert (canaries.measure, canaries.tolerance) == ("reward", 0.001)
    assert [canary.picture for canary in canaries.pictures] == [
        "astronaut.jpg",
        "generated_1.webp",
        "demo_01_anime.jpg",
    ]
    for canary in canaries.pictures:
        picture = pictures.load().find(canary.picture)
        assert picture is not None
        assert (canary.sha256, canary.prompt) == (picture.sha256, picture.caption)
        reward = engine.reward(engine.image_tokens(engine.pixels(picture.decode())), picture.caption)
        assert canary.expected == {"raw_score": pytest.approx(reward.raw, abs=1e-4)}


def test_the_token_table_is_the_checkpoints(fp32_export: tuple[Path, Export]) -> None:
    table = np.load(fp32_export[0] / "token_table.npy", allow_pickle=False)
    name = "blip.text_encoder.embeddings.word_embeddings.weight"
    assert (table == generated.generate(name, published_shapes(TINY)[name])).all()


@pytest.mark.parametrize(
    ("name", "attention", "products"), [("image_tokens.onnx", 2, 2 * 4), ("reward.onnx", 2 * 3, 3 * (4 + 4 + 2))]
)
def test_graphs_attend_in_one_node_and_tell_nothing(
    fp32_export: tuple[Path, Export], name: str, attention: int, products: int
) -> None:
    content = (fp32_export[0] / name).read_bytes()
    model = onnx.load(fp32_export[0] / name, load_external_data=False)
    counts = Counter(node.op_type for node in model.graph.node)
    assert (counts["Attention"], counts["MatMul"] + counts["Gemm"], counts["Softmax"]) == (attention, products, 0)
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == 23
    for trace in (b"site-packages", b"torch", b".py", b"/home", b"/usr"):
        assert trace not in content


def test_every_layer_is_quantised_but_the_head(int8_export: tuple[Path, Export]) -> None:
    out, done = int8_export
    for name, products in (("image_tokens.onnx", 8), ("reward.onnx", 30)):
        counts = Counter(node.op_type for node in onnx.load(out / name, load_external_data=False).graph.node)
        assert (counts["MatMulInteger"], counts["MatMul"], counts["Gemm"]) == (products, 0, 0)
    assert done.manifest.precision == "int8"


def test_the_gate_measures_rewards(int8_export: tuple[Path, Export]) -> None:
    manifest = int8_export[1].manifest
    assert manifest.gate is not None
    assert manifest.gate.label == "shape only (random weights)"
    image, reward = (manifest.gate.graphs[name] for name in ("image_tokens.onnx", "reward.onnx"))
    assert (image.compared, reward.compared) == ("64 pictures", "128 pairs")
    assert (image.figures["max_reward_change"].limit, reward.figures["max_reward_change"].limit) == (0.04, 0.05)
    for graph in (image, reward):
        assert graph.notes["rewards"] == 128
        assert 0 < graph.figures["max_reward_change"].value <= graph.figures["max_reward_change"].limit
        assert (graph.figures["orders_changed"].value, graph.figures["orders_changed"].limit) == (0, 0)
    # The second figure is that of both graphs, which is what two answers may be apart.
    assert tie_margin(manifest) >= 2 * reward.figures["max_reward_change"].value


def test_one_picture_is_scored_alike_alone_and_after_others(int8_export: tuple[Path, Export]) -> None:
    engine = open_model(int8_export[0], threads=1).engine
    first, second = (picture.decode() for picture in pictures.load().pictures[:2])
    before = engine.reward(engine.image_tokens(engine.pixels(first)), PROMPT)
    engine.reward(engine.image_tokens(engine.pixels(second)), "zebra " * 40)
    assert engine.reward(engine.image_tokens(engine.pixels(first)), PROMPT) == before


def test_what_is_there_and_intact_is_left_alone(
    fp32_export: tuple[Path, Export], checkpoint: Checkpoint, tmp_path: Path
) -> None:
    out = shutil.copytree(fp32_export[0], tmp_path / "aesthetic")
    stamp = (out / "image_tokens.onnx").stat().st_mtime_ns
    again = export_aesthetic(checkpoint, out, precision="fp32")
    assert (again.manifest, again.digest, again.parity) == (fp32_export[1].manifest, fp32_export[1].digest, None)
    assert (out / "image_tokens.onnx").stat().st_mtime_ns == stamp


def test_a_folder_of_something_else_is_not_replaced(checkpoint: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ModelsError, match=r"holds no manifest\.json"):
        export_aesthetic(checkpoint, tmp_path, precision="fp32")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("image_tokens.onnx.data", "its content is not what the manifest says"),
        ("reward.onnx", "its content is not what the manifest says"),
        ("tokenizer.json", "its content is not what the manifest says"),
    ],
)
def test_a_damaged_file_is_not_served(
    fp32_export: tuple[Path, Export], tmp_path: Path, name: str, message: str
) -> None:
    out = shutil.copytree(fp32_export[0], tmp_path / "aesthetic")
    content = bytearray((out / name).read_bytes())
    content[len(content) // 2] ^= 1
    (out / name).write_bytes(bytes(content))
    with pytest.raises(ArtifactError, match=f"{name}: {message}"):
        open_model(out, threads=1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"image_tokens": {"count": 11, "width": 128}},
            r"image_tokens\.onnx: takes and gives",
        ),
        ({"preprocessing": {"size": 64, "mean": [0, 0, 0], "std": [1, 1, 1]}}, r"image_tokens\.onnx: takes and gives"),
        ({"function": "semantic"}, r"manifest\.json: made for 'semantic', not for 'aesthetic'"),
        ({"surprise": 1}, r"manifest\.json: surprise"),
    ],
)
def test_a_manifest_of_something_else_is_refused(
    fp32_export: tuple[Path, Export], tmp_path: Path, values: dict[str, object], message: str
) -> None:
    out = shutil.copytree(fp32_export[0], tmp_path / "aesthetic")
    content = json.loads((out / "manifest.json").read_text()) | values
    (out / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(ArtifactError, match=message):
        open_model(out, threads=1)


def test_a_table_of_another_size_is_refused(fp32_export: tuple[Path, Export], tmp_path: Path) -> None:
    out = shutil.copytree(fp32_export[0], tmp_path / "aesthetic")
    np.save(out / "token_table.npy", np.zeros((39, 48), np.float16))
    with pytest.raises(ArtifactError, match=r"expected float32 \(39, 48\), got float16"):
        open_model(out, threads=1)


def test_a_line_is_refused_before_it_is_resized(fp32_export: tuple[Path, Export]) -> None:
    from functions.common.errors import ImageTooNarrow

    with pytest.raises(ImageTooNarrow):
        open_model(fp32_export[0], threads=1).engine.pixels(Image.new("RGB", (1, 900)))
