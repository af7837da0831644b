"""Turn the settings of the former scripts, and of the backend beside them, into those of DasiBom.

    python legacy/migrate_config.py .env docker-compose.yml
    python legacy/migrate_config.py .env --output dasibom.env --with-secrets

Reads environment files (`KEY=VALUE`), shell exports, `environment` of docker-compose files, and property or YAML files. Every name is
mapped, kept, or named as obsolete with the reason; names that are not known are listed. Secrets are never printed; they go into the output
file on request alone, which then nobody else can read. Ends with 1 when a line or file could not be read.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dasibom.language import say

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_ASSIGNED = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*?)\s*")
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_.]*)(?::-?([^}]*))?\}|\$([A-Za-z_]\w*)")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")

_REGIONS = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS.REGION", "REGION", "REGION_NAME"}
_BUCKETS = {"AWS_S3_BUCKET_NAME", "AWS.S3.BUCKET", "BUCKET", "BUCKET_NAME"}
_CREDENTIALS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
_KEPT = {
    "AWS_PROFILE": ("AWS SDK가 그대로 읽습니다.", "The AWS SDK reads it as before."),
    "AWS_DEFAULT_REGION": ("AWS SDK가 그대로 읽습니다.", "The AWS SDK reads it as before."),
    "HF_HOME": ("모델을 내려받는 곳으로 그대로 쓰입니다.", "Still where downloaded models are kept."),
    "PYTORCH_CUDA_ALLOC_CONF": ("GPU에서 PyTorch가 그대로 읽습니다.", "PyTorch still reads it on a GPU."),
}
_BACKEND = re.compile(r"(?:SPRING|POSTGRES|SERVER|AWS[._](?:REGION|S3))[._]?", re.IGNORECASE)
_SECRET = re.compile(r"KEY|SECRET|TOKEN|PASSW|CREDENTIAL|DATABASE_URL|REDIS_URL", re.IGNORECASE)
_MODELS = {
    "CLAUDE_MODEL_ID": "vqa",
    "CLAUDE_FALLBACK_MODEL_ID": "vqa",
    "NOVA_CANVAS_MODEL_ID": "diffusion",
    "TITAN_IMAGE_MODEL_ID": "superres",
    "SDXL_MODEL_ID": "diffusion",
}
_SAFE182 = "www.safe182.go.kr"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A former setting."""

    name: str
    value: str
    file: str  # where it was read


@dataclass(kw_only=True)
class Migrated:
    """What becomes of the former settings."""

    settings: dict[str, str] = field(default_factory=dict)  # for our environment
    secrets: dict[str, str] = field(default_factory=dict)  # the same, not to be shown
    notes: list[str] = field(default_factory=list)  # for people: what became of each name
    unknown: list[str] = field(default_factory=list)  # names
    unreadable: list[str] = field(default_factory=list)  # places, with the reason


def main() -> int:
    """Run the command; returns the exit status."""
    arguments = _arguments()
    migrated = Migrated()
    found = [setting for path in arguments.files for setting in _read(path, migrated)]
    if arguments.environment:
        found += [Setting(name=name, value=value, file=say("환경", "environment")) for name, value in os.environ.items() if _is_ours(name)]
    migrate(found, migrated)
    text = _document(migrated, [path.name for path in arguments.files], with_secrets=arguments.with_secrets)
    if arguments.output is None:
        sys.stdout.write(text)
    else:
        _write(arguments.output, text, private=arguments.with_secrets)
        _tell(say(f"{arguments.output}에 썼습니다.", f"Written to {arguments.output}."))
    for line in (*migrated.notes, *migrated.unreadable):
        _tell(line)
    if migrated.unknown:
        _tell(say(f"알 수 없는 이름: {', '.join(migrated.unknown)}", f"Names not understood: {', '.join(migrated.unknown)}"))
    return 1 if migrated.unreadable else 0


