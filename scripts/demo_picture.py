"""Make docs/images/demo.png, the README's picture, of what `make demo` left in outputs/demo/."""

from __future__ import annotations

from pathlib import Path

from services.common import imaging

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "outputs" / "demo"
HEIGHT = 330  # pixels
# The person in the sample frame, in shares of its width and height.
PERSON = (0.14, 0.42, 0.46, 1.0)


def main() -> None:
    """Put the frame, its person enhanced, and two montages side by side."""
    names = ("original_01.jpg", "enhanced_01.png", "montage_01.png", "montage_02.png")
    frame, enhanced, *montages = (imaging.decode((DEMO / name).read_bytes()).pixels for name in names)
    left, top, right, bottom = PERSON
    height, width = enhanced.shape[:2]
    person = enhanced[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    captions = ("CCTV 화면", "화질 개선", "몽타주 1", "몽타주 2")
    row = imaging.compose_row([frame, person, *montages], HEIGHT, captions)
    (ROOT / "docs" / "images" / "demo.png").write_bytes(imaging.encode(row))


if __name__ == "__main__":
    main()
