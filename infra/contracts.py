"""What the committed API contracts tell the infrastructure about the functions."""

import json
from pathlib import Path

CONTRACTS = Path(__file__).parents[1] / "clients" / "openapi"


def contract_routes(function: str) -> tuple[str, ...]:
    """The paths that `function` answers with a receipt, as its committed contract names them; none without one."""
    contract = CONTRACTS / f"{function}.json"
    if not contract.is_file():
        return ()
    paths = json.loads(contract.read_text(encoding="utf-8"))["paths"]
    return tuple(sorted(path for path, methods in paths.items() if "post" in methods))
