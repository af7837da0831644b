"""What the command tells about models: which there are, what would be fetched, whether what is there is right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from rich.table import Table

from dasibom.command.exits import Exit, describe_os_error
from dasibom.command.terminal import err, out, plain
from dasibom.language import say
from downloads.display import size_text
from downloads.errors import DownloadError
from downloads.fetch import free_space, room_for
from downloads.offer import Offer
from downloads.plan import Item, by_hand, entry_of, files_of
from services.common import manifest, weights
from services.common.backend import ModelSpec
from services.common.download_record import DownloadRecord
from services.common.errors import ServiceError


def list_models(extra: Path | None, folder: Path) -> None:
    """A table of all models, and the profiles."""
    table = Table(box=None, pad_edge=False)
    for heading in (
        say("모델", "Model"),
        say("서비스", "Service"),
        say("크기", "Size"),
        say("라이선스", "Licence"),
        say("상업적 이용", "Commercial use"),
        say("상태", "State"),
    ):
        table.add_column(heading, overflow="fold")
    for service, specs in manifest.services(extra).items():
        for spec in specs:
            commercial = say("가능", "yes") if spec.commercial_use else say("불가", "no")
            table.add_row(spec.name, service, _size(spec), spec.licence, commercial, _state(spec, folder / spec.name))
    out.print(table)
    profiles = manifest.profiles(extra)
    for name, members in profiles.items():
        out.print(f"--profile {name}: {', '.join(members)}")
    out.print(say("--profile all: 받을 것이 있는 모든 모델", "--profile all: every model that there is something to download for"))


def dry_run(specs: Iterable[ModelSpec], items: list[Item], offers: Mapping[Item, Offer | DownloadError], folder: Path) -> None:
    """Each file to fetch with its size, the total, and the room there is."""
    for item in items:
        out.print(_line(size_of(item, offers), plain(item.label)))
        if isinstance(offer := offers.get(item), DownloadError):
            out.print(f"{'':14}  {plain(str(offer))}")
    for spec in specs:
        for source, file in by_hand(spec):
            if not (folder / spec.name / file.path).is_file():
                out.print(_line(file.size, f"{spec.name}/{file.path}  {_hand(source.repository)}"))
    unknown = sum(not size_of(item, offers) for item in items)
    total = sum(size_of(item, offers) for item in items)
    more = say(f" + 크기를 모르는 파일 {unknown}개", f" + {unknown} of unknown size") if unknown else ""
    left = sum(room_for(item, size_of(item, offers)) for item in items)
    out.print(say(f"받을 파일 {len(items)}개, {size_text(total)}{more}", f"{len(items)} files to fetch, {size_text(total)}{more}"))
    free = size_text(free_space(folder))
    out.print(say(f"필요한 공간 {size_text(left)}, 남은 공간 {free} ({folder})", f"Room needed {size_text(left)}, free {free} ({folder})"))


def size_of(item: Item, offers: Mapping[Item, Offer | DownloadError]) -> int:
    """Bytes of an item, by the manifest or else by its server; 0 when neither says."""
    offer = offers.get(item)
    return item.size or (offer.size if isinstance(offer, Offer) else 0)


def verify(specs: Iterable[ModelSpec], folder: Path) -> int:
    """Check all files of models again, as loading does; answers the exit status."""
    status = Exit.OK
    for spec in specs:
        if not files_of(spec):
            out.print(f"{spec.name}: {say('받을 것이 없습니다', 'nothing to download')}")
            continue
        try:
            weights.verify(spec, folder / spec.name)
            out.print(f"{spec.name}: {say('확인했습니다', 'checked')}")
        except (ServiceError, OSError) as error:
            out.print(plain(f"{spec.name}: {describe_os_error(error) if not isinstance(error, ServiceError) else error.message}"))
            status = Exit.FAILED
    return status


def misses_by_hand(spec: ModelSpec, folder: Path) -> bool:
    """Whether a file is not there that an operator has to put there."""
    return any(not (folder / spec.name / file.path).is_file() for _, file in by_hand(spec))


def check_by_hand(spec: ModelSpec, record: DownloadRecord, folder: Path) -> bool:
    """Check what an operator has to put there, and say where it comes from where it is not; answers whether all is right."""
    right = True
    for source, file in by_hand(spec):
        path = weights.path_of(spec, file, folder / spec.name)
        if not path.is_file():
            err.print(f"{spec.name}/{file.path}: {_hand(source.repository)} → {path.absolute()}")
            right = False
            continue
        measured = weights.measure(path)
        if file.sha256 and measured != file.sha256.lower():
            message = say(f"SHA-256이 {file.sha256}이어야 하는데 {measured}입니다", f"has SHA-256 {measured} instead of {file.sha256}")
            err.print(f"{spec.name}/{file.path}: {message}", style="red")
            right = False
            continue
        if not file.sha256:
            message = say(
                f"매니페스트에 해시가 없습니다. 지금 파일의 SHA-256: {measured}",
                f"the manifest states no hash; this one has SHA-256 {measured}",
            )
            err.print(f"{spec.name}/{file.path}: {message}")
        record.files[file.path] = entry_of(source, path, measured)
        record.write(folder / spec.name)
    return right


def summary(specs: Iterable[ModelSpec], items: Iterable[Item], failed: Collection[str]) -> None:
    """One line a model."""
    fetched = {item.spec.name for item in items}
    for spec in specs:
        if spec.name in failed:
            text = say("받지 못했습니다", "not complete")
        elif spec.name in fetched:
            text = say("받았습니다", "downloaded")
        elif files_of(spec):
            text = say("이미 있습니다", "already there")
        else:
            text = say("받을 것이 없습니다", "nothing to download")
        err.print(f"{spec.name}: {text}")


def _line(size: int, text: str) -> str:
    return f"{size_text(size) if size else say('크기 모름', 'size unknown'):>14}  {text}"


def _hand(address: str) -> str:
    return say(f"직접 받아야 합니다: {address}", f"has to be fetched by hand: {address}")


def _size(spec: ModelSpec) -> str:
    files = files_of(spec)
    if not files:
        return "–"
    total = sum(file.size for file in files)
    if not total:
        return say("모름", "unknown")
    return size_text(total) if all(file.size for file in files) else f"> {size_text(total)}"


def _state(spec: ModelSpec, folder: Path) -> str:
    files = files_of(spec)
    if not files:
        return say("받을 것 없음", "nothing to download")
    there = sum((folder / file.path).is_file() for file in files)
    if there == len(files):
        return say("있음", "there")
    return say(f"일부 있음 ({there}/{len(files)})", f"partly there ({there}/{len(files)})") if there else say("없음", "not there")
