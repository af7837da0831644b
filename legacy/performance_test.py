#!/usr/bin/env python3
"""Times the two scripts of case 1 on one picture, as `performance_test.py` always did.

python performance_test.py
python performance_test.py 화면.jpg
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from dasibom_legacy.demo import run_demo
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.inputs import missing
from dasibom_legacy.mesh import connect

from dasibom.language import say

IMAGE = "test_images/cctv/cctv이미지_얼굴선명.png"
ORIGINAL, ENHANCED = "comparison_test/original", "comparison_test/enhanced"
_HERE = Path(__file__).resolve().parent


def run_timed(script: str, *arguments: str, limit: float) -> float:
    """Run a script on the service that this process is connected to; gives the seconds that it took.

    Args:
        script: file name.
        arguments: its command line.
        limit: seconds after which it has failed.

    Raises:
        LegacyError: it failed, or took longer.
    """
    # Neither time counts the start of a service of its own.
    environment = os.environ | {"DASIBOM_URL": connect().address.url}
    environment.pop("DASIBOM_LEGACY_EXIT_ZERO", None)
    start = time.perf_counter()
    try:
        done = subprocess.run([sys.executable, str(_HERE / script), *arguments], env=environment, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise LegacyError(say(f"{script}: {limit:.0f}초 안에 끝나지 않았습니다", f"{script}: over {limit:.0f} seconds")) from None
    if done.returncode:
        raise LegacyError(say(f"{script}: 종료 코드 {done.returncode}", f"{script}: status {done.returncode}"))
    return time.perf_counter() - start


def remark(ratio: float) -> str:
    """What a ratio of times means."""
    if ratio < 1.5:
        return say("시간 차이가 작습니다", "hardly slower")
    return say("조금 더 걸립니다", "somewhat slower") if ratio < 2.0 else say("더 오래 걸립니다", "slower")


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("케이스 1 두 방식의 시간 비교", "time the two scripts of case 1"))
    parser.add_argument("image", nargs="?", default=IMAGE, help=say("사진 (기본: %(default)s)", "picture (default: %(default)s)"))
    image = parser.parse_args().image
    if not Path(image).is_file():
        raise missing(image)
    original = run_timed("demo_case1.py", image, "-o", ORIGINAL, limit=300)
    enhanced = run_timed("demo_case1_enhanced.py", image, "-o", ENHANCED, "-v", "3", limit=600)
    print(say(f"기본: {original:.1f}초", f"plain: {original:.1f} s"))
    print(say(f"개선: {enhanced:.1f}초", f"enhanced: {enhanced:.1f} s"))
    print(say(f"비율: {enhanced / original:.1f}x ({remark(enhanced / original)})", f"ratio: {enhanced / original:.1f}x"))
    print(f"  {ORIGINAL}/montage.png")
    print(f"  {ENHANCED}/enhanced_montage_best.png")
    print(f"  {ENHANCED}/enhanced_variation_*.png")


if __name__ == "__main__":
    run_demo(main)
