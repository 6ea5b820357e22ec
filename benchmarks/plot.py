"""A small plot of lines on logarithmic axes, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 30, 50
COLOURS = ("#0b6e4f", "#c1121f", "#33658a", "#8a5a00", "#6a4c93", "#444444")
Points = Sequence[tuple[float, float]]


def svg(curves: Mapping[str, Points], across: str, up: str) -> str:
    """The plot of some named curves of positive numbers; `across` and `up` name the axes."""
    points = [point for curve in curves.values() for point in curve]
    right = _axis([x for x, _ in points])
    above = _axis([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        across_part = (log10(x) - right[0]) / (right[-1] - right[0])
        up_part = (log10(y) - above[0]) / (above[-1] - above[0])
        return LEFT + across_part * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up_part * (HEIGHT - TOP - BOTTOM)

    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(up)} against {escape(across)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for power in right:
        x, bottom = place(10.0**power, 10.0 ** above[0])
        pieces.append(_line(x, TOP, x, bottom, "#dddddd"))
        pieces.append(_text(x, bottom + 18, "middle", number(10.0**power)))
    for power in above:
        x, y = place(10.0 ** right[0], 10.0**power)
        pieces.append(_line(x, y, WIDTH - RIGHT, y, "#dddddd"))
        pieces.append(_text(x - 8, y + 4, "end", number(10.0**power)))
    pieces.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "middle", across))
    pieces.append(_text(LEFT, TOP - 12, "start", up))
    ends = []
    for colour, (name, curve) in zip(COLOURS * (len(curves) // len(COLOURS) + 1), curves.items()):
        placed = [place(x, y) for x, y in sorted(curve)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        pieces.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        pieces += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        ends.append((placed[-1][1], name, colour))
    pieces += _names(ends)
    return "\n".join([*pieces, "</svg>", ""])


def _axis(values: Sequence[float]) -> range:
    """The powers of ten that mark an axis over these values."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return range(low, max(high, low + 1) + 1)


def _names(ends: Sequence[tuple[float, str, str]]) -> list[str]:
    """The names of the curves beside their ends, far enough from each other to be read."""
    pieces, last = [], -float("inf")
    for y, name, colour in sorted(ends):
        last = max(y, last + 16)
        pieces.append(_text(WIDTH - RIGHT + 10, last + 4, "start", name, colour))
    return pieces


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, anchor: str, words: str, colour: str = "#222222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def number(value: float) -> str:
    """A power of ten in few characters."""
    for unit, letter in ((1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:g}{letter}"
    return f"{value:g}"
