"""A page of SVG: as much of the format as the figures need, in one style that follows the reader's light or dark."""

from collections.abc import Iterable
from html import escape

STYLE = """
text{font:12px system-ui,sans-serif;fill:#1f2328}.quiet{fill:#59636e}.title{font-weight:600;font-size:14px}
.ours{fill:#0969da;fill-opacity:.55}.other{fill:#848d97;fill-opacity:.45}
.mark{stroke:#1f2328;stroke-width:1.5}.tail{stroke:#1f2328;stroke-dasharray:3 2}.axis{stroke:#d1d9e0}
@media(prefers-color-scheme:dark){
text{fill:#f0f6fc}.quiet{fill:#9198a1}.ours{fill:#4493f8}.mark,.tail{stroke:#f0f6fc}.axis{stroke:#3d444d}}
"""
"""Without a background, so that the page's own is seen."""


def page(width: int, height: int, title: str, description: str, elements: Iterable[str]) -> str:
    """The whole file. title, description: for readers that do not see it."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">'
    about = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    return "\n".join([head, about, f"<style>{STYLE}</style>", *elements, "</svg>", ""])


def words(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    """Text on the line y; anchor: start, middle or end of it is at x."""
    shown = f' class="{kind}"' if kind else ""
    return f'<text{shown} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def line(x: float, y: float, to_x: float, to_y: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def area(points: Iterable[tuple[float, float]], base: float, kind: str) -> str:
    """Between a line through the points, which go from left to right, and the horizontal at ``base``."""
    through = list(points)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in [(through[0][0], base), *through, (through[-1][0], base)])
    return f'<polygon class="{kind}" points="{path}"/>'
