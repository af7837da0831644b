"""Draw the sample pictures of `samples/`: a reference face and two frames of an invented camera.

`python scripts/make_samples.py` writes them; `--check` compares the files with what it would write. The same library versions
(requirements/constraints.txt) give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

SAMPLES = Path(__file__).resolve().parent.parent / "samples"

# A frame is drawn at twice its size, so that its lines come out smooth.
DRAWN_SIZE = (1280, 720)
FRAME_SIZE = (640, 360)

# The hall, metres: across (x), up (y), away from the camera (z).
HALF_WIDTH, CEILING, DEPTH = 2.6, 2.9, 17.0
CAMERA = np.array([0.5, 2.35, 0.0])
PITCH = np.radians(13)
FOCAL = 900.0  # pixels of the drawn frame

PERSON_ROWS = (14, 345)  # of the portrait: from the hair to where the counter begins
PERSON_HEIGHT = 0.78  # metres that the portrait shows of the person
PERSON_OUTLINE = np.array(
    [
        (229, 16), (253, 21), (277, 37), (293, 48), (301, 75), (298, 98), (287, 119), (274, 134), (263, 155), (257, 178), (281, 202),
        (300, 220), (306, 243), (323, 246), (345, 270), (359, 309), (364, 345), (24, 345), (27, 328), (35, 305), (49, 270), (70, 244),
        (96, 224), (113, 206), (114, 188), (123, 176), (140, 158), (157, 151), (184, 150), (181, 132), (173, 122), (160, 104), (154, 76),
        (158, 54), (185, 35), (205, 21),
    ]
)  # fmt: skip

PERSON_INFO = {
    "gender": "여성",
    "age": "30대 후반",
    "height": "170cm",
    "build": "보통 체격",
    "hair": "짧은 갈색 머리",
    "clothing": "주황색 상의, 주황색 바지, 검은색 신발",
    "additional_info": "안경을 쓰지 않음, 검은색 목 폴라를 받쳐 입음",
}
KNOWN_INFO = {
    "time_of_day": "저녁",
    "location_type": "실내",
    "upper_color": "주황색",
    "hair_color": "갈색",
    "posture": "곧은 자세",
    "company": "혼자",
    "report": "30대 후반 여성, 주황색 옷차림으로 저녁 7시 무렵 역사 안내소 부근에서 마지막으로 보였다는 신고",
}


@dataclass(frozen=True, kw_only=True)
class Shot:
    """What differs between two frames of the camera."""

    seed: int
    person_x: float  # metres across
    mirrored: bool
    time: str


SHOTS = {
    "cctv_frame.jpg": Shot(seed=3, person_x=-0.25, mirrored=False, time="2026-03-14 19:42:07"),
    "cctv_frame_2.jpg": Shot(seed=4, person_x=0.75, mirrored=True, time="2026-03-14 19:42:31"),
}


def project(points: list[tuple[float, float, float]]) -> np.ndarray:
    """Pixels of points in the hall, N×2, int32; the camera looks along z, a little down."""
    x, y, z = (np.array(points, dtype=np.float64) - CAMERA).T
    up, away = y * np.cos(PITCH) + z * np.sin(PITCH), z * np.cos(PITCH) - y * np.sin(PITCH)
    return np.round(np.stack([DRAWN_SIZE[0] / 2 + FOCAL * x / away, DRAWN_SIZE[1] / 2 - FOCAL * up / away], axis=1)).astype(np.int32)


def fill(scene: np.ndarray, corners: list[tuple[float, float, float]], color: tuple[int, int, int], light: float = 1.0) -> None:
    """Paint a convex face of something in the hall; colours are RGB."""
    cv2.fillConvexPoly(scene, project(corners), tuple(channel * light for channel in color), cv2.LINE_AA)


def draw_hall() -> np.ndarray:
    """An empty station hall: tiles, doors, ceiling lights, a sign, notices."""
    scene = np.full((DRAWN_SIZE[1], DRAWN_SIZE[0], 3), 40, dtype=np.uint8)
    near = 1.0
    for z in np.arange(DEPTH - 1, near - 1, -1.0):
        front, back, light = max(z, near), z + 1.0, 1.0 - 0.035 * z
        for column, x in enumerate(np.arange(-HALF_WIDTH, HALF_WIDTH - 0.1, 0.65)):
            shade = light * (0.94 if (column + int(z)) % 2 else 1.0)
            fill(scene, [(x, 0, front), (x + 0.65, 0, front), (x + 0.65, 0, back), (x, 0, back)], (150, 146, 138), shade)
        for side, color in ((-HALF_WIDTH, (176, 172, 158)), (HALF_WIDTH, (160, 158, 150))):
            fill(scene, [(side, 0, front), (side, 1.1, front), (side, 1.1, back), (side, 0, back)], (112, 124, 128), light)
            fill(scene, [(side, 1.1, front), (side, CEILING, front), (side, CEILING, back), (side, 1.1, back)], color, light)
        fill(
            scene,
            [(-HALF_WIDTH, CEILING, front), (HALF_WIDTH, CEILING, front), (HALF_WIDTH, CEILING, back), (-HALF_WIDTH, CEILING, back)],
            (120, 120, 118),
            light,
        )
        if int(z) % 2 == 0:
            lamp_light = 1.0 if int(z) % 4 == 0 else 0.55
            for x in (-1.1, 1.1):
                fill(
                    scene,
                    [
                        (x - 0.16, CEILING, front + 0.2),
                        (x + 0.16, CEILING, front + 0.2),
                        (x + 0.16, CEILING, back),
                        (x - 0.16, CEILING, back),
                    ],
                    (246, 250, 244),
                    lamp_light,
                )
    end = DEPTH
    fill(scene, [(-HALF_WIDTH, 0, end), (HALF_WIDTH, 0, end), (HALF_WIDTH, CEILING, end), (-HALF_WIDTH, CEILING, end)], (78, 84, 92))
    fill(scene, [(-1.3, 0, end), (1.3, 0, end), (1.3, 2.1, end), (-1.3, 2.1, end)], (34, 44, 60))
    for z in (4.2, 8.2, 12.2):
        fill(
            scene,
            [(-HALF_WIDTH, 0, z), (-HALF_WIDTH, 2.05, z), (-HALF_WIDTH, 2.05, z + 1.1), (-HALF_WIDTH, 0, z + 1.1)],
            (88, 74, 62),
            1 - 0.03 * z,
        )
        fill(
            scene,
            [(HALF_WIDTH, 1.2, z), (HALF_WIDTH, 2.1, z), (HALF_WIDTH, 2.1, z + 1.4), (HALF_WIDTH, 1.2, z + 1.4)],
            (196, 204, 206),
            1 - 0.03 * z,
        )
        fill(
            scene,
            [(HALF_WIDTH, 1.5, z + 0.2), (HALF_WIDTH, 2.0, z + 0.2), (HALF_WIDTH, 2.0, z + 1.2), (HALF_WIDTH, 1.5, z + 1.2)],
            (70, 104, 140),
            1 - 0.03 * z,
        )
    fill(scene, [(-0.9, 2.45, 9), (0.9, 2.45, 9), (0.9, 2.8, 9), (-0.9, 2.8, 9)], (22, 110, 70))
    fill(scene, [(-0.7, 2.55, 9), (0.1, 2.55, 9), (0.1, 2.7, 9), (-0.7, 2.7, 9)], (214, 238, 222))
    return scene


def draw_counter(scene: np.ndarray, z: float, top: float) -> None:
    """An information counter across the near part of the hall; it hides what stands behind it."""
    left, right, front = -1.25, 1.75, z - 0.55
    fill(scene, [(left, top, z), (right, top, z), (right, top, front), (left, top, front)], (168, 150, 124))
    fill(scene, [(left, top, front), (right, top, front), (right, 0, front), (left, 0, front)], (104, 84, 66))
    fill(
        scene, [(left, top - 0.05, front), (right, top - 0.05, front), (right, top - 0.09, front), (left, top - 0.09, front)], (70, 56, 44)
    )
    fill(scene, [(-1.0, top, z - 0.2), (-0.78, top, z - 0.2), (-0.74, top + 0.16, z - 0.12), (-0.96, top + 0.16, z - 0.12)], (52, 56, 62))
    fill(
        scene,
        [(1.32, top + 0.005, z - 0.2), (1.6, top + 0.005, z - 0.2), (1.55, top + 0.005, z - 0.4), (1.27, top + 0.005, z - 0.4)],
        (206, 206, 198),
    )


def nasa_portrait() -> np.ndarray:
    """NASA's portrait of an astronaut, public domain: 512×512×3, uint8, RGB."""
    from skimage.data import astronaut

    return np.asarray(astronaut())  # type: ignore[no-untyped-call]


