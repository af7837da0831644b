"""Pictures and files on their way in and out."""

from __future__ import annotations

import asyncio
import builtins
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, overload

from dasibom.client.errors import Internal, InvalidRequest
from dasibom.client.pictures import MOST_PICTURES, LocalPicture, Picture, Upload, UploadedFolder, file_id, pictures_in, url
from dasibom.client.saving import whole_file
from dasibom.client.transport import Transport
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as pb
from dasibom.orchestrator.v1.file_pb2 import Artifact, File
from dasibom.orchestrator.v1.input_pb2 import ImageSource

if TYPE_CHECKING:  # this one exists for type checkers alone
    from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import OrchestratorServiceAsyncStub

TRANSFER_SECONDS = 600.0
_UPLOADS_AT_ONCE = 4


class FileTransfers:
    """The part of a client that uploads and downloads."""

    _transport: Transport

    async def upload(self, picture: LocalPicture, *, name: str = "") -> File:
        """Upload one picture.

        Args:
            picture: path, bytes, or open binary file; at most 32 MiB.
            name: file name to give it; the path's own when empty.
        """
        upload = await asyncio.to_thread(Upload.read, picture, name)

        async def send() -> File:
            return await self._stub.Upload(upload.messages(), **self._transport.options(TRANSFER_SECONDS))

        try:
            return await self._transport.call(send)
        except InvalidRequest as error:
            # The service does not know which of many it is.
            error.message = ": ".join(filter(None, (upload.name, error.message)))
            raise

    async def upload_folder(self, folder: str | os.PathLike[str]) -> UploadedFolder:
        """Upload every picture of a folder, in the order of their names; one that the service cannot read stops no other.

            uploaded = await client.upload_folder("cctv")
            job = await client.case1(uploaded.files)

        Args:
            folder: pictures that lie directly in it are taken, 1 to 32.

        Raises:
            InvalidRequest: there is no picture in it that can be read, or too many.
            OSError: the folder or a file in it cannot be read.
        """
        pictures = await asyncio.to_thread(pictures_in, folder)
        if not 1 <= len(pictures) <= MOST_PICTURES:
            raise InvalidRequest(f"{os.fspath(folder)} has {len(pictures)} pictures; give 1 to {MOST_PICTURES}")
        room = asyncio.Semaphore(_UPLOADS_AT_ONCE)

        async def send(picture: Path) -> File | InvalidRequest:
            async with room:
                try:
                    return await self.upload(picture)
                except InvalidRequest as error:
                    return error

        answers = await asyncio.gather(*map(send, pictures))
        left_out = {picture: answer for picture, answer in zip(pictures, answers, strict=True) if isinstance(answer, InvalidRequest)}
        files = tuple(answer for answer in answers if isinstance(answer, File))
        if not files:
            reasons = "; ".join(error.message for error in left_out.values())
            raise InvalidRequest(f"none of the {len(pictures)} pictures in {os.fspath(folder)} can be read: {reasons}")
        return UploadedFolder(files=files, left_out=left_out)

    @overload
    async def download(self, file: str | File | Artifact, to: None = None) -> bytes: ...
    @overload
    async def download(self, file: str | File | Artifact, to: str | os.PathLike[str]) -> Path: ...
    async def download(self, file: str | File | Artifact, to: str | os.PathLike[str] | None = None) -> bytes | Path:
        """Download an upload or an artifact; what arrives is checked against its hash.

        Args:
            file: the file, or its id.
            to: where to write it; it appears there whole or not at all.

        Returns:
            The bytes, or the path when `to` is given.
        """
        if to is None:
            pieces: builtins.list[bytes] = []
            await self._fetch(file, pieces.clear, pieces.append)
            return b"".join(pieces)
        with whole_file(Path(to)) as target:
            await self._fetch(file, lambda: (target.seek(0), target.truncate()), target.write)
        return Path(to)

    @property
    def _stub(self) -> OrchestratorServiceAsyncStub:
        return self._transport.stub

    async def _source(self, picture: Picture) -> ImageSource:
        if known := file_id(picture):
            return ImageSource(file=known)
        if address := url(picture):
            return ImageSource(uri=address)
        assert not isinstance(picture, File)
        return ImageSource(file=(await self.upload(picture)).id)

    async def _sources(self, pictures: Sequence[Picture]) -> Sequence[ImageSource]:
        if isinstance(pictures, str | bytes | os.PathLike):
            raise TypeError("give a list of pictures, even for one")
        room = asyncio.Semaphore(_UPLOADS_AT_ONCE)

        async def source(picture: Picture) -> ImageSource:
            async with room:
                return await self._source(picture)

        return await asyncio.gather(*map(source, pictures))

    async def _fetch(self, file: str | File | Artifact, restart: Callable[[], object], write: Callable[[bytes], object]) -> None:
        request = pb.DownloadRequest(file=file.file if isinstance(file, Artifact) else file.id if isinstance(file, File) else file)

        async def fetch() -> None:
            restart()
            digest = hashlib.sha256()
            call = self._stub.Download(request, **self._transport.options(TRANSFER_SECONDS))
            async for piece in call:
                digest.update(piece.data)
                write(piece.data)
            expected = "" if isinstance(file, str) else file.sha256
            expected = expected or str((await call.initial_metadata()).get("etag", "")).strip('"')
            if expected and expected != digest.hexdigest():
                raise Internal(f"{request.file} arrived with other bytes than the service has; download it again")

        await self._transport.call(fetch)
