"""docs/deployment.md: its table has every key there is, with the values that cdk.json has."""

import re
from typing import Any

from infra.app import ROOT
from infra.config_reader import values_of
from tests.infra.synthesis import FUNCTIONS, demo, published

PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")


def shown(value: object) -> str:
    """A value as the table has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if value in [demo(name) for name in FUNCTIONS]:
        return "demo"
    if value in [published(name) for name in FUNCTIONS]:
        return "published"
    if isinstance(value, list) and value:
        return ", ".join(value)
    return "none" if value in ([], {}) else str(value)


def test_every_key_is_in_the_table_with_its_values(context: dict[str, Any]) -> None:
    section = PAGE.split("\n## Configuration", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", section, re.MULTILINE)
    assert len(rows) > 20
    told = {
        key.replace("<function>", name): (dev.strip(), prod.strip()) for key, dev, prod in rows for name in FUNCTIONS
    }
    dev, prod = (values_of(context["stages"][stage], stage) for stage in ("dev", "prod"))
    assert told == {key: (shown(dev[key]), shown(prod[key])) for key in dev}
    assert dev.keys() == prod.keys()
