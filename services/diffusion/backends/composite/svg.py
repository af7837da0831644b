"""The few SVG elements that the drawing is made of."""

from __future__ import annotations

from collections.abc import Sequence

from services.diffusion.backends.composite.palette import Rgb, hexadecimal

Stop = tuple[float, Rgb, float]  # offset 0..1, color, opacity 0..1


class Definitions:
    """Gradients and filters of one document, each under an id of its own."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def linear(self, start: tuple[float, float], end: tuple[float, float], stops: Sequence[Stop]) -> str:
        """A linear gradient between two points in drawing units; returns the value for `fill`."""
        return self._add(
            "linearGradient",
            f'gradientUnits="userSpaceOnUse" x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"',
            _stops(stops),
        )

    def radial(self, center: tuple[float, float], radius: float, stops: Sequence[Stop], squash: float = 1.0) -> str:
        """A radial gradient around a point, in drawing units; its height is `squash` times its width."""
        x, y = center
        return self._add(
            "radialGradient",
            f'gradientUnits="userSpaceOnUse" cx="0" cy="0" r="{radius:.1f}" '
            f'gradientTransform="translate({x:.1f} {y:.1f}) scale(1 {squash:.3f})"',
            _stops(stops),
        )

    def blur(self, deviation: float) -> str:
        """A Gaussian blur; returns the value for `filter`."""
        return self._add("filter", 'x="-50%" y="-50%" width="200%" height="200%"', f'<feGaussianBlur stdDeviation="{deviation:g}"/>')

    def clip(self, data: str) -> str:
        """A clip path of path data; returns the value for `clip-path`."""
        return self._add("clipPath", "", f'<path d="{data}"/>')

    def markup(self) -> str:
        """The `defs` element."""
        return "<defs>" + "".join(markup.replace("@id", name, 1) for markup, name in self._ids.items()) + "</defs>"

    def _add(self, element: str, attributes: str, content: str) -> str:
        markup = f'<{element} id="@id"{" " + attributes if attributes else ""}>{content}</{element}>'
        name = self._ids.setdefault(markup, f"d{len(self._ids)}")
        return f"url(#{name})"


def path(data: str, fill: Rgb | str, opacity: float = 1.0, extra: str = "") -> str:
    """A filled path; `fill` is a color or a gradient's reference."""
    if not data:
        return ""
    paint = fill if isinstance(fill, str) else hexadecimal(fill)
    see_through = f' fill-opacity="{opacity:.3g}"' if opacity < 1 else ""
    return f'<path d="{data}" fill="{paint}"{see_through}{" " + extra if extra else ""}/>'


def line(data: str, color: Rgb, width: float, opacity: float = 1.0, extra: str = "") -> str:
    """A stroked path with round ends."""
    see_through = f' stroke-opacity="{opacity:.3g}"' if opacity < 1 else ""
    return (
        f'<path d="{data}" fill="none" stroke="{hexadecimal(color)}" stroke-width="{width:.2f}" stroke-linecap="round"'
        f' stroke-linejoin="round"{see_through}{" " + extra if extra else ""}/>'
    )


def ellipse(center: tuple[float, float], rx: float, ry: float, fill: Rgb | str, opacity: float = 1.0, extra: str = "") -> str:
    """A filled ellipse."""
    paint = fill if isinstance(fill, str) else hexadecimal(fill)
    see_through = f' fill-opacity="{opacity:.3g}"' if opacity < 1 else ""
    shape = f'cx="{center[0]:.1f}" cy="{center[1]:.1f}" rx="{rx:.1f}" ry="{ry:.1f}"'
    return f'<ellipse {shape} fill="{paint}"{see_through}{" " + extra if extra else ""}/>'


def text(words: str, start: tuple[float, float], size: float, color: Rgb, anchor: str = "start") -> str:
    """A line of text on a baseline, in the Korean font; `words` must need no escaping."""
    place = f'x="{start[0]:.1f}" y="{start[1]:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
    return f'<text {place} font-family="NanumGothic" fill="{hexadecimal(color)}">{words}</text>'


def group(name: str, title: str, *children: str, extra: str = "") -> str:
    """A named, titled group, so that an editor shows what it holds; nothing when it is empty."""
    content = "".join(children)
    return f'<g id="{name}"{" " + extra if extra else ""}><title>{title}</title>{content}</g>' if content else ""


def _stops(stops: Sequence[Stop]) -> str:
    return "".join(
        f'<stop offset="{offset:g}" stop-color="{hexadecimal(color)}"' + (f' stop-opacity="{opacity:g}"' if opacity < 1 else "") + "/>"
        for offset, color, opacity in stops
    )
