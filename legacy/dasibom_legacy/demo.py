"""What the scripts of the local toolkit (`demo_*.py`) share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from dasibom.client import DasibomError
from dasibom.command.exits import describe
from dasibom.language import say
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request, SubmitCase2Request
from dasibom_legacy import jobs
from dasibom_legacy.console import run_script
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.inputs import find_one, find_sources, no_pictures, upload, upload_all
from dasibom_legacy.lettering import no_photo_card
from dasibom_legacy.mesh import connect
from dasibom_legacy.pictures import as_png
from dasibom_legacy.records import put_person, read_json

Place = str | os.PathLike[str]
Info = Place | Mapping[str, Any]

MOST_VARIANTS = 8
"""Variants that one job draws."""


def run_demo(main: Callable[[], int | None], *, failed: str = "") -> NoReturn:
    """Run a script's `main` and end the process; see `console.run_script`.

    Args:
        main: gives the exit status. Whatever it raised for people to read ended a script of the local toolkit with 0 formerly.
        failed: last line of a run that failed.
    """

    def attempt() -> int:
        try:
            return main() or 0
        except LegacyError as error:
            print(f"❌ {error.message}")
        except DasibomError as error:
            print(f"❌ {describe(error)}")
        if failed:
            print(failed)
        return 1

    run_script(attempt)


def positive(text: str) -> int:
    """A number from 1, of a command line.

    Raises:
        ValueError: it is none; argparse says so.
    """
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def read_info(info: Info) -> dict[str, Any]:
    """What is known of a person, from a JSON file or as it is. See `records.read_json`."""
    return dict(info) if isinstance(info, Mapping) else read_json(info)


def run_case1(image: Place, *, name: str, variants: int = 1, seed: int | None = None, refine: bool = False) -> jobs.FinishedJob:
    """Run case 1 on a frame, or on all frames of a folder or prefix.

    Args:
        image: file, folder, `s3://` object or prefix, or `http(s)://` address.
        name: of the job.
        variants: montages, at most `MOST_VARIANTS`.
        seed: of the first montage; the others follow it.
        refine: whether each montage's face is cropped and refined.

    Raises:
        LegacyError: the case could not be run, and why.
    """
    sources = find_sources(image)
    if not sources:
        raise LegacyError(no_pictures(image))
    client = connect()
    frames = [picture.message for picture in upload_all(client, sources)]
    request = SubmitCase1Request(frames=frames, enhance=False, refine=refine, variants=variants)
    return jobs.run(client, request, name=name, seed=seed)


def run_case2(
    info: Mapping[str, Any], face: Place | None, *, name: str, variants: int = 1, seed: int | None = None, refine: bool = False
) -> jobs.FinishedJob:
    """Run case 2.

    Args:
        info: what is known of the person.
        face: file, `s3://` object or `http(s)://` address; a card that shows no face where there is none.
        name: of the job.
        variants: bodies, at most `MOST_VARIANTS`.
        seed: of the first body; the others follow it.
        refine: whether the pictures are refined.

    Raises:
        LegacyError: the case could not be run, and why.
    """
    if face is None:
        print(say("얼굴 사진이 없으므로 얼굴을 합성하지 않고 전신만 그립니다.", "There is no face photo, so the body alone is drawn."))
    source = as_png(no_photo_card()) if face is None else find_one(face)
    client = connect()
    request = SubmitCase2Request(face=upload(client, source).message, variants=variants, refine=refine)
    put_person(request, info)
    return jobs.run(client, request, name=name, seed=seed)


def usable_face(face: Place | None) -> Place | None:
    """A face photo that may be missing: the photo, or None with a line on the console that it is not there."""
    if face is None:
        return None
    try:
        return find_one(face)
    except LegacyError as error:
        print(say(f"⚠️  얼굴 사진 없이 진행합니다. {error.message}", f"⚠️  Going on without a face photo. {error.message}"))
        return None


def batches(count: int) -> Sequence[int]:
    """Sizes of the jobs that make `count` variants."""
    whole, rest = divmod(count, MOST_VARIANTS)
    return [MOST_VARIANTS] * whole + ([rest] if rest else [])
