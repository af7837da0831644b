"""Pictures from anywhere and results in S3, as programs imported it: `from s3_utils import S3Manager, generate_case_id`.

The class, and what it does, is as before; names of methods that were not written down anywhere are the natural ones:
`download_image_from_source`, `download_image_as_base64`, `upload_image`, `upload_pil_image`, `upload_text_report`, `upload_json_data`,
`list_images`, `get_case_results`.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dasibom_legacy import settings
from dasibom_legacy.case_id import generate_case_id
from dasibom_legacy.inputs import read_source
from dasibom_legacy.pictures import as_png
from dasibom_legacy.s3 import SCHEME, CaseStore, list_pictures
from PIL import Image

__all__ = ["S3Manager", "generate_case_id"]


class S3Manager:
    """One bucket of results.

    Nothing is asked of Amazon before it is needed: reading local files and web addresses works without credentials.
    """

    def __init__(self, bucket_name: str = settings.FORMER_BUCKET, region_name: str = settings.FORMER_REGION) -> None:
        """Name the bucket."""
        self.bucket_name = bucket_name
        self.region_name = region_name
        self._store = CaseStore(bucket_name, region_name)
        self._runs: dict[tuple[str, str], tuple[datetime, set[str]]] = {}  # by case: its time, and the names stored with it

    def download_image_from_source(self, source: str | os.PathLike[str]) -> bytes:
        """The bytes of a file, an `s3://` object in any bucket, or an `http(s)://` address (30 s).

        Raises:
            LegacyError: it cannot be read, and why.
        """
        return read_source(source, self.region_name)

    def download_image_as_base64(self, source: str | os.PathLike[str]) -> str:
        """The same as base64 text."""
        return base64.b64encode(self.download_image_from_source(source)).decode()

    def upload_image(self, image_data: bytes, case_id: str, filename: str, case_type: str = "general") -> str:
        """Store a picture, as PNG; gives its `s3://` URL.

        Raises:
            LegacyError: it could not be stored, and why. So do the other methods that store.
            OSError: the bytes are no picture.
        """
        return self._put("images", filename, as_png(image_data), case_id, case_type)

    def upload_pil_image(self, image: Image.Image, case_id: str, filename: str, case_type: str = "general") -> str:
        """Store a picture, as PNG; gives its `s3://` URL."""
        return self._put("images", filename, as_png(image), case_id, case_type)

    def upload_text_report(self, text: str, case_id: str, filename: str, case_type: str = "general") -> str:
        """Store a text or an HTML page, each with its own media type; gives its `s3://` URL."""
        return self._put("reports", filename, text.encode(), case_id, case_type)

    def upload_json_data(
        self, data: str | Mapping[str, Any] | Sequence[Any], case_id: str, filename: str, case_type: str = "general"
    ) -> str:
        """Store JSON, as text or as values; gives its `s3://` URL."""
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, indent=2)
        return self._put("data", filename, text.encode(), case_id, case_type)

    def list_images(self, prefix: str) -> list[str]:
        """`s3://` URLs of all pictures under a prefix: `s3://bucket/prefix`, or one of this object's own bucket.

        Raises:
            LegacyError: it cannot be listed, and why.
        """
        url = prefix if prefix.startswith(SCHEME) else f"{SCHEME}{self.bucket_name}/{prefix.lstrip('/')}"
        return list_pictures(url, self.region_name)

    def get_case_results(self, case_id: str, case_type: str = "general") -> dict[str, list[str]]:
        """`s3://` URLs of everything that a run has stored, as `images`, `reports` and `data`.

        Raises:
            LegacyError: the bucket cannot be listed, and why.
        """
        return self._store.results(case_id, case_type)

    def _put(self, kind: str, name: str, data: bytes, case_id: str, case_type: str) -> str:
        case = case_type, case_id
        moment, names = self._runs.get(case, (None, set()))
        if moment is None or name in names:  # all files of a run carry one time; the same name again is another run
            moment, names = datetime.now().astimezone(), set()
        self._runs[case] = moment, names | {name}
        return self._store.put(case_type, case_id, kind, name, data, moment=moment)
