"""The way around a request's 6 MB limit: a form that posts one picture to S3, for a while and up to a size."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from functions.jobs.aws import Bucket
from functions.jobs.records import new_id
from functions.jobs.schemas import UploadPlace, UploadRequest, UploadResult
from functions.jobs.settings import UPLOADS, Settings
from functions.jobs.timestamps import timestamp


@dataclass(frozen=True, slots=True)
class Uploads:
    """Places for pictures. `now` is in seconds since 1970."""

    settings: Settings
    bucket: Bucket
    now: Callable[[], float] = time.time

    def offer(self, request: UploadRequest) -> UploadResult:
        """A new place, that nobody guesses, and the form that fills it. Raises StorageUnavailable."""
        key, settings = f"{UPLOADS}/{new_id()}", self.settings
        url, fields = self.bucket.post_form(
            key, request.content_type, max_bytes=settings.max_upload_bytes, seconds=settings.upload_seconds
        )
        return UploadResult(
            url=url,
            fields=fields,
            max_bytes=settings.max_upload_bytes,
            expires_at=timestamp(self.now() + settings.upload_seconds),
            s3=UploadPlace(bucket=self.bucket.name, key=key),
        )
