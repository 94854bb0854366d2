"""The Lambda entry point itself, with the demo model, and events that nobody should send.

The same ones in every run. FUZZ_EVENTS takes it further, at about 300 events a second:

    FUZZ_EVENTS=50000 pytest tests/functions/test_fuzz_events.py
"""

import json
import os
import subprocess
import sys
from collections import Counter

from emulation.runtime_emulator import REPOSITORY_ROOT
from tests.functions.mutated_events import NAMES, mutated

EVENTS = int(os.environ.get("FUZZ_EVENTS", "1500"))

INVOKE = """
import json, sys
from collections import Counter

from emulation.gateway_events import load_event
from functions.semantic.handler import handler
from tests.functions.calls import LambdaContext, check_problem, lambda_answer
from tests.functions.mutated_events import mutated
from tests.functions.pictures import jpeg

IMAGE = jpeg()

def good():
    return lambda_answer(handler(load_event("rest_json", IMAGE), LambdaContext())).scores

before = good()
assert before
seen = Counter()
for number in range(int(sys.argv[1])):
    name, event = mutated(number, IMAGE)
    try:
        payload = handler(event, LambdaContext())
        json.dumps(payload, ensure_ascii=False).encode()
        if payload == {"handled": False, "reason": "not an HTTP event"}:
            seen["not HTTP"] += 1
            continue
        answer = lambda_answer(payload)
        assert answer.status < 500
        if answer.status >= 400:
            check_problem(answer, answer.status, answer.json["code"])
        seen[str(answer.status)] += 1
    except BaseException:
        print(f"event {number}, made from {name}", file=sys.stderr)
        raise
assert good() == before
print(json.dumps(seen))
"""


def test_every_event_is_answered_and_none_by_a_fault() -> None:
    """No exception leaves the handler, no answer is a 5xx, and a good request scores as before."""
    command = [sys.executable, "-W", "error", "-c", INVOKE, str(EVENTS)]
    done = subprocess.run(command, cwd=REPOSITORY_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    seen = Counter(json.loads(done.stdout))
    assert sum(seen.values()) == EVENTS
    assert {"200", "400", "404", "405", "415", "422", "not HTTP"} <= seen.keys()


def test_the_same_number_makes_the_same_event() -> None:
    assert mutated(7, b"") == mutated(7, b"")
    assert {mutated(number, b"")[0] for number in range(500)} == {*NAMES}
