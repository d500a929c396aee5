"""How the page's files are served: what may be kept, in which encoding, and what the page is allowed."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from edge_server.guard import Guard
from edge_server.page import Page, is_page_path

SCRIPT = "console.log('a script of the page');" * 20


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Lobby</title>")
    (folder / "assets" / "index-abc123.js").write_text(SCRIPT)
    (folder / "assets" / "index-abc123.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (folder / "assets" / "index-abc123.js.br").write_bytes(b"stands for brotli")
    (folder / "manifest.webmanifest").write_text("{}")
    return folder


def client_of(folder: Path, key: str | None = None) -> httpx.AsyncClient:
    app = Guard(Starlette(routes=Page.load([folder]).routes()), api_key=key)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1")


async def test_hashed_files_may_be_kept_for_ever_and_all_others_are_asked_for_again(built: Path) -> None:
    async with client_of(built) as client:
        script, index = await client.get("/assets/index-abc123.js"), await client.get("/")
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert index.headers["cache-control"] == "no-cache"
        known = await client.get("/", headers={"If-None-Match": index.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
        assert (await client.get("/desk")).text == index.text


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("", None),
        ("identity", None),
    ],
)
async def test_the_smallest_form_that_the_browser_takes_is_sent(
    built: Path, accepted: str, encoding: str | None
) -> None:
    async with (
        client_of(built) as client,
        client.stream("GET", "/assets/index-abc123.js", headers={"Accept-Encoding": accepted}) as answer,
    ):
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_every_answer_forbids_what_the_page_does_not_need(built: Path) -> None:
    async with client_of(built) as client:
        for path in ("/", "/assets/index-abc123.js", "/manifest.webmanifest"):
            headers = (await client.get(path)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert "microphone=(self)" in headers["permissions-policy"]
            assert headers["x-content-type-options"] == "nosniff"


async def test_the_page_needs_no_key_and_gives_nothing_else_away(built: Path) -> None:
    async with client_of(built, key="a key") as client:
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/assets/index-abc123.js")).status_code == 200
        for path in ("/metrics", "/assets", "/assets/../secret", "/assets/nothing.js", "/assets/%2e%2e/index.html"):
            assert (await client.get(path)).status_code in (401, 404), path
    assert not is_page_path("/v1/realtime/client_secrets")


async def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    async with client_of(tmp_path) as client:
        answer = await client.get("/")
        assert answer.status_code == 503
        assert "python3 run.py web" in answer.text
        assert (await client.get("/sw.js")).status_code == 404
