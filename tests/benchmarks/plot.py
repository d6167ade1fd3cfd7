"""A bar chart in SVG, readable on light and dark pages."""

import statistics
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _LABELS, _ROW, _TOP = 800, 250, 34, 56
_SVG = (
    'xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" '
    "font-family=\"system-ui, -apple-system, 'Segoe UI', sans-serif\""
)
_STYLE = """
    text { fill: #202124; font-size: 15px }
    .name { text-anchor: end }
    .title { font-weight: 600 }
    .bar { fill: #9aa0a6 }
    .ours { fill: #1a5fb4 }
    .spread { stroke: #202124; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e8eaed }
      .bar { fill: #5f6368 }
      .ours { fill: #62a0ea }
      .spread { stroke: #e8eaed }
    }"""


def bars(title: str, values: Mapping[str, Sequence[float]], *, ours: set[str]) -> str:
    """Draw the median of each name as a bar, and its lowest and highest value as a line."""
    scale = (_WIDTH - _LABELS - 70) / max(map(max, values.values()))
    height = _TOP + _ROW * len(values) + 10
    rows = [
        _bar(name, found, _TOP + _ROW * place, scale, "ours" if name in ours else "bar")
        for place, (name, found) in enumerate(values.items())
    ]
    described = "; ".join(f"{name}: {statistics.median(found):.2f}" for name, found in values.items())
    return "\n".join(
        [
            f'<svg {_SVG} viewBox="0 0 {_WIDTH} {height}">',
            f'  <title id="title">{escape(title)}</title>',
            f'  <desc id="desc">{escape(described)}</desc>',
            f"  <style>{_STYLE}\n  </style>",
            f'  <text class="title" x="10" y="28">{escape(title)}</text>',
            *rows,
            "</svg>\n",
        ]
    )


def _bar(name: str, values: Sequence[float], top: int, scale: float, kind: str) -> str:
    median, middle = statistics.median(values), top + 12
    low, high = (_LABELS + each * scale for each in (min(values), max(values)))
    return (
        f'  <text class="name" x="{_LABELS - 10}" y="{top + 17}">{escape(name)}</text>\n'
        f'  <rect class="{kind}" x="{_LABELS}" y="{top}" width="{median * scale:.1f}" height="24" rx="2"/>\n'
        f'  <line class="spread" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/>\n'
        f'  <text x="{high + 8:.1f}" y="{top + 17}">{median:.2f}</text>'
    )
