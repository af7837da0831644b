"""legacy/README.md leaves out no script and no fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LEGACY = Path(__file__).resolve().parents[3] / "legacy"
GUIDE = (LEGACY / "README.md").read_text()
SCRIPTS = """
run_missing_person_ai.py auto_case_detector.py bedrock_enhanced_case1.py bedrock_enhanced_case2.py bedrock_case3.py
bedrock_super_resolution.py bedrock_case1.py bedrock_case2.py demo_case1.py demo_case1_enhanced.py demo_case2.py demo_case2_enhanced.py
demo_case2_gpu_safe.py demo_case2_sdxl_only.py demo_case3.py demo_case3_fixed.py demo_super_resolution.py s3_utils.py aws_config.py
performance_test.py run_tests.sh test_enhanced_system.sh
""".split()
LAST_FAULT = 45


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_former_script_is_there_and_has_its_new_command(name: str) -> None:
    assert (LEGACY / name).is_file()
    rows = re.findall(r"^\| `[^|]*\|", GUIDE, re.MULTILINE)
    assert [row for row in rows if f"`{name}" in row] != []


def test_the_program_that_never_was_one_is_named_instead_of_kept() -> None:
    assert not (LEGACY / "QUICK_FIX_GUIDE.py").exists()
    assert "`QUICK_FIX_GUIDE.py`" in GUIDE


def test_every_fault_has_its_line_in_both_languages() -> None:
    rows = re.findall(r"^\| (\d+) \| (\S[^|]*) \| (\S[^|]*) \|$", GUIDE, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, LAST_FAULT + 1))
    for _, korean, english in rows:
        assert re.search("[가-힣]", korean)
        assert len(english.split()) > 3


def test_every_environment_variable_of_the_scripts_is_explained() -> None:
    code = "".join(path.read_text() for path in LEGACY.rglob("*.py") if path.name != "migrate_config.py")
    used = set(re.findall(r"DASIBOM_[A-Z0-9_]+", code))
    assert used != set()
    assert {name for name in used if f"`{name}" not in GUIDE} == set()


def test_files_that_the_guide_links_to_exist() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", GUIDE)
    assert links != []
    for link in links:
        assert (LEGACY / link).exists()