def migrate(found: Sequence[Setting], migrated: Migrated) -> None:
    """Decide on every setting; several files may state the same one."""
    regions = _values(found, _REGIONS, _REGION, migrated)
    buckets = _values(found, _BUCKETS, _BUCKET, migrated)
    for setting in found:
        _decide(setting, migrated)
    region = regions[0] if regions else ""
    if region:
        migrated.settings["DASIBOM_S3_REGION"] = region
    if buckets:
        migrated.settings["DASIBOM_STORAGE_URL"] = f"s3://{buckets[0]}"
        migrated.settings["DASIBOM_S3_SOURCE_BUCKETS"] = ",".join(buckets)
        hosts = [f"{bucket}.s3.{region}.amazonaws.com" if region else f"{bucket}.s3.amazonaws.com" for bucket in buckets]
        migrated.settings["DASIBOM_FETCH_ALLOWED_HOSTS"] = ",".join([_SAFE182, *hosts])
        _note_storage(buckets, hosts, migrated)
    if len(regions) > 1:
        others = ", ".join(regions[1:])
        migrated.notes.append(
            say(
                f"리전이 여럿입니다. {region}을(를) 쓰고 {others}은(는) 쓰지 않습니다.", f"Several regions: {region} is used, {others} not."
            )
        )


def _values(found: Sequence[Setting], names: set[str], shape: re.Pattern[str], migrated: Migrated) -> list[str]:
    """Every different value of some names, in their order; those that cannot be meant are noted."""
    values: dict[str, None] = {}
    for setting in found:
        if setting.name.upper() not in names or not setting.value:
            continue
        if shape.fullmatch(setting.value):
            values[setting.value] = None
        else:
            migrated.unreadable.append(
                say(
                    f"{setting.file}: {setting.name}의 값을 알아볼 수 없습니다.",
                    f"{setting.file}: the value of {setting.name} is not valid.",
                )
            )
    return list(values)


def _decide(setting: Setting, migrated: Migrated) -> None:
    name, upper = setting.name, setting.name.upper()
    if upper in _CREDENTIALS:
        migrated.secrets[upper] = setting.value
        meaning = say("AWS SDK가 그대로 읽습니다(값은 보이지 않습니다).", "The AWS SDK reads it as before (its value is not shown).")
    elif upper in _MODELS:
        meaning = _obsolete_model(_MODELS[upper])
    elif upper in _REGIONS or upper in _BUCKETS:
        target = "DASIBOM_S3_REGION" if upper in _REGIONS else "DASIBOM_STORAGE_URL, DASIBOM_S3_SOURCE_BUCKETS, DASIBOM_FETCH_ALLOWED_HOSTS"
        stays = say(" 백엔드에도 그대로 둡니다.", " Also stays with the backend.") if upper.startswith("AWS") else ""
        meaning = f"→ {target}.{stays}"
        if upper in _KEPT and setting.value:
            migrated.settings[upper] = setting.value
    elif upper in _KEPT:
        if setting.value:
            migrated.settings[upper] = setting.value
        meaning = say(*_KEPT[upper])
    elif upper.startswith("DASIBOM_"):
        (migrated.secrets if _is_secret(upper, setting.value) else migrated.settings)[upper] = setting.value
        meaning = say("이미 다시봄의 설정입니다.", "A setting of DasiBom already.")
    elif _BACKEND.match(name):
        meaning = say("백엔드의 설정이라 백엔드에 그대로 둡니다.", "Belongs to the backend and stays there.")
    else:
        if name not in migrated.unknown:
            migrated.unknown.append(name)
        return
    note = f"{name}: {meaning}"
    if note not in migrated.notes:
        migrated.notes.append(note)


def _obsolete_model(service: str) -> str:
    return say(
        f"더 이상 쓰이지 않습니다. Bedrock의 모델 대신 {service} 서비스의 모델이 일합니다. "
        f"{service} 서비스의 DASIBOM_DEFAULT_MODEL로 고르며, 목록은 `dasibom models`입니다.",
        f"Obsolete: instead of a model on Bedrock, one of the {service} service does this. "
        f"Choose it by DASIBOM_DEFAULT_MODEL of the {service} service; `dasibom models` lists them.",
    )


