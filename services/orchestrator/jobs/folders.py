"""Folders of pictures in a submission: every picture below a prefix becomes one of the request's."""

from __future__ import annotations

from typing import Any

from dasibom.orchestrator.v1.orchestrator_service_pb2 import AnalyzeCaseRequest, SubmitCase1Request, SubmitCase3Request
from services.common.errors import InvalidRequest, ServiceError
from services.orchestrator.jobs.pictures import PictureIntake

OWN = "inputs/"
"""Where in the own storage folders may lie: everything else there belongs to jobs."""

_MOST_PICTURES = 32
_MOST_OBJECTS = 10_000  # that are looked at in one folder


class FolderIntake:
    """Opens the folder that a request names."""

    def __init__(self, intake: PictureIntake) -> None:
        self._intake = intake

    async def open(self, request: Any) -> list[str]:
        """Put a folder's pictures into the request, in place; those that cannot be read are listed in its `left_out`.

        Returns:
            The files' ids.

        Raises:
            InvalidRequest: the folder is none, holds no picture that can be read, or too many.
            ServiceError: it cannot be read.
        """
        match request:
            case AnalyzeCaseRequest():
                field, prefix, pictures = "images_prefix", request.images_prefix, request.images
            case SubmitCase1Request() | SubmitCase3Request():
                field, prefix, pictures = "frames_prefix", request.frames_prefix, request.frames
            case _:
                return []
        del request.left_out[:]
        if not prefix:
            return []
        files = []
        for name in await self._names(field, prefix, room=_MOST_PICTURES - len(pictures)):
            try:
                file = await self._intake.take(name, field=field)
            except InvalidRequest as error:
                request.left_out.append(f"{name.rpartition('/')[2]}: {error.message.removeprefix(f'{field}: ')}")
                continue
            pictures.add(file=file.id)
            files.append(file.id)
        if not pictures:
            raise _refused(field, f"none of the {len(request.left_out)} pictures in {prefix} can be read: {'; '.join(request.left_out)}")
        return files

    async def _names(self, field: str, prefix: str, *, room: int) -> list[str]:
        if not prefix.startswith(("s3://", OWN)) or "/../" in f"/{prefix}/":
            raise _refused(field, f"must be s3://bucket/prefix, or begin with {OWN}")
        try:
            names = await self._intake.names(prefix, limit=_MOST_OBJECTS)
        except ValueError as error:
            raise _refused(field, str(error)) from None
        except ServiceError as error:
            error.field_violations.append((field, error.message))
            raise
        if not names:
            raise _refused(field, f"there is no picture in {prefix}")
        if len(names) > room:
            raise _refused(field, f"{prefix} has {len(names)} pictures; there is room for {room}: name a smaller folder")
        return names


def _refused(field: str, message: str) -> InvalidRequest:
    return InvalidRequest(f"{field}: {message}", reason="BAD_FOLDER", field_violations=[(field, message)])