def cut_person() -> tuple[np.ndarray, np.ndarray]:
    """The NASA portrait's upper body: H×W×3, uint8, RGB, and its weight H×W, float32, 0..1."""
    portrait = nasa_portrait()
    weight = np.zeros(portrait.shape[:2], dtype=np.uint8)
    cv2.fillPoly(weight, [PERSON_OUTLINE.astype(np.int32)], 255, cv2.LINE_AA)
    soft = cv2.GaussianBlur(cv2.erode(weight, np.ones((3, 3), np.uint8)), (0, 0), 1.5).astype(np.float32) / 255
    rows = slice(*PERSON_ROWS)
    return portrait[rows], soft[rows]


def place_person(scene: np.ndarray, x: float, floor: float, z: float, mirrored: bool) -> None:
    """Stand the person behind the counter, with a soft shadow on what is behind."""
    person, weight = cut_person()
    if mirrored:
        person, weight = person[:, ::-1], weight[:, ::-1]
    foot, head = project([(x, floor, z), (x, floor + PERSON_HEIGHT, z)])
    scale = (foot[1] - head[1]) / person.shape[0]
    center = np.array([(24 + 364) / 2, 0.0]) if not mirrored else np.array([person.shape[1] - (24 + 364) / 2, 0.0])
    move = np.array([[scale, 0, foot[0] - scale * center[0]], [0, scale, head[1]]])
    weight = cv2.warpAffine(weight, move, DRAWN_SIZE, flags=cv2.INTER_AREA)[..., None]
    person = cv2.warpAffine(person, move, DRAWN_SIZE, flags=cv2.INTER_AREA)
    shadow = cv2.GaussianBlur(np.roll(weight[..., 0], (14, 22), axis=(0, 1)), (0, 0), 16)[..., None]
    lit = scene * (1 - 0.35 * shadow)
    scene[:] = np.round(lit * (1 - weight) + person * 0.9 * weight).astype(np.uint8)