def _note_storage(buckets: Sequence[str], hosts: Sequence[str], migrated: Migrated) -> None:
    migrated.notes.append(
        say(
            f"저장소는 {buckets[0]} 버킷의 맨 위입니다. 예전처럼 inputs/와 ai_image/를 씁니다. 누구나 읽을 수 있는 버킷이면 다른 버킷을 "
            f"쓰거나 ai_image/만 공개하십시오. ai_image/가 공개되어 있으면 DASIBOM_PUBLISHED_URL=https://{hosts[0]}",
            f"The storage is the top of bucket {buckets[0]}, with inputs/ and ai_image/ as before. If everyone may read it, take another "
            f"one, or open ai_image/ alone. Where ai_image/ is open: DASIBOM_PUBLISHED_URL=https://{hosts[0]}",
        )
    )


def _is_ours(name: str) -> bool:
    return name.upper() in {*_CREDENTIALS, *_MODELS, *_KEPT, "AWS_REGION", "AWS_S3_BUCKET_NAME"}


def _is_secret(name: str, value: str) -> bool:
    return bool(_SECRET.search(name)) or bool(re.search(r"://[^/@\s]+:[^/@\s]+@", value))


def _read(path: Path, migrated: Migrated) -> Iterator[Setting]:
    """The settings of one file; what cannot be read is noted by its place, never by its content."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or say("UTF-8 글이 아닙니다", "it is no text in UTF-8")
        migrated.unreadable.append(say(f"{path}: 읽을 수 없습니다 ({why}).", f"{path}: cannot be read ({why})."))
        return
    pairs = _yaml_pairs(path, text, migrated) if path.suffix.lower() in {".yml", ".yaml"} else _line_pairs(path, text, migrated)
    for name, value in pairs:
        resolved = _resolved(value)
        if resolved is None:
            why = say("다른 변수를 가리켜 값을 알 수 없습니다", "it names another variable, so its value is not known")
            migrated.notes.append(f"{path.name}: {name}: {why}.")
        yield Setting(name=name, value=resolved or "", file=path.name)


def _line_pairs(path: Path, text: str, migrated: Migrated) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", "!")):
            continue
        pairs = _assignments(stripped)
        if pairs is not None:
            yield from pairs
        elif path.suffix.lower() not in {".sh", ".bash", ".zsh"}:  # a script has other lines too
            migrated.unreadable.append(say(f"{path}:{number}: NAME=VALUE 꼴이 아닙니다.", f"{path}:{number}: this line is not NAME=VALUE."))


def _assignments(line: str) -> list[tuple[str, str]] | None:
    """What one line assigns: `A=1`, `export A=1 B=2`, `A = 1`, or `A=words with blanks`; None when it is no assignment."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # a quote that does not end
        return None
    words = words[1:] if words[:1] == ["export"] else words
    pairs = [word.partition("=") for word in words]
    if pairs and all(equals and _NAME.fullmatch(name) for name, equals, _ in pairs):
        return [(name, value) for name, _, value in pairs]
    found = _ASSIGNED.fullmatch(line)
    return [(found[1], re.sub(r"\s+#.*$", "", found[2]).strip("\"'"))] if found else None


def _yaml_pairs(path: Path, text: str, migrated: Migrated) -> Iterator[tuple[str, str]]:
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        migrated.unreadable.append(say(f"{where}: YAML이 아닙니다.", f"{where}: this is no YAML."))
        return
    services = document.get("services") if isinstance(document, Mapping) else None
    if not isinstance(services, Mapping):
        yield from _flat(document)
        return
    for service, content in services.items():
        listed = content.get("environment") if isinstance(content, Mapping) else None
        if isinstance(listed, Mapping):
            yield from ((str(name), "" if value is None else str(value)) for name, value in listed.items())
        for entry in listed if isinstance(listed, list) else ():
            name, _, value = str(entry).partition("=")
            if _NAME.fullmatch(name):
                yield name, value
            else:
                migrated.unreadable.append(
                    say(
                        f"{path}: {service}의 environment에 NAME=VALUE가 아닌 것이 있습니다.",
                        f"{path}: an entry of {service} is not NAME=VALUE.",
                    )
                )


