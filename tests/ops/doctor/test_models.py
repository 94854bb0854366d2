"""What is asked of the models: there, intact, of this architecture, and real unless asked for."""

import json
from pathlib import Path

import pytest

import taxonomy
from models.cli import _parser
from ops.doctor.findings import Finding
from ops.doctor.models import check_models
from ops.errors import OpsError
from ops.stage import read_stage
from tests.ops.repositories import put_model, put_repository


def semantic(root: Path, *, demo: bool = False, stage: str = "dev") -> Finding:
    return next(iter(check_models(read_stage(root, stage, demo=demo))))


def test_a_real_model(tmp_path: Path) -> None:
    finding = semantic(put_repository(tmp_path))
    assert finding == Finding("Model of semantic", "ok", "tiny 1; artifacts/semantic, intact, 0.0 MB")


def test_a_demo_model_is_deployed_where_that_is_asked_for_and_nowhere_else(tmp_path: Path) -> None:
    """cdk.json's dev names the demo models; without being asked, the published ones are taken in their place."""
    root = put_repository(tmp_path)
    asked = read_stage(root, "dev", demo=True)
    assert asked.context == {
        "stage": "dev",
        "allow_demo_artifacts": "true",
        "semantic.artifacts": "models/demo/semantic/artifact",
        "aesthetic.artifacts": "models/demo/aesthetic/artifact",
    }
    assert semantic(root, demo=True).detail == "tiny 1, a demo model; models/demo/semantic/artifact, intact, 0.0 MB"
    unasked = read_stage(root, "dev", demo=False)
    assert unasked.context["allow_demo_artifacts"] == "false"
    assert unasked.functions["semantic"].artifacts == "artifacts/semantic"
    assert unasked.context_options[:4] == ["--context", "stage=dev", "--context", "allow_demo_artifacts=false"]
    put_model(root, "artifacts/semantic", demo=True)
    refused = semantic(root)
    assert refused.status == "blocked"
    assert "a demo model, and allow_demo_artifacts is false" in refused.detail


def test_a_model_that_is_not_there_yet_is_exported_and_a_demo_model_made(tmp_path: Path) -> None:
    root = put_repository(tmp_path)
    for directory in ("artifacts/semantic", "models/demo/semantic/artifact"):
        (root / directory / "manifest.json").unlink()
    assert semantic(root).status == "warning"
    assert (semantic(root, demo=True).status, semantic(root, demo=True).fix) == ("blocked", "make demo")


def test_a_damaged_model(tmp_path: Path) -> None:
    root = put_repository(tmp_path)
    (root / "artifacts" / "semantic" / "graph.onnx").write_text("other")
    finding = semantic(root)
    assert (finding.status, finding.fix) == ("blocked", "remove artifacts/semantic and make models")
    assert finding.detail.endswith("graph.onnx: its content is not what the manifest says")


def test_a_model_of_another_architecture(tmp_path: Path) -> None:
    root = put_repository(tmp_path)
    put_model(root, "artifacts/semantic", demo=False, target="x86_64")
    finding = semantic(root)
    assert finding.status == "blocked"
    assert "cannot run on arm64" in finding.detail


def test_a_wrong_configuration_is_told_line_by_line(tmp_path: Path) -> None:
    root = put_repository(tmp_path, {"stages.dev.waf": "perhaps", "stages.dev.architecture": "riscv"})
    with pytest.raises(OpsError) as caught:
        read_stage(root, "dev", demo=False)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("cdk.json: ") for line in lines)
    with pytest.raises(OpsError, match=r"^cdk\.json: cannot be read"):
        read_stage(tmp_path / "nowhere", "dev", demo=False)


@pytest.mark.parametrize(
    ("directory", "name", "stage", "options"),
    [
        (
            "artifacts/semantic",
            "google/siglip2-base-patch16-256",
            {},
            "--checkpoint google/siglip2-base-patch16-256 --target arm64",
        ),
        ("artifacts/semantic", "of-our-own", {}, "--checkpoint DIR --target arm64"),
        (
            "models/demo/semantic/artifact",
            "imajin-demo-semantic",
            {"demo": True},
            "--checkpoint models/demo/semantic/checkpoint --target arm64",
        ),
        (
            "artifacts/semantic-torch",
            "google/siglip2-base-patch16-256",
            {"gpu": True},
            "--checkpoint google/siglip2-base-patch16-256 --engine torch",
        ),
    ],
)
def test_a_model_of_another_taxonomy_is_not_deployed(
    tmp_path: Path, directory: str, name: str, stage: dict[str, bool], options: str
) -> None:
    """A filter was added, and no model exported since: the service would refuse to start with it."""
    root = put_repository(tmp_path, {"stages.dev.semantic.gpu.enabled": stage.get("gpu", False)})
    put_model(root, directory, demo=stage.get("demo", False), name=name, target="arm64")
    manifest = root / directory / "manifest.json"
    document = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(document | {"taxonomy_digest": "0123456789ab" + "f" * 52}), encoding="utf-8")
    finding = gpu_model(root) if stage.get("gpu") else semantic(root, demo=stage.get("demo", False))
    now = taxonomy.load().digest[:12]
    assert finding.status == "blocked"
    assert finding.detail == (
        f"{directory} was exported for taxonomy 0123456789ab, and taxonomy/ is now {now}: the service would not start"
    )
    assert finding.fix == f"python -m models export semantic {options} --out {directory}"
    _parser().parse_args(finding.fix.removeprefix("python -m models ").split())


def test_a_taxonomy_that_is_broken_stops_a_deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise taxonomy.TaxonomyError(("filters/hair.toml: filter: missing",))

    root = put_repository(tmp_path)
    monkeypatch.setattr(taxonomy, "load", broken)
    finding = semantic(root)
    assert (finding.status, finding.detail) == ("blocked", "filters/hair.toml: filter: missing")


def gpu_model(root: Path, *, demo: bool = False) -> Finding:
    (finding,) = [found for found in check_models(read_stage(root, "dev", demo=demo)) if found.check.startswith("GPU")]
    return finding


def test_a_gpu_that_is_on_has_a_model_of_its_own(tmp_path: Path) -> None:
    root = put_repository(tmp_path, {"stages.dev.aesthetic.gpu.enabled": True})
    missing = gpu_model(root)
    assert (missing.check, missing.status) == ("GPU model of aesthetic", "warning")
    assert missing.fix is not None
    assert missing.fix.startswith("python -m models all --engine torch (make deploy-cdk does it)")
    demo = gpu_model(root, demo=True)
    assert demo.status == "blocked"
    assert demo.fix is not None
    program, *arguments = demo.fix.removeprefix("python -m ").split()
    options = {"models": _parser}[program]().parse_args(arguments)
    assert (options.engine, str(options.out)) == ("torch", "artifacts/aesthetic-torch")
    assert Path(options.checkpoint).parent.is_dir()
    put_model(root, "artifacts/aesthetic-torch", demo=True)
    assert "a demo model, and allow_demo_artifacts is false" in gpu_model(root).detail
    assert gpu_model(root, demo=True).status == "ok"


def test_no_model_is_needed_to_destroy(tmp_path: Path) -> None:
    root = put_repository(tmp_path, {"stages.dev.aesthetic.gpu.enabled": True})
    stage = read_stage(root, "dev", demo=True, gpu=False)
    assert stage.context["aesthetic.gpu.enabled"] == "false"
    assert not stage.functions["aesthetic"].gpu.enabled