def degrade(scene: np.ndarray, seed: int) -> np.ndarray:
    """What a cheap camera makes of the scene in the evening: small, soft, dim, greenish, noisy."""
    noise = np.random.default_rng(seed)
    frame = cv2.resize(scene, FRAME_SIZE, interpolation=cv2.INTER_AREA)
    frame = cv2.GaussianBlur(frame, (0, 0), 0.9).astype(np.float64) / 255
    rows, columns = np.mgrid[-1 : 1 : FRAME_SIZE[1] * 1j, -1 : 1 : FRAME_SIZE[0] * 1j]
    vignette = 1 - 0.28 * (rows**2 + columns**2) / 2
    frame = 0.03 + 0.74 * frame**1.25 * vignette[..., None] * [0.97, 1.02, 0.93]
    grain = noise.normal(0, 0.022, frame.shape[:2])[..., None]
    chroma = cv2.GaussianBlur(noise.normal(0, 0.05, frame.shape), (0, 0), 1.6)
    return np.asarray(np.round(np.clip(frame + grain + chroma, 0, 1) * 255).astype(np.uint8))


def draw_frame(shot: Shot) -> np.ndarray:
    """One frame of the camera, H×W×3, uint8, RGB."""
    scene = draw_hall()
    counter_top, person_z = 1.12, 2.35
    # The portrait ends below the counter's edge, so that the counter hides its cut.
    place_person(scene, shot.person_x, counter_top - 0.08, person_z, shot.mirrored)
    draw_counter(scene, person_z - 0.1, counter_top)
    frame = degrade(scene, shot.seed)
    for text, left, baseline in (("CAM 03", 10, 20), (shot.time, FRAME_SIZE[0] - 186, 20)):
        for color, thickness in ((0, 3), (235, 1)):
            cv2.putText(frame, text, (left, baseline), cv2.FONT_HERSHEY_SIMPLEX, 0.48, (color,) * 3, thickness, cv2.LINE_AA)
    return frame


def crop_face() -> np.ndarray:
    """Head and shoulders of the NASA portrait, H×W×3, uint8, RGB."""
    return nasa_portrait()[0:320, 84:372]


def make_files() -> dict[str, bytes]:
    """Every sample file's bytes by its name."""
    files = {"face.jpg": encode(crop_face(), quality=92)}
    for name, shot in SHOTS.items():
        files[name] = encode(draw_frame(shot), quality=35)
    for name, content in (("person_info.json", PERSON_INFO), ("known_info.json", KNOWN_INFO)):
        files[name] = (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
    return files


def encode(pixels: np.ndarray, quality: int) -> bytes:
    """JPEG bytes of RGB pixels."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError("OpenCV could not encode the JPEG")
    return data.tobytes()


def main() -> int:
    """Write the samples, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file differs from what would be written")
    check = parser.parse_args().check
    differing = []
    for name, data in make_files().items():
        path = SAMPLES / name
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        elif not path.is_file() or path.read_bytes() != data:
            differing.append(name)
    if differing:
        print(f"differ from what make_samples.py draws: {', '.join(differing)}", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
