#!/usr/bin/env python3
"""Draws a terminal's text, read from standard input, as an SVG. The README shows one.

    tmux capture-pane -e -p -t local | scripts/terminal-svg.py > docs/terminal.svg

Knows the styles that `cargo local` prints: plain, dim, green, yellow and red. Needs Python 3.11.
"""

import re
import sys
from html import escape

STYLES = {
    "2": ' fill="#8b949e"',
    "31": ' fill="#ff7b72"',
    "32": ' fill="#7ee787"',
    "33": ' fill="#e3b341"',
}
DIM = "2"
CHARACTER, LINE, MARGIN = 8.4, 19, 16


def spans(line: str, style: str) -> tuple[str, str]:
    """Returns a line as SVG, and the style at its end."""
    written = ""
    # Text and the parameters of styles alternate.
    for position, part in enumerate(re.split(r"\x1b\[([0-9;]*)m", line)):
        if position % 2 == 1:
            for code in part.split(";"):
                if code in STYLES:
                    style = code
                elif code in ("", "0") or (code == "39" and style != DIM):
                    style = ""
        elif part:
            written += f"<tspan{STYLES.get(style, '')}>{escape(part)}</tspan>"
    return written, style


def svg(text: str) -> str:
    lines = text.rstrip().split("\n")
    width = max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines) * CHARACTER + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    style, rows = "", []
    for number, line in enumerate(lines):
        row, style = spans(line, style)
        baseline = MARGIN + number * LINE + 14
        rows.append(f'<text x="{MARGIN}" y="{baseline}" xml:space="preserve">{row}</text>')
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}">',
            '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>',
            '<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14" fill="#e6edf3">',
            *rows,
            "</g>",
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(svg(sys.stdin.read()))
