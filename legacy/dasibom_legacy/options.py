"""Command-line options that the enhanced scripts share, of all their generations."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from dasibom.language import say
from dasibom_legacy import settings
from dasibom_legacy.output import LOCAL_FOLDERS, CaseOutput, open_output


def add_result_options(parser: ArgumentParser, case_type: str) -> None:
    """Add `--output/-o`, `--case-id/-c`, `--bucket/-b` and `--region/-r`."""
    folder = LOCAL_FOLDERS[case_type]
    parser.add_argument(
        "--output",
        "-o",
        metavar="DIR",
        help=say(f"결과 폴더 (버킷도 지정하지 않으면 {folder})", f"folder for results ({folder} when no bucket is named either)"),
    )
    parser.add_argument("--case-id", "-c", help=say("케이스 ID (없으면 현재 시각)", "id of the case (the time when absent)"))
    parser.add_argument(
        "--bucket",
        "-b",
        help=say(
            f"결과를 올릴 S3 버킷. 지정해야 올립니다 (예전 기본값: {settings.FORMER_BUCKET}). 환경 변수 DASIBOM_LEGACY_BUCKET",
            f"S3 bucket for results; none unless named here or by DASIBOM_LEGACY_BUCKET (formerly {settings.FORMER_BUCKET})",
        ),
    )
    parser.add_argument(
        "--region", "-r", default=settings.FORMER_REGION, help=say("S3 리전 (기본: %(default)s)", "S3 region (default: %(default)s)")
    )


def chosen_output(arguments: Namespace, case_type: str) -> CaseOutput:
    """Where these options send results."""
    return open_output(case_type, case_id=arguments.case_id, folder=arguments.output, bucket=arguments.bucket, region=arguments.region)


def speaks_local(arguments: Namespace, output: CaseOutput) -> bool:
    """Whether the closing lines are those of the first generation, which knew nothing but `--output`."""
    return arguments.output is not None and output.store is None
