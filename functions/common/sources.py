"""Where pictures may be fetched from. By default from nowhere: an operator allows hosts and buckets by name."""

from __future__ import annotations

from dataclasses import dataclass

from functions.common.downloads import Downloader
from functions.common.fetching import FetchLimits
from functions.common.objects import Grant, ObjectStore, open_client, parse_grants
from functions.common.settings import SettingsReader
from functions.common.urls import AllowedHosts, parse_allowed


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """What an operator allows."""

    hosts: AllowedHosts
    grants: tuple[Grant, ...]
    limits: FetchLimits
    region: str


def read_source_settings(read: SettingsReader, region: str) -> SourceSettings:
    """The settings of URL and S3 input.

    - `ALLOWED_URL_HOSTS`: entries separated by commas. `host` and `host:port` take https, and only while all of the
      host's addresses are public; `*` is any such host at port 443. `https://host[:port]` and `http://host[:port]`
      name exactly that origin and are the operator's word for it: such a host may be in a private network or this
      machine (a metadata service never), and plain http is taken from no other.
    - `ALLOWED_S3`: entries `bucket` or `bucket/prefix`; a prefix stands for whole path segments.
    - `FETCH_TIMEOUT_SECONDS` for all of one fetch, redirects included; `MAX_DOWNLOAD_BYTES` for one picture.
    """
    return SourceSettings(
        hosts=read.entries("ALLOWED_URL_HOSTS", parse_allowed),
        grants=read.entries("ALLOWED_S3", parse_grants),
        limits=FetchLimits(
            timeout_seconds=read.number("FETCH_TIMEOUT_SECONDS", 5.0, minimum=0.1, maximum=60),
            max_bytes=read.integer("MAX_DOWNLOAD_BYTES", 20_000_000, minimum=1024, maximum=1 << 30),
        ),
        region=region,
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """What fetches pictures; None where that kind of input is off."""

    downloads: Downloader | None = None
    objects: ObjectStore | None = None


def open_sources(settings: SourceSettings) -> Sources:
    """What these settings allow, ready for use. Imports boto3 where S3 input is on, and only there."""
    hosts, limits = settings.hosts, settings.limits
    return Sources(
        downloads=Downloader(hosts, limits) if hosts.any_public or hosts.public or hosts.origins else None,
        objects=ObjectStore(settings.grants, limits, open_client(settings.region, limits.timeout_seconds))
        if settings.grants
        else None,
    )