def _flat(document: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every value of nested maps, its name with dots: `aws.s3.bucket`."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            yield from _flat(value, f"{prefix}.{name}" if prefix else str(name))
    elif prefix and not isinstance(document, list):
        yield prefix, "" if document is None else str(document)


def _resolved(value: str) -> str | None:
    """The value with the defaults of what it refers to; None where there is no default."""
    references = list(_REFERENCE.finditer(value))
    if any(found[2] is None for found in references):
        return None
    return _REFERENCE.sub(lambda found: found[2] or "", value)


def _document(migrated: Migrated, files: Sequence[str], *, with_secrets: bool) -> str:
    """The new environment file."""
    lines = [say(f"# 다시봄의 설정. 옮겨 온 곳: {', '.join(files)}", f"# Settings of DasiBom, from: {', '.join(files)}")]
    lines += [f"{name}={_quoted(value)}" for name, value in migrated.settings.items()]
    if migrated.secrets and with_secrets:
        lines += [f"{name}={_quoted(value)}" for name, value in migrated.secrets.items() if value]
    elif migrated.secrets:
        lines.append(
            say("# 비밀 값은 옮기지 않았습니다(--with-secrets로 옮김):", "# Secrets were not taken over (--with-secrets takes them):")
        )
        lines += [f"# {name}=" for name in migrated.secrets]
    lines += [f"# {note}" for note in migrated.notes]
    if migrated.unknown:
        lines.append(say(f"# 알 수 없는 이름: {', '.join(migrated.unknown)}", f"# Names not understood: {', '.join(migrated.unknown)}"))
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return value if re.fullmatch(r"[\w./:,@%+=-]*", value, re.ASCII) else shlex.quote(value)


def _write(path: Path, text: str, *, private: bool) -> None:
    """Write a new file; one with secrets is for its owner alone from its first byte on."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644), "w", encoding="utf-8") as file:
        file.write(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=say(
            "예전 스크립트의 설정을 다시봄의 설정으로 바꿉니다.", "Turn the settings of the former scripts into those of DasiBom."
        )
    )
    add = parser.add_argument
    add(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help=say(
            "환경 파일, 셸 스크립트, docker-compose·YAML·properties 파일", "environment, shell, docker-compose, YAML or property file"
        ),
    )
    add("--environment", action="store_true", help=say("지금 환경의 옛 변수도 읽음", "read the former variables of this environment too"))
    add(
        "--output",
        "-o",
        type=Path,
        metavar="FILE",
        help=say("쓸 파일(새 파일). 없으면 표준 출력", "new file to write; else standard output"),
    )
    add(
        "--with-secrets",
        action="store_true",
        help=say(
            "비밀 값도 옮김. --output이 필요하고, 본인만 읽을 수 있는 파일이 됩니다.",
            "take secrets over; needs --output, whose file only you can read",
        ),
    )
    add("--lang", choices=("ko", "en"), help=say("메시지 언어", "language of messages"))
    arguments = parser.parse_args()
    if not arguments.files and not arguments.environment:
        parser.error(say("파일을 하나 이상 주거나 --environment를 쓰십시오.", "give a file or --environment."))
    if arguments.with_secrets and arguments.output is None:
        parser.error(
            say(
                "--with-secrets에는 --output이 필요합니다. 비밀 값은 화면에 쓰지 않습니다.",
                "--with-secrets needs --output: secrets are not printed.",
            )
        )
    if arguments.output is not None and (arguments.output.exists() or not arguments.output.absolute().parent.is_dir()):
        parser.error(
            say(
                f"--output: {arguments.output}은(는) 이미 있거나 폴더가 없습니다.",
                f"--output: {arguments.output} exists, or its folder does not.",
            )
        )
    return arguments


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
