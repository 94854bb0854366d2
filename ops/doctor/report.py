"""Everything the doctor found, as values for programs and as a page for the terminal."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

from ops.doctor.findings import Finding, Status
from ops.doctor.standing import StandingLine, not_counted, total, why_unknown
from ops.money import told_usd

WIDTH: Final = 100
_MARKS: Final[dict[Status, str]] = {"ok": "ok", "warning": "warning", "blocked": "BLOCKED", "skipped": "skipped"}
_COLOURS: Final[dict[Status, str]] = {"ok": "32", "warning": "33", "blocked": "1;31", "skipped": "2"}


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say about deploying one stage from here."""

    stage: str
    region: str | None
    account: str | None
    findings: tuple[Finding, ...]
    standing: tuple[StandingLine, ...]

    @property
    def blocked(self) -> bool:
        """Whether a deploy would fail."""
        return any(finding.status == "blocked" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """As plain values; amounts are decimal strings, null where unknown."""
        lines = [asdict(line) | {"usd": _text(line.usd)} for line in self.standing]
        return {
            "stage": self.stage,
            "region": self.region,
            "account": self.account,
            "blocked": self.blocked,
            "findings": [asdict(finding) for finding in self.findings],
            "standing_cost": {
                "month_usd": _text(total(self.standing)),
                "unknown_because": why_unknown(self.standing, self.region),
                "lines": lines,
                "note": not_counted(self.region),
            },
        }

    def page(self, *, colour: bool) -> str:
        """For a terminal."""
        where = f"in {self.region}" if self.region else "in no region yet"
        lines = [f"imajin, stage {self.stage} {where}", ""]
        width = max(len(finding.check) for finding in self.findings)
        for finding in self.findings:
            mark = _MARKS[finding.status].ljust(7)
            if colour:
                mark = f"\033[{_COLOURS[finding.status]}m{mark}\033[0m"
            first, *rest = _wrapped(finding.detail, width + 11)
            lines.append(f"  {mark}  {finding.check:{width}}  {first}")
            lines += rest
            if finding.fix:
                lines.append(f"{' ' * (width + 13)}-> {finding.fix}")
        lines += ["", "What a month without a single call costs, in USD, before any free tier", ""]
        item_width = max(len(line.item) for line in self.standing)
        for line in self.standing:
            lines.append(f"  {told_usd(line.usd):>9}  {line.item:{item_width}}  {line.detail}")
        lines.append(f"  {told_usd(total(self.standing)):>9}  total")
        if why := why_unknown(self.standing, self.region):
            lines += ["", f"  Unknown: {why}."]
        lines += ["", f"  {not_counted(self.region)}"]
        count = sum(finding.status == "blocked" for finding in self.findings)
        verdict = (
            f"{count} of {len(self.findings)} checks would make a deploy fail" if count else "nothing blocks a deploy"
        )
        return "\n".join([*lines, "", f"{verdict}."])


def _wrapped(text: str, indent: int) -> list[str]:
    first, *rest = textwrap.wrap(text, max(40, WIDTH - indent), break_long_words=False, break_on_hyphens=False) or [""]
    return [first, *(" " * (indent + 2) + line for line in rest)]


def _text(usd: Decimal | None) -> str | None:
    return None if usd is None else f"{usd:.2f}"
