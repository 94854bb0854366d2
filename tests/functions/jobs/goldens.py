"""The golden exchanges of uploads and jobs; `python -m tests.functions.jobs.goldens` writes what is answered.

They need a bucket and an endpoint that has done its work, so `python -m ops.contract` leaves them alone.
"""

import json
from typing import Any

from emulation.aws_services import AwsServices
from ops.contract import DIRECTORY
from tests.functions.calls import Answer, Call, through_asgi
from tests.functions.goldens import read_contract
from tests.functions.jobs.stage import Stage, client, envelope

JOBS = read_contract("jobs")
CONTRACT, GOLDENS = JOBS.document, JOBS.goldens
BUCKET = "imajin-jobs"
# What another run of the same code changes; it is held to its type.
VOLATILE = {"id", "url", "key", "policy", "x-amz-credential", "x-amz-date", "x-amz-signature", "request_id"}
VOLATILE |= {"created_at", "kept_until", "expires_at", "timing_ms", "billed_ms", "gb_seconds", "compute_usd", "usd"}


def answers(stage: Stage) -> dict[str, Answer]:
    """What this code answers to each golden request, in the order of a job's life."""
    found = {}
    for name in ("upload", "submit"):
        golden = GOLDENS[name]
        found[name] = through_asgi(stage.app, Call(golden["path"], json.dumps(golden["request"]).encode()))[0]
    stage.put(stage.locations()[0], envelope(GOLDENS["job"]["response"]["result"]))
    found["job"] = stage.look(found["submit"].json["id"])
    return found


def steady(document: Any) -> Any:
    """The document with what is volatile by its type."""
    if isinstance(document, dict):
        return {key: type(value).__name__ if key in VOLATILE else steady(value) for key, value in document.items()}
    return [steady(value) for value in document] if isinstance(document, list) else document


def main() -> None:
    """Writes the answers."""
    with AwsServices(SERVICES="s3") as services:
        found = answers(Stage(client(services), BUCKET))
    for name, answer in found.items():
        golden = GOLDENS[name] | {"response": answer.json}
        if name == "upload":
            golden["response"]["url"] = f"https://{BUCKET}.s3.amazonaws.com/"
        text = json.dumps(golden, indent=2, ensure_ascii=False) + "\n"
        (DIRECTORY / "golden" / "jobs" / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
