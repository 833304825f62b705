"""Draw a risk–coverage curve as inline SVG that follows the page's colours."""

from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT, EDGE = 420, 260, 40  # user units of the drawing; EDGE leaves room for labels
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def risk_coverage_svg(curve: Sequence[dict[str, Any]]) -> str:
    """Return the drawing: coverage to the right, risk upwards, both from 0 to 1."""
    if not curve:
        return "<p>No question was answered: there is no curve.</p>"
    points = " ".join(f"{_x(p['coverage']):.1f},{_y(p['risk']):.1f}" for p in curve)
    dots = "".join(
        f'<circle cx="{_x(p["coverage"]):.1f}" cy="{_y(p["risk"]):.1f}" r="2">'
        f"<title>confidence ≥ {p['threshold']:.3f}: coverage {p['coverage']:.3f}, "
        f"risk {p['risk']:.3f}</title></circle>"
        for p in curve
    )
    end = curve[-1]
    label = f"Risk {end['risk']:.2f} at coverage {end['coverage']:.2f}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}" class="plot">'
        f"<title>{label}</title>{_grid()}"
        f'<polyline points="{points}" class="line"/><g class="dots">{dots}</g>'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">coverage</text>'
        f'<text x="12" y="{HEIGHT / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {HEIGHT / 2})">risk</text></svg>'
    )


def _grid() -> str:
    parts = []
    for tick in _TICKS:
        x, y = _x(tick), _y(tick)
        parts.append(f'<line x1="{x}" y1="{_y(0)}" x2="{x}" y2="{_y(1)}" class="grid"/>')
        parts.append(f'<line x1="{_x(0)}" y1="{y}" x2="{_x(1)}" y2="{y}" class="grid"/>')
        parts.append(f'<text x="{x}" y="{_y(0) + 14}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{_x(0) - 6}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    return "".join(parts)


def _x(share: float) -> float:
    return EDGE + share * (WIDTH - 2 * EDGE)


def _y(share: float) -> float:
    return HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)
