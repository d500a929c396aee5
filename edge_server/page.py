"""The web page, as `python3 run.py web` builds it: its files, how long a browser may keep them, and what they may do.

Files whose names carry a hash of their content may be kept for ever; all others are asked for again each time, and
answered with 304 while they are the same. The page runs no script and no style that does not come from this server, and
talks to this server only.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from edge_server.errors import error_response

FOLDERS = (Path(__file__).parent / "page_files", Path(__file__).parents[1] / "web" / "dist")
"""Where a built page is: inside the installed package, or in a checkout."""
SCREENS = ("/", "/desk")
"""Addresses at which the page opens: for customers, and for who looks after the desk."""
FILES = ("/manifest.webmanifest", "/sw.js", "/icon.svg", "/icon-192.png", "/icon-512.png")
ASSETS = "/assets/"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""Encodings that files are kept in, the smallest first, with what is behind their names."""

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".svg": "image/svg+xml"}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Permissions-Policy": "microphone=(self), speaker-selection=(self), camera=(), geolocation=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Sent with every file of the page."""

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Lobby: the page is not built</title>
<h1>The page is not built yet</h1>
<p>The desk itself is running; only its web page is missing. It is built once, with Node.js 20.19 or newer and npm:</p>
<pre>python3 run.py web</pre>
<p>Then start the server again. Until then: <code>lobby kiosk</code> opens the desk in a terminal.</p>
</html>
"""


def is_page_path(path: str) -> bool:
    """Whether `path` is part of the page, which says nothing about anybody and is open to all."""
    return path in SCREENS or path in FILES or path.startswith(ASSETS)


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file with its encoded forms (`identity`, and `br` and `gzip` where the build made them)."""

    bodies: dict[str, bytes]
    media_type: str
    cache: str
    etag: str

    def answer(self, request: Request) -> Response:
        """The file in the best form that the client takes, or 304 when it has it."""
        accepted = _accepted(request.headers.get("accept-encoding", ""))
        encoding = next((name for name, _ in ENCODINGS if name in self.bodies and name in accepted), "identity")
        etag = f'"{self.etag}-{encoding}"'
        headers = {**HEADERS, "Cache-Control": self.cache, "ETag": etag, "Vary": "Accept-Encoding"}
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if etag in known:
            return Response(status_code=304, headers=headers)
        if encoding != "identity":
            headers["Content-Encoding"] = encoding
        return Response(self.bodies[encoding], media_type=self.media_type, headers=headers)


class Page:
    """All files of the page, in memory; `files` by their path. Empty where the page is not built."""

    def __init__(self, files: dict[str, PageFile]) -> None:
        self.files = files

    @classmethod
    def load(cls, folders: Sequence[Path] = FOLDERS) -> Page:
        """The page in the first of `folders` that has one."""
        folder = next((folder for folder in folders if (folder / "index.html").is_file()), None)
        if folder is None:
            return cls({})
        files = {f"/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
        encoded = tuple(suffix for _, suffix in ENCODINGS)
        return cls({name: _read(name, path) for name, path in files.items() if not name.endswith(encoded)})

    @property
    def built(self) -> bool:
        """Whether there is a page at all."""
        return bool(self.files)

    def routes(self) -> list[Route]:
        """What answers for the page. Answers every method that is not GET or HEAD with 405."""
        return [
            *(Route(path, self._screen, methods=["GET"]) for path in SCREENS),
            *(Route(path, self._file, methods=["GET"]) for path in FILES),
            Route(ASSETS + "{name}", self._file, methods=["GET"]),
        ]

    async def _screen(self, request: Request) -> Response:
        if not self.built:
            headers = {**HEADERS, "Cache-Control": "no-store"}
            return HTMLResponse(_NOT_BUILT, status_code=503, headers=headers)
        return self.files["/index.html"].answer(request)

    async def _file(self, request: Request) -> Response:
        found = self.files.get(request.url.path)
        if found is None:
            return error_response(404, "not_found", "There is no such file.")
        return found.answer(request)


def _read(name: str, path: Path) -> PageFile:
    body = path.read_bytes()
    bodies = {"identity": body}
    for encoding, suffix in ENCODINGS:
        form = path.with_name(path.name + suffix)
        if form.is_file():
            bodies[encoding] = form.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    cache = _FOR_EVER if name.startswith(ASSETS) else _ASK_AGAIN
    return PageFile(bodies, media_type, cache, hashlib.sha256(body).hexdigest()[:24])


def _accepted(header: str) -> frozenset[str]:
    """The encodings that an Accept-Encoding header takes."""
    taken = set()
    for one in header.split(","):
        name, _, parameters = one.partition(";")
        weight = parameters.replace(" ", "").removeprefix("q=")
        if not parameters or weight.strip("0.") != "":
            taken.add(name.strip().lower())
    return frozenset(taken)
