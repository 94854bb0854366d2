"""What the committed API contracts tell the infrastructure about the functions."""

import json
from pathlib import Path

CONTRACTS = Path(__file__).parents[1] / "clients" / "openapi"


def contract_routes(function: str, *, reading: bool = False) -> tuple[str, ...]:
    """The paths of `function` that are posted to, as its committed contract names them; none where it has no contract.

    With `reading`, those that are only read, too: they cost next to nothing.
    """
    contract = CONTRACTS / f"{function}.json"
    if not contract.is_file():
        return ()
    paths = json.loads(contract.read_text(encoding="utf-8"))["paths"]
    return tuple(sorted(path for path, methods in paths.items() if reading or "post" in methods))
