"""The examples, as a reader runs them, and what they print of answers the demo model does not give."""

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import taxonomy
from examples import fitting, moderation, ranking
from functions.common.artifact_check import check_artifact
from functions.common.deployment import demo_artifact
from functions.semantic.manifest import read_manifest
from functions.semantic.model import open_model
from tests.functions.calls import as_base64
from tests.functions.pictures import png

ROOT = Path(__file__).resolve().parents[2]
GOLDEN: dict[str, Any] = json.loads((ROOT / "clients/openapi/golden/semantic/moderate.json").read_text())["response"]


DEMO = {f"{name.upper()}_ARTIFACTS": str(demo_artifact(name)) for name in ("semantic", "aesthetic")}


def run_all(**settings: str) -> subprocess.CompletedProcess[str]:
    """`make examples` on the demo models."""
    settings = {**DEMO, "INFERENCE_THREADS": "1", **settings}
    return subprocess.run(
        [sys.executable, "-m", "examples"],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_them_stops_the_services_too(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "examples"],
        cwd=ROOT,
        env=os.environ | DEMO,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("== examples/")
        running.send_signal(how)
        _, said = running.communicate(timeout=60)
    assert (running.returncode, said.splitlines()[-1]) == (130, "stopped")
    # An orphan that has ended stays in its group until the system's first process has waited for it.
    for _ in range(100):
        try:
            os.killpg(running.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a process of the examples is still there")


def test_all_of_them_run_and_nothing_unknown_is_called_safe() -> None:
    run = run_all()
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("== examples/") == len(list((ROOT / "examples").glob("[!_]*.py")))
    pictures = list(moderation.DEMO_PICTURES.glob("*.jpg"))
    for picture in pictures:
        assert f"\n{picture.relative_to(ROOT)}\n" in run.stdout
    moderated, ranked = run.stdout.split("== examples/ranking.py\n")
    tables = moderated.split("class        probability")[1:]
    assert len(tables) == len(pictures) > 0
    for table in tables:
        for name in ("explicit", "violence", "minor"):
            assert re.search(rf"^  {name} +- +-  unknown  - \(not covered by this model\)$", table, re.MULTILINE)
        assert "  unsafe: UNKNOWN, this model cannot tell explicit, violence, minor\n" in table
        assert "warning class_not_covered:" in table
        assert "a DEMO that knows only the pictures this project draws" in table
    assert "safe" not in moderated.replace("unsafe:", "")
    first = pictures[0].relative_to(ROOT)
    assert re.search(rf"^     1  {first} +yes +\d\.\d\d +[-+]\d\.\d\d +\d+%  nothing$", ranked, re.MULTILINE)
    assert ranked.count("purple_hair, hoodie\n") == len(pictures) - 1, "what the others are without"
    assert f"  keep {first}: the most liked of 1 that show what was asked for\n" in ranked
    assert "null does not mean safe" in ranked
    assert ranked.count("a DEMO that knows only the pictures this project draws") == 2


def test_a_failing_example_fails_all() -> None:
    run = run_all(MAX_REQUEST_BYTES="1024")
    assert run.returncode == 1
    assert "answered 413" in run.stderr
    assert "payload_too_large" in run.stderr
    assert "failed: fitting.py, moderation.py, ranking.py" in run.stderr


def test_a_service_that_does_not_start_fails_all(tmp_path: Path) -> None:
    run = run_all(AESTHETIC_ARTIFACTS=str(tmp_path / "none"))
    assert run.returncode == 1
    assert "the aesthetic service did not start" in run.stderr


class Service(ThreadingHTTPServer):
    """Answers everything with `answer`, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, status: int, answer: Any) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.answer = status, answer
        self.asked: list[tuple[str, dict[str, str], Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.answer).encode())

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the standard library's name
        pass


@contextmanager
def answering(answer: Any, status: int = 200) -> Iterator[Service]:
    with Service(status, answer) as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            service.shutdown()
            thread.join()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    return path


def judged(*unsafe: bool | None) -> dict[str, Any]:
    """An answer of a model that covers all but those of `unsafe` that are None: explicit, violence, minor."""
    flags = dict(zip(("explicit", "violence", "minor"), unsafe, strict=True))
    classes = [
        {
            "name": name,
            "title": name,
            "unsafe": name in flags,
            "covered": flags.get(name, False) is not None,
            "confidence": None if flags.get(name, False) is None else 0.25,
            "probability": None if flags.get(name, False) is None else 0.125,
            "threshold": 0.5 if name in flags else None,
            "flagged": flags.get(name),
            "descriptions": [{"description": f"words for {name}", "logit": 1.0, "raw": 0.5}]
            if flags.get(name, False) is not None
            else [],
        }
        for name in ("neutral", *flags)
    ]
    is_safe = False if True in unsafe else None if None in unsafe else True
    return GOLDEN | {"classes": classes, "is_safe": is_safe, "warnings": [], "cost": None}


@pytest.mark.parametrize(
    ("unsafe", "conclusion", "row"),
    [
        ((False, False, False), "unsafe: nothing seen of explicit, violence, minor", "no       words for minor"),
        ((False, False, True), "unsafe: YES, minor", "YES      words for minor"),
        ((True, False, None), "unsafe: YES, explicit", "unknown  - (not covered by this model)"),
        ((False, None, None), "unsafe: UNKNOWN, this model cannot tell violence, minor", "unknown  - (not covered"),
    ],
)
def test_the_table(
    unsafe: tuple[bool | None, ...], conclusion: str, row: str, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(judged(*unsafe)) as service:
        assert moderation.main(["--url", service.url, str(picture)]) == 0
    printed = capsys.readouterr().out
    assert f"  {conclusion}\n" in printed
    assert row in next(line for line in printed.splitlines() if line.startswith("  minor"))
    assert "  neutral           0.1250     0.2500  -        words for neutral\n" in printed
    assert "unknown USD" in printed


def test_a_deployed_service_gets_its_path_and_the_key(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(judged(False, False, False)) as service:
        moderation.main(["--url", f"{service.url}/prod/semantic/", "--api-key", "k1", "--json", str(picture)])
        moderation.main(["--url", service.url, "--json", str(picture)])
    (path, headers, body), (plain, without, _) = service.asked
    assert (path, plain) == ("/prod/semantic/moderate", "/moderate")
    assert headers["x-api-key"] == "k1"
    assert "x-api-key" not in without
    assert body == {"image_base64": as_base64(png())}
    (first, _) = capsys.readouterr().out.split("}\n{")
    assert json.loads(first + "}") == {str(picture): judged(False, False, False)}


def test_labels_of_ones_own_are_added_up_by_category(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps({"a video game": "gaming", "a stream": "gaming", "a sport": "sport"}))
    answer = GOLDEN | {"result": {"a video game": 0.25, "a stream": 0.5, "a sport": 0.25}}
    with answering(answer) as service:
        moderation.main(["--url", service.url, "--labels", str(labels), str(picture)])
    ((path, _, body),) = service.asked
    assert path == "/"
    assert body == {"image_data": as_base64(png()), "labels": ["a video game", "a stream", "a sport"]}
    assert "  gaming            0.7500\n  sport             0.2500\n" in capsys.readouterr().out


def test_refusals_and_silence_are_told(picture: Path) -> None:
    with answering({"message": "Forbidden"}, 403) as service, pytest.raises(SystemExit) as refused:
        moderation.main(["--url", service.url, str(picture)])
    assert f'{service.url} answered 403: {{"message": "Forbidden"}}' in str(refused.value)
    with pytest.raises(SystemExit) as silent:
        moderation.main(["--url", service.url, str(picture)])
    assert "`make serve` starts the service" in str(silent.value)
    with pytest.raises(SystemExit):
        moderation.main(["--url", "file:///etc/passwd", str(picture)])


NAMES = ("a", "b", "c", "d")
ENVELOPE: dict[str, Any] = {"warnings": [], "cost": None, "model": GOLDEN["model"], "timing_ms": GOLDEN["timing_ms"]}


def alignment(*missing: str, reasons: tuple[str, ...] = ()) -> dict[str, Any]:
    said = [*(["missing_filters"] if missing else []), *reasons]
    judged = {"is_aligned": not said, "alignment_score": 0.5, "missing_filters": list(missing), "reasons": said}
    return {"alignment": judged, "error": None}


def place(index: int, rank: int | None, reward: float | None, **more: Any) -> dict[str, Any]:
    known = {"status": "ok", "error": None, "win_probability": 0.75, **more}
    return {"index": index, "rank": rank, "raw_score": reward, **known}


def ranked(aligned: list[dict[str, Any]], places: list[dict[str, Any]], tied: list[list[int]]) -> None:
    ranking.show(NAMES, {"results": aligned}, {"results": places, "tied": tied})


def test_the_ranking(capsys: pytest.CaptureFixture[str]) -> None:
    problem = {"detail": "these bytes are HTML"}
    ranked(
        [
            alignment("kimono"),
            {"alignment": None, "error": problem},
            alignment(),
            alignment(reasons=("minor_flagged",)),
        ],
        [
            place(0, 1, 1.5),
            place(3, 2, 1.0),
            place(2, 3, -0.25, win_probability=None),
            place(1, None, None, status="error", error=problem),
        ],
        [[0, 3]],
    )
    assert capsys.readouterr().out.splitlines()[1:] == [
        "     1  a                                 no      0.50    +1.50        75%  kimono",
        "     2  d                                 no      0.50    +1.00        75%  minor_flagged",
        "     3  c                                yes      0.50    -0.25          -  nothing",
        "     -  b                                  -         -        -          -  these bytes are HTML",
        "  too close to tell apart: a, d",
        "  keep c: the most liked of 1 that show what was asked for",
    ]


def test_none_is_kept_that_does_not_show_what_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    late = place(1, None, None, status="not_processed")
    ranked([alignment("kimono"), {"alignment": None, "error": None}], [place(0, 1, 2.0), late], [])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "     -  b                                  -         -        -          -  not reached in time",
        "  keep none: no picture shows everything that was asked for",
    ]


def test_both_services_are_asked_about_the_same_pictures(picture: Path) -> None:
    sent = [{"image_base64": as_base64(png())}]
    aligned = ENVELOPE | {"results": [alignment()]}
    liked = ENVELOPE | {"results": [place(0, 1, 0.5)], "tied": []}
    with answering(aligned) as semantic, answering(liked) as aesthetic:
        urls = ["--semantic-url", semantic.url, "--aesthetic-url", f"{aesthetic.url}/prod/aesthetic/"]
        ranking.main([*urls, "--api-key", "k", "--prompt", "a kite", "--filters", "beach,suit", str(picture)])
    ((path, headers, body),) = semantic.asked
    assert (path, headers["x-api-key"]) == ("/batch", "k")
    assert body == {"images": sent, "requested_filters": ["beach", "suit"], "max_results": 1}
    ((path, headers, body),) = aesthetic.asked
    assert (path, headers["x-api-key"]) == ("/prod/aesthetic/score-batch", "k")
    assert body == {"prompt": "a kite", "candidates": sent}


def test_a_ranking_refuses_plainly(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        ranking.main([str(picture)] * 11)
    assert "11 pictures; a ranking takes up to 10" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="must begin with http"):
        ranking.main(["--semantic-url", "file:///etc/passwd", str(picture)])
    with answering({"message": "Forbidden"}, 403) as service, pytest.raises(SystemExit, match="answered 403"):
        ranking.main(["--semantic-url", service.url, str(picture)])
    with pytest.raises(SystemExit, match="`make serve` starts both services"):
        ranking.main(["--semantic-url", service.url, str(picture)])


def test_a_fit_is_the_most_likely_one() -> None:
    """Of 10 pictures at 1 and 10 at -1, sigmoid(slope) is Platt's target 11 / 12, and by symmetry nothing is added."""
    slope, intercept = fitting.platt([1.0] * 10 + [-1.0] * 10, [True] * 10 + [False] * 10)
    assert slope == pytest.approx(math.log(11))
    assert intercept == pytest.approx(0, abs=1e-9)
    shifted = fitting.platt([101.0] * 10 + [99.0] * 10, [True] * 10 + [False] * 10)
    assert shifted == pytest.approx((math.log(11), -100 * math.log(11)))


def test_a_picture_is_judged_by_a_fit_it_was_not_part_of() -> None:
    """Nine pictures say that a high logit means shown, the tenth says otherwise, and learns what the nine say."""
    logits, shown = [5.0] * 5 + [-5.0] * 5, [True] * 5 + [False] * 4 + [True]
    assert fitting.held_out(logits, shown)[9] < 0.25
    assert fitting.log_loss([0.25, 0.5], [False, True]) == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)


def test_what_can_be_fitted_is_and_the_rest_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    apart = [(3.0, True)] * 10 + [(-3.0, False)] * 10
    wrong = [(logit, not shown) for logit, shown in apart]
    assert list(fitting.fit({"beach": apart, "hat": wrong, "suit": apart[:12], "cape": []}, 10)) == ["beach"]
    printed = capsys.readouterr().out
    assert re.search(r"^  beach +10 +10 +\d", printed, re.MULTILINE)
    assert re.search(r"^  hat .*left out: its logit is no higher where it is shown$", printed, re.MULTILINE)
    assert "too few pictures, 10 with and 10 without are needed: cape, suit\n" in printed


def test_fits_are_kept_in_the_artifact_that_answered(tmp_path: Path) -> None:
    artifact = tmp_path / "artifact"
    shutil.copytree(demo_artifact("semantic"), artifact)
    digest = read_manifest(artifact)[1]
    fitting.keep({"kimono": [1.5, -0.5]}, artifact, digest)
    with pytest.raises(SystemExit, match="is not the model that answered"):
        fitting.keep({"kimono": [2.0, 0.0]}, artifact, digest)
    manifest, changed = read_manifest(artifact)
    fitting.keep({"hoodie": [1.0, 0.0]}, artifact, changed)
    fitted = read_manifest(artifact)[0].scoring.fitted
    assert fitted == {"hoodie": (1.0, 0.0), "kimono": (1.5, -0.5)}
    assert manifest.model_copy(update={"scoring": None}) == read_manifest(demo_artifact("semantic"))[0].model_copy(
        update={"scoring": None}
    )
    check_artifact(artifact)
    assert open_model(artifact, taxonomy.load(), 1).detector.fitted == {"hoodie", "kimono"}


def test_the_fitter_asks_about_every_picture(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = picture.with_name("truth.json")
    labels.write_text(json.dumps({picture.name: ["beach"], f"./{picture.name}": []}))
    score = {"filter": "beach", "covered": True, "logit": 1.0}
    with answering(ENVELOPE | {"scores": [score]}) as service:
        assert fitting.main([str(labels), "--url", service.url, "--api-key", "k", "--minimum", "1"]) == 0
    assert [(path, headers["x-api-key"]) for path, headers, _ in service.asked] == [("/align", "k")] * 2
    assert service.asked[0][2] == {"image_base64": as_base64(png()), "requested_filters": ["beach"]}
    assert re.search(r"^  beach +1 +1 .*left out", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("example", [moderation, ranking, fitting])
def test_a_file_that_is_not_there_is_named(example: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        example.main(["nowhere.png"])
    assert "no such file: nowhere.png" in capsys.readouterr().err


@pytest.mark.parametrize("example", [moderation, ranking, fitting])
def test_a_service_that_does_not_run_is_told_in_words(example: ModuleType) -> None:
    url = "http://127.0.0.1:9"
    with pytest.raises(SystemExit, match=rf"^{url} cannot be reached \(Connection refused\); `make serve` starts "):
        example.ask(url, None, "/", {})
