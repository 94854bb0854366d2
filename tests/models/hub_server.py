"""The few endpoints of the model hub that its client asks for one repository, over a real socket."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

REPO = "owner/tiny-siglip"
COMMIT = "c0ffee" * 6 + "1234"


class HubServer(ThreadingHTTPServer):
    """Serves `files` as REPO at COMMIT; weights are large files there, the rest plain git blobs."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.requests: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def describe(self, name: str, *, tree: bool) -> dict[str, Any]:
        content = self.files[name]
        entry: dict[str, Any] = {"size": len(content)}
        entry |= {"type": "file", "path": name, "oid": git_digest(content)} if tree else {"rfilename": name}
        if not tree:
            entry["blobId"] = git_digest(content)
        if name.endswith(".safetensors"):
            digest = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"size": len(content), "pointerSize": 134, "oid" if tree else "sha256": digest}
        return entry


def git_digest(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _answer(self, *, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append(f"{self.command} {path}")
        revisions = ("main", COMMIT)
        info = [f"/api/models/{REPO}", *(f"/api/models/{REPO}/revision/{revision}" for revision in revisions)]
        trees = [f"/api/models/{REPO}/tree/{revision}" for revision in revisions]
        resolved = [f"/{REPO}/resolve/{revision}/" for revision in revisions]
        if path in info:
            siblings = [self.server.describe(name, tree=False) for name in self.server.files]
            self._send(json.dumps({"id": REPO, "sha": COMMIT, "siblings": siblings}).encode(), body=body)
        elif path in trees:
            self._send(
                json.dumps([self.server.describe(name, tree=True) for name in self.server.files]).encode(), body=body
            )
        elif any(path.startswith(prefix) for prefix in resolved) and path.split("/", 5)[5] in self.server.files:
            name = path.split("/", 5)[5]
            content = self.server.files[name]
            entry = self.server.describe(name, tree=True)
            etag = entry["lfs"]["oid"] if "lfs" in entry else entry["oid"]
            self._send(content, body=body, headers={"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})
        else:
            code = "RevisionNotFound" if path.startswith(f"/api/models/{REPO}/") else "RepoNotFound"
            self._send(b"{}", body=body, status=404, headers={"X-Error-Code": code})

    def _send(self, content: bytes, *, body: bool, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[HubServer]:
    with HubServer(files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
