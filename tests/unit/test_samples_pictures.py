"""The sample pictures are what their script draws, and are fit for trying the system."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from services.common.picture import Picture
from services.common.questions import BY_KEY
from tests.default_models import make

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"


class Silent:
    def report(self, stage, step, total, preview=None):
        pass


def read(name):
    return cv2.cvtColor(cv2.imread(str(SAMPLES / name)), cv2.COLOR_BGR2RGB)


def test_the_script_draws_the_committed_files_byte_for_byte():
    done = subprocess.run([sys.executable, ROOT / "scripts/make_samples.py", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["face.jpg", "cctv_frame.jpg", "cctv_frame_2.jpg"])
def test_each_picture_shows_one_face(name):
    backend = make("faceswap")
    backend.load()
    (face,) = backend.detect(Picture(pixels=read(name)), with_embedding=False, monitor=Silent())
    assert face.score > 0.7


@pytest.mark.parametrize("name", ["cctv_frame.jpg", "cctv_frame_2.jpg"])
def test_the_orange_suit_shows_in_the_frames(name):
    hue, saturation, value = cv2.split(cv2.cvtColor(read(name), cv2.COLOR_RGB2HSV))
    orange = (hue < 15) & (saturation > 120) & (value > 80)
    assert orange.mean() > 0.01


def test_the_known_information_is_keyed_by_topic():
    known = json.loads((SAMPLES / "known_info.json").read_text(encoding="utf-8"))
    assert [key for key in known if key not in BY_KEY and key != "report"] == []
    person = json.loads((SAMPLES / "person_info.json").read_text(encoding="utf-8"))
    assert set(person) == {"gender", "age", "height", "build", "hair", "clothing", "additional_info"}
