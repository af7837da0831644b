#!/usr/bin/env python3
"""Asks for AWS access and checks it, as `aws_config.py` always did: for the buckets, since the models are DasiBom's own now.

    python aws_config.py

As a library: `AWSConfig().validate()`.
"""

from __future__ import annotations

import configparser
import getpass
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from dasibom_legacy import jobs, settings
from dasibom_legacy.demo import run_demo
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.mesh import connect

from dasibom.client import DasibomError
from dasibom.language import say

PROFILE = "dasibom"
"""Profile under which typed keys are kept."""

_METHODS = (
    ("AWS CLI 프로필", "profile of the AWS CLI"),
    ("환경 변수", "environment variables"),
    ("키 직접 입력", "keys typed here"),
    ("EC2 인스턴스 역할", "role of the EC2 instance"),
)
_TYPED = 3
_TIMES = Config(connect_timeout=10, read_timeout=20, retries={"max_attempts": 1})


@dataclass
class AWSConfig:
    """Access to AWS."""

    region: str = settings.FORMER_REGION
    keys: dict[str, str] = field(default_factory=dict, repr=False)  # by the names of the environment variables; empty for boto3's own chain

    def setup(self) -> None:
        """Ask for the region and the way of signing in, on the console.

        Raises:
            LegacyError: an answer that there is not, or keys without a secret.
        """
        self.region = _ask(say(f"AWS 리전 [{self.region}]", f"AWS region [{self.region}]")) or self.region
        for number, (korean, english) in enumerate(_METHODS, start=1):
            print(f"  {number}. {say(korean, english)}")
        chosen = _ask(say("인증 방법 (1-4)", "way of signing in (1-4)"))
        if chosen not in {"1", "2", "3", "4"}:
            raise LegacyError(say(f"1에서 4 사이의 번호가 아닙니다: {chosen!r}", f"not a number from 1 to 4: {chosen!r}"))
        if int(chosen) == _TYPED:
            self._type_keys()

    def _type_keys(self) -> None:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        self.keys = {name: value for name in names if (value := _ask(name, secret=name != names[0]))}
        if len(self.keys.keys() & set(names[:2])) < 2:
            raise LegacyError(say("키 ID와 비밀 키가 모두 필요합니다.", "Both the key's id and its secret are needed."))
        os.environ.update(self.keys)

    def validate(self) -> dict[str, Any]:
        """Whose access this is.

        Returns:
            `Account`, `Arn` and `UserId`.

        Raises:
            LegacyError: it is refused or cannot be checked, and why.
        """
        try:
            answer = self.get_client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise LegacyError(say(f"AWS 인증을 확인하지 못했습니다: {error}", f"AWS access could not be checked: {error}")) from None
        return {name: answer[name] for name in ("Account", "Arn", "UserId")}

    def get_client(self, service: str = "s3") -> Any:
        """A boto3 client of a service in the region."""
        return boto3.client(service, region_name=self.region, config=_TIMES)  # type: ignore[call-overload]

    def save(self) -> Path:
        """Keep typed keys for later processes, as a profile of the AWS tools that no one else may read; gives the file.

        Raises:
            LegacyError: there is such a profile already.
        """
        path = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or Path.home() / ".aws" / "credentials")
        profiles = configparser.RawConfigParser()
        profiles.read(path, "utf-8")
        if PROFILE in profiles:
            raise LegacyError(say(f"{path}에 프로필 {PROFILE}이(가) 이미 있습니다.", f"{path} has a profile {PROFILE} already."))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = ["", f"[{PROFILE}]", *(f"{name.lower()} = {value}" for name, value in self.keys.items()), f"region = {self.region}", ""]
        # Appended, so that other profiles and their comments stay as they are.
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write("\n".join(lines))
        return path


def _ask(question: str, *, secret: bool = False) -> str:
    """An answer from the console; empty at the end of input."""
    try:
        if secret and sys.stdin.isatty():
            return getpass.getpass(f"{question}: ").strip()
        return input(f"{question}: ").strip()
    except EOFError:
        return ""


def _show_models() -> None:
    """A line for each model, whether it may work."""
    client = connect()
    try:
        services = client.models()
    except DasibomError as error:
        raise LegacyError(jobs.unreachable(client, error)) from None
    for service in services:
        for model in service.models:
            usable = not model.failure
            print(f"✅ 모델 접근 가능: {model.name}" if usable else f"⚠️  모델 접근 불가: {model.name}")
        if not service.reachable:
            print(f"⚠️  모델 접근 불가: {service.service} ({service.failure})")


def main() -> None:
    """Run the script."""
    access = AWSConfig()
    access.setup()
    identity = access.validate()
    print(say(f"✅ AWS 인증 확인: {identity['Arn']}", f"✅ AWS access: {identity['Arn']}"))
    if access.keys:
        keep = _ask(say(f"키를 프로필 {PROFILE}에 저장할까요? [y/N]", f"Keep the keys as profile {PROFILE}? [y/N]"))
        if keep.lower() in {"y", "yes", "예"}:
            path = access.save()
            print(say(f"💾 {path}에 저장했습니다. 사용: export AWS_PROFILE={PROFILE}", f"💾 Kept in {path}: export AWS_PROFILE={PROFILE}"))
        else:
            print(say("이 프로그램이 끝나면 입력한 키는 남지 않습니다.", "The keys are gone when this program ends."))
    _show_models()


if __name__ == "__main__":
    run_demo(main)
