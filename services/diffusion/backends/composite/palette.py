"""Colors of skin and hair, and how a color lightens and darkens."""

from __future__ import annotations

from services.common.colors import BY_KEY

Rgb = tuple[int, int, int]  # sRGB, 0..255

SKIN: dict[str, Rgb] = {
    "fair": (244, 216, 198),
    "light": (236, 202, 178),
    "medium": (222, 182, 152),
    "tan": (196, 148, 114),
    "dark": (128, 88, 66),
}

HAIR: dict[str, Rgb] = {
    "black": (32, 28, 28),
    "dark brown": (56, 40, 32),
    "brown": (88, 60, 42),
    "light brown": (132, 94, 64),
    "blond": (206, 172, 116),
    "auburn": (110, 52, 36),
    "dark gray": (84, 82, 82),
    "gray": (134, 132, 130),
    "salt and pepper": (98, 96, 95),
    "white": (214, 212, 208),
}

BACKDROP: Rgb = (210, 218, 229)  # bluish, so that no gray or white cloth is taken for it


def hair_rgb(key: str) -> Rgb:
    """The color of hair: natural shades first, dyed ones from the table of cloth colors."""
    return HAIR[key] if key in HAIR else BY_KEY[key].rgb


def mix(first: Rgb, second: Rgb, amount: float) -> Rgb:
    """`first` at 0, `second` at 1."""
    r, g, b = (round(a + (b - a) * amount) for a, b in zip(first, second, strict=True))
    return (min(max(r, 0), 255), min(max(g, 0), 255), min(max(b, 0), 255))


def lighter(color: Rgb, amount: float) -> Rgb:
    """Towards white, 0..1."""
    return mix(color, (255, 255, 255), amount)


def darker(color: Rgb, amount: float) -> Rgb:
    """Towards black, 0..1."""
    return mix(color, (0, 0, 0), amount)


def luminance(color: Rgb) -> float:
    """How light a color is, 0..1 (Rec. 709 weights on sRGB values)."""
    return (0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]) / 255


def hexadecimal(color: Rgb) -> str:
    """As SVG writes it: `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*color)
