"""Bad input for /score and /score-batch: what any picture and body can be, and what prompts and candidates can be."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.functions.aesthetic.fakes import score_call
from tests.functions.calls import Call, as_base64
from tests.functions.cases import (
    INVALID,
    MALFORMED,
    MEDIA_TYPE,
    NO_PICTURE,
    NOT_BASE64,
    S3,
    UNKNOWN,
    URL,
    Case,
    document,
    raw,
)
from tests.functions.decoder_shapes.every_shape import REFUSED, UNSEEN
from tests.functions.hostile_pictures import DAMAGED, FORMATS, SIZES, TRUNCATED
from tests.functions.hostile_requests import BASE64, BODY, LONG, M
from tests.functions.pictures import MARKER, png

OPTION = re.compile(rb'"min_confidence": ?0(?:\.0e0)?([,}])')
SOURCE = {"image_base64": as_base64(png())}
PROMPT = {"prompt": MARKER}


def address(call: Call) -> str | None:
    """Where a call to the other service's /detect or /batch goes here; None for one about its other routes."""
    if "detect" in call.path.lower():
        return call.path.replace("detect", "score").replace("DETECT", "SCORE")
    return {"/batch": "/score-batch", "/align": None, "/classify": None, "/moderate": None, "/": None}.get(
        call.path, call.path
    )


def here(call: Call) -> Call:
    """The call with a prompt, so that it is wrong for its own reason alone; the body's bytes otherwise as they are."""
    path = address(call)
    assert path is not None
    # What has an option there that takes 0 has a prompt here.
    query = (
        call.query.replace("min_confidence=0", "prompt=a") if call.query.endswith("min_confidence=0") else call.query
    )
    if (call.content_type or "").startswith("image/"):
        return replace(
            call, path=path, query=query if "prompt=" in query else "&".join(filter(None, (query, "prompt=a")))
        )
    body, prompts = OPTION.subn(rb'"prompt": "a"\1', call.body.replace(b'"images"', b'"candidates"', 1))
    body = body.replace(b'"style": null', b'"prompts": null')
    if body.startswith(b"{") and not prompts:
        rest = body[1:].lstrip()
        body = b'{"prompt": "a"' + (b"" if rest.startswith(b"}") else b", ") + rest
    return replace(call, path=path, body=body)


def case_here(case: Case) -> Case:
    """The same mistake; a filter's name is a field's value there, and an unknown field here."""
    return Case(case.name, lambda: here(case.call()), INVALID if case.expected == UNKNOWN else case.expected)


def pictures(cases: list[Case]) -> Iterator[tuple[str, bytes, tuple[int, str]]]:
    """Name, bytes and refusal of each picture that is sent as base64."""
    for case in cases:
        call = case.call()
        if call.content_type == "application/json" and call.path == "/detect":
            yield case.name, base64.b64decode(json.loads(call.body)["image_base64"]), case.expected


def score(**fields: Any) -> Callable[[], Call]:
    """These fields beside a sound picture."""
    return lambda: score_call(png(), **fields)


def batch(**fields: Any) -> Callable[[], Call]:
    """These fields over a sound batch; those that are None are left out."""
    whole = PROMPT | {"candidates": [SOURCE]} | fields
    return document("/score-batch", **{name: value for name, value in whole.items() if value is not None})


def candidate(**fields: Any) -> Callable[[], Call]:
    """One candidate of these fields, beside a sound one."""
    return batch(candidates=[SOURCE, fields])


SHARED = [
    case_here(case)
    for case in (*BODY, *BASE64, *FORMATS, *SIZES, *TRUNCATED, *DAMAGED, *UNSEEN, *REFUSED)
    if address(case.call())
]

