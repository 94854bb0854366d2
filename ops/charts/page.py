"""One self-contained HTML page: headings, tables, charts. Nothing in it is fetched, nothing runs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Cell = str | None

_STYLE = """\
:root{color-scheme:light dark;--ink:#1b1f24;--faint:#59636e;--rule:#d8dee4;--paper:#ffffff;--band:#f6f8fa}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--faint:#9198a1;--rule:#30363d;--paper:#0d1117;--band:#151b23}}
body{margin:2rem auto;max-width:1120px;padding:0 1rem;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.4rem 0;max-width:75ch}
.faint{color:var(--faint)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px;width:100%}
th,td{padding:.35rem .6rem;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
th{color:var(--faint);font-weight:600;white-space:normal;vertical-align:bottom}
th.name,td.name{text-align:left}tr.sum td{font-weight:600;background:var(--band)}
ul{padding-left:1.2rem}svg{max-width:100%;height:auto;display:block;margin:1rem 0}"""


def heading(words: str) -> str:
    """A section's heading."""
    return f"<h2>{escape(words)}</h2>"


def paragraph(words: str, *, faint: bool = False) -> str:
    """A paragraph of plain text."""
    return f"<p{' class=faint' if faint else ''}>{escape(words)}</p>"


def bullets(entries: Sequence[str]) -> str:
    """A list of plain texts."""
    return "<ul>" + "".join(f"<li>{escape(entry)}</li>" for entry in entries) + "</ul>" if entries else ""


def table(header: Sequence[str], rows: Sequence[Sequence[Cell]], *, names: int = 1, sums: int = 0) -> str:
    """A table: the first `names` columns to the left, the last `sums` rows set apart; None is a dash."""
    head = "".join(f"<th{' class=name' if at < names else ''}>{escape(cell)}</th>" for at, cell in enumerate(header))
    lines = []
    for index, row in enumerate(rows):
        cells = "".join(
            f"<td{' class=name' if at < names else ''}>{escape('–' if cell is None else cell)}</td>"
            for at, cell in enumerate(row)
        )
        lines.append(f"<tr{' class=sum' if index >= len(rows) - sums else ''}>{cells}</tr>")
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def page(title: str, subtitle: str, body: Sequence[str]) -> str:
    """The document; `body` are elements, already escaped."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{escape(title)}</h1>\n{paragraph(subtitle, faint=True)}\n" + "\n".join(body) + "\n</body></html>\n"
    )
