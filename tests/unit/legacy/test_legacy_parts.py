"""What the former scripts share, without a service."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bedrock_enhanced_case1 import EnhancedBedrockCase1
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.inputs import find_sources, is_http, read_source
from dasibom_legacy.lettering import korean_font, wrap
from dasibom_legacy.mesh import connect
from dasibom_legacy.output import id_or_folder, open_output
from dasibom_legacy.page import LocalPicture, ReportFrame, full_report, local_report
from dasibom_legacy.pictures import as_png, open_picture
from dasibom_legacy.preview import draw_preview
from dasibom_legacy.records import known_texts, put_person
from dasibom_legacy.s3 import content_type, result_key
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase2Request

ROOT = Path(__file__).resolve().parents[3]
EVIL = "<script>alert(\"1\")</script> & '특징'"


def test_case_ids_are_the_time_and_never_the_same_twice_even_across_programs(tmp_path: Path) -> None:
    ask = "from dasibom_legacy.case_id import generate_case_id; print(generate_case_id())"
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'legacy'}", "TMPDIR": str(tmp_path)}
    programs = [subprocess.Popen([sys.executable, "-c", ask], env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    ids = [program.communicate(timeout=60)[0].strip() for program in programs]
    assert all(re.fullmatch(r"\d{8}_\d{6}", one) for one in ids)
    assert len(set(ids)) == 3


@pytest.mark.parametrize("folder", ["outputs_20261123_120000/case1_montage", "./out", "outputs", Path("7"), "outputs_enhanced"])
def test_a_folder_where_a_case_id_is_expected_is_taken_as_the_folder(folder: str | Path) -> None:
    assert id_or_folder(folder) == (None, Path(folder))


@pytest.mark.parametrize("case_id", ["7", "20261123_120000", "실종 7", "case-2026.1"])
def test_a_case_id_is_a_case_id(case_id: str) -> None:
    assert id_or_folder(case_id) == (case_id, None)
    assert id_or_folder("") == (None, None)


def test_results_leave_the_machine_only_on_somebodys_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASIBOM_LEGACY_BUCKET", raising=False)
    quiet = open_output("case1_montage", case_id="7")
    assert (quiet.folder, quiet.store) == (Path("outputs_enhanced"), None)
    named = open_output("case1_montage", case_id="7", bucket="results")
    assert named.folder is None
    assert named.store is not None
    monkeypatch.setenv("DASIBOM_LEGACY_BUCKET", "theirs")
    both = open_output("case1_montage", case_id="7", folder="here")
    assert both.folder == Path("here")
    assert both.store is not None
    assert both.store.bucket == "theirs"


def test_keys_and_media_types_are_those_of_before_but_pages_are_pages() -> None:
    moment = datetime(2026, 3, 5, 7, 8, 9, tzinfo=UTC)
    key = result_key("case1_montage", "실종 7", "images", "03_nova_montage.png", moment)
    assert key == "cases/case1_montage/실종 7/images/20260305_070809_03_nova_montage.png"
    assert content_type("reports", "final_report.html") == "text/html; charset=utf-8"
    assert content_type("reports", "02_claude_analysis.txt") == "text/plain; charset=utf-8"
    assert content_type("images", "a.png") == "image/png"
    assert content_type("data", "manifest.json") == "application/json"


def test_a_file_whose_name_begins_with_http_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("http 화면.jpg").write_bytes(b"bytes")
    assert find_sources("http 화면.jpg") == ["http 화면.jpg"]
    assert read_source("http 화면.jpg") == b"bytes"
    assert is_http("HTTPS://host/a.jpg")
    assert not is_http("httpx")


def test_folders_are_searched_through_in_order(tmp_path: Path) -> None:
    for name in ("나/2.JPG", "나/1.webp", "가.bmp", "메모.txt", "다.png/그림.jpeg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(Path(path).relative_to(tmp_path)) for path in find_sources(tmp_path)]
    assert found == sorted(["가.bmp", "나/1.webp", "나/2.JPG", "다.png/그림.jpeg"])


def test_a_web_address_that_refuses_is_told_in_words(free_port: int) -> None:
    with pytest.raises(LegacyError, match=r"받을 수 없습니다|cannot be fetched"):
        read_source(f"http://127.0.0.1:{free_port}/a.jpg")


def test_what_models_say_is_escaped_in_both_pages() -> None:
    picture = Image.new("RGB", (4, 4))
    frame = ReportFrame(number=1, original=picture, enhanced=None, text=EVIL)
    pages = [
        full_report(case_id=EVIL, created="", model=EVIL, summary=EVIL, montage=picture, frames=[frame], techniques=[EVIL]),
        local_report(
            folder=EVIL,
            model=EVIL,
            analysis=EVIL,
            pictures=[LocalPicture(title=EVIL, file='가 "나".png', synthetic=True)],
            techniques=[EVIL],
        ),
    ]
    for page in pages:
        assert "<script" not in page
        assert "&lt;script&gt;" in page
    assert 'src="%EA%B0%80%20%22%EB%82%98%22.png"' in pages[1]


def test_without_a_montage_or_an_enhanced_copy_the_page_leaves_them_out() -> None:
    frame = ReportFrame(number=1, original=Image.new("RGB", (4, 4)), enhanced=None, text="특징")
    page = full_report(case_id="7", created="", model="m", summary="s", montage=None, frames=[frame], techniques=[])
    assert "🎨 통합 몽타주" not in page
    assert "향상 결과" not in page
    assert 'alt="original_1"' in page


def test_the_preview_shows_three_frames_below_a_summary_of_any_length() -> None:
    frames = [Image.new("RGB", (64, 36), color) for color in ("red", "lime", "blue", "white")]
    page = draw_preview("7", "가나다 " * 400 + "\n끝없이" * 50, frames)
    assert page.size == (1600, 900)
    assert [page.getpixel((40 + number * 340 + 160, 700)) for number in range(4)][:3] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert page.getpixel((40 + 3 * 340 + 160, 700)) == (0x10, 0x15, 0x22)
    above_captions = page.crop((0, 502, 1600, 514))
    assert above_captions.getcolors() == [(1600 * 12, (0x10, 0x15, 0x22))]


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="가나다라 abc\n", max_size=200), st.integers(40, 400))
def test_wrapped_lines_lose_no_letter_and_are_never_too_wide(text: str, width: int) -> None:
    font = korean_font(22)
    lines = list(wrap(text, font, width))
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")
    assert all(font.getlength(line) <= width for line in lines)


def test_forms_and_records_reach_the_service_each_as_what_it_is() -> None:
    form = SubmitCase2Request()
    put_person(form, {"gender": "남성", "age": 25, "hair": "", "clothing": ["셔츠", "바지"], "nickname": "passed over"})
    assert MessageToDict(form) == {"personInfo": {"gender": "남성", "age": "25", "clothing": "셔츠, 바지"}}
    record = {"sexdstnDscd": "여자", "age": "26", "alldressingDscd": "불상", "height": 162.0}
    stored = SubmitCase2Request()
    put_person(stored, record)
    assert MessageToDict(stored) == {"missingCase": record}


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.one_of(st.text(), st.integers(), st.booleans(), st.lists(st.integers()))))
def test_known_information_of_any_kind_keeps_its_values(info: dict[str, Any]) -> None:
    told = known_texts(info)
    assert told.keys() == {key for key, value in info.items() if value not in ("", [])}
    for key, text in told.items():
        assert text == info[key] if isinstance(info[key], str) else json.loads(text) == info[key]


def test_pictures_of_every_mode_become_upright_png(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (8, 4)).save(tmp_path / "a.jpg", exif=turned)
    assert open_picture((tmp_path / "a.jpg").read_bytes()).size == (4, 8)
    for mode in ("L", "P", "1", "RGBA", "CMYK"):
        file = tmp_path / f"{mode}.tif"
        Image.new(mode, (3, 2)).save(file)
        assert as_png(file.read_bytes()).startswith(b"\x89PNG")


def test_where_no_mesh_can_be_started_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASIBOM_URL", raising=False)
    monkeypatch.setitem(sys.modules, "dasibom.local", None)  # as where the client alone is installed
    with pytest.raises(LegacyError, match="DASIBOM_URL"):
        connect()


def test_an_address_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASIBOM_URL", "not an address")
    with pytest.raises(LegacyError, match="not an address"):
        connect()


def test_a_folder_without_pictures_gives_the_empty_answer_of_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = EnhancedBedrockCase1().process_complete_pipeline(str(tmp_path), case_id="7")
    assert answer == {"case_id": "7", "case_type": "case1_montage", "s3_urls": {}, "frames": []}
    assert str(tmp_path) in capsys.readouterr().out