# fmt: off
PROMPTS = [
    Case("no prompt", score(), INVALID),
    Case("prompt null", score(prompt=None), INVALID),
    Case("prompt and prompts", score(prompt=MARKER, prompts=[MARKER]), INVALID),
    Case("prompt a number", score(prompt=7), INVALID),
    Case("prompt true", score(prompt=True), INVALID),
    Case("prompt a list", score(prompt=[MARKER]), INVALID),
    Case("prompt an object", score(prompt={MARKER: MARKER}), INVALID),
    Case("prompt of 100 KB", score(prompt=LONG), INVALID),
    Case("prompt of 5 MB", score(prompt=LONG * 50), INVALID),
    Case("prompt of 8,193 characters", score(prompt="\N{KITE}" * 8193), INVALID),
    Case("prompt with NUL", score(prompt=f"{MARKER}\0"), INVALID),
    Case("prompt with half a surrogate pair", score(prompt=f"{MARKER}\ud83e"), INVALID),
    Case("prompt in bad UTF-8", lambda: replace(score_call(png()), body=b'{"prompt": "' + M + b'\xff"}'), MALFORMED),
    Case("prompts empty", score(prompts=[]), INVALID),
    Case("prompts a text", score(prompts=MARKER), INVALID),
    Case("prompts null", score(prompts=None), INVALID),
    Case("17 prompts", score(prompts=[MARKER] * 17), INVALID),
    Case("200,000 prompts", score(prompts=[MARKER] * 200_000), INVALID),
    Case("a prompt of several null", score(prompts=[MARKER, None]), INVALID),
    Case("a prompt of several a number", score(prompts=[MARKER, 7]), INVALID),
    Case("a prompt of several of 100 KB", score(prompts=["", LONG]), INVALID),
    Case("a prompt of several with NUL", score(prompts=["", f"{MARKER}\0"]), INVALID),
    Case("candidates to /score", document("/score", candidates=[SOURCE], **PROMPT), INVALID),
    Case("raw without a prompt", raw(png(), path="/score"), INVALID),
    Case("raw with prompt and prompts", raw(png(), query=f"prompt={MARKER}&prompts=a", path="/score"), INVALID),
    Case("raw with two of prompt", raw(png(), query=f"prompt={MARKER}&prompt=a", path="/score"), INVALID),
    Case("raw prompt with NUL", raw(png(), query=f"prompt={MARKER}%00", path="/score"), INVALID),
    Case("raw with 17 prompts", raw(png(), query="&".join([f"prompts={MARKER}"] * 17), path="/score"), INVALID),
    Case("raw prompt of 10 KB", raw(png(), query=f"prompt={LONG[:10_000]}", path="/score"), INVALID),
    Case("raw prompt for no picture", raw(b"<html>" + M, query=f"prompt={MARKER}", path="/score"), NO_PICTURE),
]

CANDIDATES = [
    Case("batch without a prompt", batch(prompt=None), INVALID),
    Case("batch with prompts", batch(prompt=None, prompts=[MARKER]), INVALID),
    Case("batch with both", batch(prompts=[MARKER]), INVALID),
    Case("batch prompt with NUL", batch(prompt=f"{MARKER}\0"), INVALID),
    Case("batch prompt with half a surrogate pair", batch(prompt=f"{MARKER}\ud83e"), INVALID),
    Case("batch prompt of 100 KB", batch(prompt=LONG), INVALID),
    Case("no candidates", batch(candidates=None), INVALID),
    Case("0 candidates", batch(candidates=[]), INVALID),
    Case("11 candidates", batch(candidates=[SOURCE] * 11), INVALID),
    Case("200,000 candidates", batch(candidates=[{}] * 200_000), INVALID),
    Case("candidates a text", batch(candidates=MARKER), INVALID),
    Case("candidates an object", batch(candidates={"0": SOURCE}), INVALID),
    Case("a picture beside the candidates", batch(**SOURCE), INVALID),
    Case("candidate a text", batch(candidates=[SOURCE["image_base64"]]), INVALID),
    Case("candidate null", batch(candidates=[SOURCE, None]), INVALID),
    Case("candidate of nothing", candidate(), INVALID),
    Case("candidate of an id", candidate(id=MARKER), INVALID),
    Case("candidate with an empty id", candidate(id="", **SOURCE), INVALID),
    Case("candidate with a number for an id", candidate(id=7, **SOURCE), INVALID),
    Case("candidate with a long id", candidate(id=f"{MARKER}{'x' * 128}", **SOURCE), INVALID),
    Case("candidate with a prompt", candidate(prompt=MARKER, **SOURCE), INVALID),
    Case("candidate with an unknown field", candidate(**{MARKER: MARKER}, **SOURCE), INVALID),
    Case("candidate with two sources", candidate(image_url=MARKER, **SOURCE), INVALID),
    Case("candidate with a URL of 5,000 characters", candidate(image_url="https://" + LONG[:5000]), INVALID),
    Case("candidates as a picture", raw(png(), query=f"prompt={MARKER}", path="/score-batch"), MEDIA_TYPE),
]

ITEMS = [
    ("text for base64", {"image_base64": f"{MARKER}!"}, NOT_BASE64),
    ("nothing for base64", {"image_base64": ""}, NOT_BASE64),
    ("URL while off", {"image_url": f"https://{MARKER}.example/a.png"}, URL),
    ("S3 while off", {"s3": {"bucket": "bucket", "key": MARKER}}, S3),
    *(
        (name, {"image_base64": as_base64(data)}, expected)
        for name, data, expected in pictures([*FORMATS, *SIZES, *TRUNCATED, *DAMAGED, *UNSEEN, *REFUSED])
        if len(data) < 1_000_000 and data
    ),
]
"""What only spoils its own place among the candidates."""
# fmt: on
