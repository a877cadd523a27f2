"""A stretch of waveform as a picture (SVG), for documents: no program and no display is needed.

Bits are drawn as lines, texts and numbers as boxes with what they show, levels on a scale of their own.
Colours come from the page (`currentColor`), so that a picture can be read on a light and on a dark one; one
that is shown from a file of its own asks the reader's preference.
"""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from sim.record.stretch import Row

_LEFT, _WIDTH, _TOP = 210, 790, 26
_LOW, _LEVEL = 20, 56
"""Heights of a row, and of a row of levels."""
_GAP = 8
_LETTER = 6.6
"""How wide a letter is."""
_FEWEST_TICKS = 5
_UNITS = ((1_000_000_000, "ms"), (1_000_000, "µs"), (1_000, "ns"), (1, "ps"))
_STYLE = (
    "svg:root{color:#222}@media(prefers-color-scheme:dark){svg:root{color:#ddd}}"
    "text{font:11px ui-monospace,monospace;fill:currentColor}"
    "path{fill:none;stroke:currentColor;stroke-width:1.2}"
    ".text path{stroke:#b8860b}.level path{stroke:#2a7de1}"
    ".grid path{stroke-width:.5;opacity:.35}"
)


def picture(rows: Sequence[Row], begin: int, end: int) -> str:
    """The SVG of `rows` from `begin` to `end` (ps)."""

    def x(ps: int) -> float:
        return round(_LEFT + (min(max(ps, begin), end) - begin) * _WIDTH / (end - begin), 1)

    parts = []
    y = _TOP
    for row in rows:
        height = _LEVEL if row.kind == "real" else _LOW
        spans = [(at, then, value) for (at, value), (then, _) in pairwise([*row.values, (end, "")])]
        if row.kind == "wire" and row.width > 1:
            spans = [(at, then, f"{int(value, 2):x}") for at, then, value in spans]
        draw = _level if row.kind == "real" else _bit if row.kind == "wire" and row.width == 1 else _text
        parts.append(_name(row.name, y + height // 2 + 4))
        parts.append(draw([(x(at), x(then), value) for at, then, value in spans], y, height))
        y += height + _GAP
    grid = "".join(
        f'<path d="M{x(at)} {_TOP - 6}V{y}"/><text x="{x(at)}" y="14" text-anchor="middle">{label}</text>'
        for at, label in _ticks(begin, end)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 10} {y}" role="img">'
        f'<style>{_STYLE}</style><g class="grid">{grid}</g>{"".join(parts)}</svg>\n'
    )


def _name(text: str, y: int) -> str:
    return f'<text x="{_LEFT - 8}" y="{y}" text-anchor="end">{escape(text)}</text>'


_Spans = list[tuple[float, float, str]]
"""From where to where, and what."""


def _bit(spans: _Spans, y: int, height: int) -> str:
    steps = [f"{at} {y + 3 if value == '1' else y + height - 3}H{then}" for at, then, value in spans]
    return f'<path d="M{"V".join(step.split(" ", 1)[1] if n else step for n, step in enumerate(steps))}"/>'


def _level(spans: _Spans, y: int, height: int) -> str:
    volts = [float(value) for _, _, value in spans]
    low, high = min([*volts, 0.0]), max([*volts, 0.0])
    scale = (height - 6) / ((high - low) or 1)
    steps = [
        f"{round(y + 3 + (high - level) * scale, 1)}H{then}"
        for (_, then, _), level in zip(spans, volts, strict=True)
    ]
    begin = spans[0][0] if spans else _LEFT
    ends = _name(f"{high:g} V", y + 8) + _name(f"{low:g} V", y + height)
    return f'<g class="level"><path d="M{begin} {"V".join(steps)}"/>{ends}</g>'


def _text(spans: _Spans, y: int, height: int) -> str:
    boxes = []
    for at, then, value in spans:
        boxes.append(f'<path d="M{at} {y + 2}H{then}V{y + height - 2}H{at}Z"/>')
        room = int((then - at - 3) / _LETTER)
        if room >= min(len(value), 2):
            shown = value if len(value) <= room else value[: room - 1] + "…"
            boxes.append(f'<text x="{at + 3}" y="{y + height - 6}">{escape(shown)}</text>')
    return f'<g class="text">{"".join(boxes)}</g>'


def _ticks(begin: int, end: int) -> list[tuple[int, str]]:
    """Round instants."""
    step = 10 ** (len(str((end - begin) // _FEWEST_TICKS)) - 1)
    step *= next(
        factor for factor in (5, 2, 1) if (end - begin) // (step * factor) >= _FEWEST_TICKS or factor == 1
    )
    size, unit = next((size, unit) for size, unit in _UNITS if step >= size or size == 1)
    first = -(-begin // step) * step
    return [(at, f"{at / size:,.12g} {unit}".replace(",", " ")) for at in range(first, end, step)]
