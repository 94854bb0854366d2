from pathlib import Path

import pytest

from infra.artifacts import check_artifacts, check_gpu_artifacts
from infra.config_reader import ConfigError
from tests.infra.synthesis import Synthesize, demo, published, put, put_artifact

DEMO, PUBLISHED = demo("semantic"), published("semantic")


def refusal(root: Path, directory: str, *, allow_demo: bool = False) -> str:
    with pytest.raises(ConfigError) as caught:
        check_artifacts(root, "semantic", directory, architecture="x86_64", allow_demo=allow_demo)
    return str(caught.value)


def test_a_published_model_may_be_deployed(tmp_path: Path) -> None:
    for target in ("portable", "x86_64"):
        put_artifact(tmp_path, PUBLISHED, demo=False, target=target)
        check_artifacts(tmp_path, "semantic", PUBLISHED, architecture="x86_64", allow_demo=False)


def test_a_demo_model_is_refused_unless_asked_for(tmp_path: Path) -> None:
    """Wherever it lies: the manifest says what it is."""
    for directory in (DEMO, PUBLISHED):
        put_artifact(tmp_path, directory, demo=True)
        check_artifacts(tmp_path, "semantic", directory, architecture="x86_64", allow_demo=True)
        assert refusal(tmp_path, directory) == (
            f"semantic.artifacts is {directory}, a demo model, and allow_demo_artifacts is false"
        )


def test_artifacts_for_another_architecture_are_refused(tmp_path: Path) -> None:
    """The full int8 range of an arm64 export saturates on AVX2."""
    put_artifact(tmp_path, PUBLISHED, demo=False, target="arm64")
    assert refusal(tmp_path, PUBLISHED) == (
        "semantic.artifacts is artifacts/semantic, which was exported for arm64 and cannot run on x86_64"
    )


def test_artifacts_must_be_where_the_image_takes_them_from(tmp_path: Path) -> None:
    assert refusal(tmp_path, "/somewhere/else") == (
        "semantic.artifacts must be one of artifacts/semantic, models/demo/semantic/artifact, not '/somewhere/else'"
    )


def test_artifacts_must_be_there_and_say_what_they_are(tmp_path: Path) -> None:
    for directory, target in ((PUBLISHED, "models"), (DEMO, "demo")):
        assert refusal(tmp_path, directory, allow_demo=True) == (
            f"semantic.artifacts is {directory}, which holds no manifest.json; `make {target}` writes it"
        )
    put(tmp_path, f"{PUBLISHED}/manifest.json", "{")
    assert "whose manifest.json is not JSON" in refusal(tmp_path, PUBLISHED)
    for text in ("{}", "[]", '{"target": "portable", "model": {}}'):
        put(tmp_path, f"{PUBLISHED}/manifest.json", text)
        assert "whose manifest.json lacks model.demo or target" in refusal(tmp_path, PUBLISHED)


def test_the_other_functions_demo_has_a_target_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`make demo-aesthetic` writes it"):
        check_artifacts(tmp_path, "aesthetic", demo("aesthetic"), architecture="arm64", allow_demo=True)


def test_a_gpu_takes_artifacts_of_its_own(tmp_path: Path) -> None:
    def refused(*, allow_demo: bool) -> str:
        with pytest.raises(ConfigError) as caught:
            check_gpu_artifacts(tmp_path, "semantic", allow_demo=allow_demo)
        return str(caught.value)

    says = "semantic.gpu.enabled is true and takes artifacts/semantic-torch"
    assert refused(allow_demo=True) == (
        f"{says}, which holds no manifest.json; `python -m models all --engine torch` writes it"
    )
    put_artifact(tmp_path, "artifacts/semantic-torch", demo=True)
    assert refused(allow_demo=False) == f"{says}, a demo model, and allow_demo_artifacts is false"
    check_gpu_artifacts(tmp_path, "semantic", allow_demo=True)


def test_the_app_refuses_what_may_not_be_deployed_and_names_both(repository: Path, synthesize: Synthesize) -> None:
    with pytest.raises(ConfigError) as caught:
        synthesize(repository, allow_demo_artifacts="false")
    assert str(caught.value).splitlines() == [
        f"{name}.artifacts is {demo(name)}, a demo model, and allow_demo_artifacts is false"
        for name in ("semantic", "aesthetic")
    ]
