"""A lease on the memory of a GPU that processes share, kept in Redis: taken in turn, renewed, and gone with its holder.

Processes wait in line for memory and only the first in line may take it, so that a large model is not overtaken by
small ones. Every step is one script, so it is atomic; times are the server's own.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from functions.common.errors import ModelUnavailable

_RETRY_SECONDS: Final = 5
_TIMEOUT_SECONDS: Final = 2.0
_PREFIX: Final = "imajin:gpu"
_KEYS: Final = ("leases", "line", "sizes", "waiting", "tickets", "since")

# KEYS: leases and places in line (each a sorted set of ids), how much each id wants, until when each waits, a counter,
# and since when there is any of this: before a term has passed nobody is given anything, for a Redis that comes back
# without its data may have forgotten leases that are still held. Their holders renew them within that time.
_SWEEP: Final = """
local leases, line, sizes, waiting, tickets, since = unpack(KEYS)
local id, size, capacity, term = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now)) do
  redis.call('ZREM', leases, dead)
  redis.call('HDEL', sizes, dead)
end
local waiters = redis.call('HGETALL', waiting)
for index = 1, #waiters, 2 do
  if tonumber(waiters[index + 1]) <= now then
    redis.call('HDEL', waiting, waiters[index])
    redis.call('ZREM', line, waiters[index])
  end
end
local used = 0
for _, taken in ipairs(redis.call('HVALS', sizes)) do used = used + tonumber(taken) end
redis.call('SETNX', since, now)
local function keep()
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, 100 * term) end
end
local function hold()
  redis.call('ZREM', line, id)
  redis.call('HDEL', waiting, id)
  redis.call('ZADD', leases, now + term, id)
  redis.call('HSET', sizes, id, size)
  keep()
end
"""
# 0: taken; otherwise the place in line, from 1.
_TAKE: Final = (
    _SWEEP
    + """
if redis.call('ZSCORE', leases, id) then
  hold()
  return 0
end
if not redis.call('ZSCORE', line, id) then redis.call('ZADD', line, redis.call('INCR', tickets), id) end
redis.call('HSET', waiting, id, now + term)
local place = redis.call('ZRANK', line, id)
local settled = now - tonumber(redis.call('GET', since)) >= term
if place == 0 and settled and used + size <= capacity then
  hold()
  return 0
end
keep()
return place + 1
"""
)
# 1: still held, or held again, for what it stands for is still in use; 0: others have been given that memory.
_RENEW: Final = (
    _SWEEP
    + """
if redis.call('ZSCORE', leases, id) or used + size <= capacity then
  hold()
  return 1
end
return 0
"""
)
_RELEASE: Final = (
    _SWEEP
    + """
redis.call('ZREM', leases, id)
redis.call('HDEL', sizes, id)
redis.call('ZREM', line, id)
redis.call('HDEL', waiting, id)
return 1
"""
)

logger = logging.getLogger(__name__)


class LeaseError(Exception):
    """The lease can never be had."""


@dataclass(frozen=True, slots=True)
class Share:
    """Memory of a GPU: how much is wanted, and how much of it there is to be leased."""

    gpu: str
    wanted_mb: int
    capacity_mb: int


class Lease:
    """One process's lease. `lost` is called, in a thread of its own, if others are given the memory while it is held.

    While Redis cannot be reached a held lease stays in force: nobody else can take one meanwhile.
    """

    def __init__(self, url: str, share: Share, *, term_seconds: float, lost: Callable[[], None]) -> None:
        """Raises ValueError for a URL that is not one of Redis, LeaseError for more than there is."""
        if share.wanted_mb > share.capacity_mb:
            raise LeaseError(f"the model takes {share.wanted_mb} MB, the GPU has {share.capacity_mb} MB to lease")
        self._client: Any = redis.Redis.from_url(
            url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            # Asking again is done here, as long as it takes.
            retry=Retry(NoBackoff(), 0),
        )
        # In a cluster, keys with the same part in braces are on the same node.
        keys = [f"{_PREFIX}:{{{share.gpu}}}:{name}" for name in _KEYS]
        self._id = uuid.uuid4().hex
        values = (self._id, share.wanted_mb, share.capacity_mb, round(term_seconds * 1000))
        self._take, self._renew, self._release = (
            _bound(self._client.register_script(script), keys, values) for script in (_TAKE, _RENEW, _RELEASE)
        )
        self._share = share
        self._term_seconds = term_seconds
        self._lost = lost
        self._ended = threading.Event()
        self._place: int | None = None
        """In line; None before Redis answered."""
        self._held = False

    def take(self) -> None:
        """Waits in line for the lease, and renews it from then on. Raises LeaseError if it is released meanwhile."""
        while not self._ended.is_set():
            place = self._asked(self._take)
            if place == 0:
                self._held = True
                threading.Thread(target=self._keep, name="renew-lease", daemon=True).start()
                logger.info("leased %d MB of %s", self._share.wanted_mb, self._share.gpu)
                return
            if place != self._place:
                logger.info("waiting for %d MB of %s: %s", self._share.wanted_mb, self._share.gpu, _said(place))
            self._place = place
            self._ended.wait(min(1.0, self._term_seconds / 5))
        raise LeaseError("released before it was taken")

    def hindrance(self) -> ModelUnavailable | None:
        """Why the model is not there yet, for whoever asks for it; None once the lease is held."""
        if self._held:
            return None
        return ModelUnavailable(
            f"the model is waiting for GPU memory: {_said(self._place)}", retry_after_seconds=_RETRY_SECONDS
        )

    def release(self) -> None:
        """Gives the memory, or the place in line, to the others. Safe to call twice."""
        if not self._ended.is_set():
            self._ended.set()
            self._asked(self._release)
        self._client.close()

    def _keep(self) -> None:
        answered: int | None = 1
        while not self._ended.wait(self._term_seconds / (3 if answered is not None else 15)):
            answered = self._asked(self._renew)
            if answered == 0:
                logger.error("the lease on %s is lost: it was not renewed in time, and others took it", self._share.gpu)
                self._ended.set()
                self._lost()

    def _asked(self, script: Callable[[], Any]) -> int | None:
        """What the script answers; None where Redis does not."""
        try:
            return int(script())
        except redis.RedisError as error:
            # Its message may have the URL in it, and with it a password.
            logger.warning("the GPU lease's Redis does not answer (%s)", type(error).__name__)
            return None


def _said(place: int | None) -> str:
    return "Redis cannot be reached" if place is None else f"number {place} in line"


def _bound(script: Any, keys: list[str], values: tuple[str | int, ...]) -> Callable[[], Any]:
    return lambda: script(keys=keys, args=values)
