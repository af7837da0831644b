"""Pictures on their way in: checked, stored, known by an id. Uploads, inline bytes and addresses all end here."""

from __future__ import annotations

from collections.abc import Sequence

from dasibom.orchestrator.v1.input_pb2 import ImageSource
from services.common import imaging
from services.common.errors import InvalidRequest, ServiceError
from services.orchestrator.history import FileOrigin, FileRecord, History, NewFile
from services.orchestrator.ids import new_file_id
from services.orchestrator.storage import ForeignObjects, GuardedFetcher, Storage

_EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")  # what counts as a picture in a folder


class PictureIntake:
    """Brings pictures into storage."""

    def __init__(self, history: History, storage: Storage, fetcher: GuardedFetcher, foreign: ForeignObjects) -> None:
        """Make an intake.

        Args:
            history: where files are listed.
            storage: where they are kept.
            fetcher: for `https://` addresses.
            foreign: for `s3://` addresses.
        """
        self._history = history
        self._storage = storage
        self._fetcher = fetcher
        self._foreign = foreign

    async def store(self, data: bytes, *, name: str, origin: FileOrigin, field: str) -> FileRecord:
        """Check a picture and keep it.

        Args:
            data: the encoded picture.
            name: its file name; folders are cut off.
            origin: how it came in.
            field: where it stands in the request, for the error.

        Raises:
            InvalidRequest: it is not a picture that can be used; says why.
        """
        try:
            # Decoded whole, not only looked at: what is accepted here must not fail an hour later in a model service.
            picture = await imaging.decode_async(data)
        except imaging.BadPicture as error:
            reason = f"IMAGE_{error.reason.upper()}"
            raise InvalidRequest(f"{field}: {error}", reason=reason, field_violations=[(field, str(error))]) from None
        file = new_file_id()
        key = f"files/{file}"
        stored = await self._storage.put(key, data, media_type=picture.media_type)
        new = NewFile(
            id=file,
            name=name.replace("\\", "/").rpartition("/")[2][:255],
            media_type=picture.media_type,
            size=stored.size,
            sha256=stored.sha256,
            width=picture.width,
            height=picture.height,
            storage_key=key,
            origin=origin,
        )
        return await self._history.files.add(new)

    async def resolve(self, sources: Sequence[tuple[str, ImageSource]]) -> list[str]:
        """Replace every source by the id of a stored file, in place.

        Args:
            sources: pairs of source and the path of the field that holds it, `frames[0].uri`, the path first.

        Returns:
            The files' ids.

        Raises:
            ServiceError: a picture cannot be had or used; names the field.
        """
        files = []
        for field, source in sources:
            file = await self._resolve(field, source)
            source.file = file.id
            files.append(file.id)
        return files

    async def names(self, folder: str, *, limit: int) -> list[str]:
        """The pictures of a folder, in the order of their names: addresses of `s3://`, or keys of the own storage.

        Args:
            folder: `s3://bucket/prefix`, or a prefix of the own storage.
            limit: most objects that are looked at.

        Raises:
            ServiceError: the folder cannot be read.
            ValueError: it is no folder of the own storage.
        """
        found: list[str] = []
        if folder.startswith("s3://"):
            found = await self._foreign.list(folder, limit=limit)
        else:
            async for key in self._storage.list(folder.rstrip("/") + "/"):
                found.append(key)
                if len(found) == limit:
                    break
        return sorted(name for name in found if name.lower().endswith(_EXTENSIONS))

    async def take(self, name: str, *, field: str) -> FileRecord:
        """Bring in one picture that `names` gave. Raises what `store` raises, and what reading it raises."""
        data = await self._foreign.read(name) if name.startswith("s3://") else await self._storage.read(name)
        return await self.store(data, name=name, origin=FileOrigin.REMOTE, field=field)

    async def _resolve(self, field: str, source: ImageSource) -> FileRecord:
        kind = source.WhichOneof("source")
        if kind == "file":
            return await self._history.files.get(source.file)
        if kind == "data":
            return await self.store(source.data, name="", origin=FileOrigin.INLINE, field=field)
        try:
            data = await self._foreign.read(source.uri) if source.uri.startswith("s3://") else await self._fetcher.fetch(source.uri)
        except ServiceError as error:
            error.field_violations.append((field, error.message))
            raise
        # The last part of an address is the name that people know the picture by.
        return await self.store(data, name=source.uri.partition("?")[0], origin=FileOrigin.REMOTE, field=field)
