"""The page for a phone without network: the page itself, its manifest, and the worker that keeps both on the phone.

Source: W3C Web Application Manifest; W3C Service Workers. What the worker keeps is listed here, with the SHA-256 of
each file: the files of this page and of nothing else, the same for everybody.
"""

import base64
import hashlib
import json
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from merestone import __version__
from merestone.languages import LANGUAGES, gettext, gettext_noop, phone_messages, speaking, unreviewed_safety_messages
from merestone.service.conditional import is_known
from merestone.service.context import Context
from merestone.service.features import known_parameters
from merestone.service.holding import Tier

HOME: Final = "/pocket/"
MANIFEST_PATH: Final = "/pocket/manifest.webmanifest"
WORKER_PATH: Final = "/pocket/worker.js"
WORDS_PATH: Final = "/pocket/words.json"
MAP_WORKER_PATH: Final = "/pocket/map-worker.mjs"
"""The map library's own worker: offline, a browser asks the service worker for it only below its scope."""
MAP_WORKER_FILE: Final = "/web/vendor/maplibre-gl/maplibre-gl-worker.mjs"
OF_OTHER_PAGES: Final = (
    "/web/area_layers.js",
    "/web/base_layers.js",
    "/web/days.js",
    "/web/device_accuracy.js",
    "/web/push_subscription.js",
    "/web/style.css",
    "/web/icon.svg",
)
"""Files of other pages that this one uses, beside all those in ``web/pocket`` and the libraries in ``web/vendor``."""
OF_WORKER: Final = "worker.js"
NEEDS_SCRIPT: Final = gettext_noop(
    "This page compares your position on the phone itself, and needs JavaScript for it. "
    "The page that checks a place works without."
)
DESCRIPTION: Final = gettext_noop(
    "Recorded hazardous areas, compared with your position on this phone, without a network."
)
READ_ENDINGS: Final = (".js", ".mjs", ".css", ".png", ".svg")
MANIFEST: Final[dict[str, Any]] = {
    "id": HOME,
    "name": "Merestone",
    "short_name": "Merestone",
    "start_url": HOME,
    "scope": HOME,
    "display": "standalone",
    "background_color": "#f4f5f2",
    "theme_color": "#17566b",
    "icons": [
        {"src": "/web/pocket/icon-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": "/web/pocket/icon-512.png", "sizes": "512x512", "type": "image/png"},
        {"src": "/web/pocket/icon-maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        {"src": "/web/icon.svg", "sizes": "any", "type": "image/svg+xml"},
    ],
}


class Shell:
    """The files that a phone keeps, so that the page starts without a network."""

    def __init__(self, page: bytes) -> None:
        self.page = page

    @cached_property
    def worker(self) -> bytes:
        """The service worker, with the list of the files and the name of the cache: new as soon as a file is."""
        listed = {HOME: _digest(self.page), MANIFEST_PATH: _digest(manifest()), WORDS_PATH: _digest(language_file())}
        listed[MAP_WORKER_PATH] = _digest(_packaged(MAP_WORKER_FILE))
        listed |= {path: _digest(_packaged(path)) for path in (*OF_OTHER_PAGES, *_files_in("pocket"), *_libraries())}
        version = hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()[:16]
        shell = json.dumps({"version": version, "files": listed}, indent=1)
        return f"const SHELL = {shell};\n".encode() + _packaged(f"/web/pocket/{OF_WORKER}")


def manifest() -> bytes:
    """The web application's manifest."""
    descriptions = {language.tag: {"value": in_language(language.tag, DESCRIPTION)} for language in LANGUAGES}
    about = {**MANIFEST, "lang": "en", "description": DESCRIPTION, "description_localized": descriptions}
    return json.dumps(about, indent=1, ensure_ascii=False).encode()


@cache
def language_file() -> bytes:
    """Every language that the page speaks, as the phone keeps them all: none can be chosen without a network else."""
    languages = {
        language.tag: {
            "name": language.name,
            "direction": language.direction,
            "is_reviewed": not unreviewed_safety_messages(language.tag),
            "messages": phone_messages(language.tag),
        }
        for language in LANGUAGES
    }
    return json.dumps(languages, ensure_ascii=False, sort_keys=False).encode()


def in_language(tag: str, message: str) -> str:
    """A message in a language, whatever is spoken."""
    with speaking(tag):
        return gettext(message)


def router(context: Context) -> APIRouter:
    """The page and what belongs to it; the holder's own view has none, since a phone can be lost."""
    routes = APIRouter(include_in_schema=False, dependencies=[Depends(known_parameters)])

    @cache
    def shell() -> Shell:
        needs_script = {language.tag: in_language(language.tag, NEEDS_SCRIPT) for language in LANGUAGES}
        page = context.templates.get_template("pocket.html").render(version=__version__, needs_script=needs_script)
        return Shell(page.encode())

    def checked() -> Shell:
        if context.keeper.tier is not Tier.PUBLIC:
            raise HTTPException(404, "the page for phones is of the public tier alone; serve without --exact")
        return shell()

    @routes.get(HOME)
    def page(request: Request) -> Response:
        return _sent(request, checked().page, "text/html; charset=utf-8")

    @routes.get(MANIFEST_PATH)
    def manifest_file(request: Request) -> Response:
        checked()
        return _sent(request, manifest(), "application/manifest+json")

    @routes.get(WORDS_PATH)
    def languages_file(request: Request) -> Response:
        checked()
        return _sent(request, language_file(), "application/json")

    @routes.get(WORKER_PATH)
    def worker(request: Request) -> Response:
        return _sent(request, checked().worker, "text/javascript; charset=utf-8")

    @routes.get(MAP_WORKER_PATH)
    def map_worker(request: Request) -> Response:
        return _sent(request, _packaged(MAP_WORKER_FILE), "text/javascript; charset=utf-8")

    return routes


def _sent(request: Request, content: bytes, media_type: str) -> Response:
    headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"'}
    if is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _digest(content: bytes) -> str:
    """The SHA-256 in base64, as WebCrypto's is compared with."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")


def _packaged(path: str) -> bytes:
    return (files("merestone.service") / path.removeprefix("/")).read_bytes()


def _files_in(folder: str) -> list[str]:
    """The files of a folder of ``web`` that a browser reads, as addresses."""
    within = files("merestone.service") / "web"
    for part in folder.split("/"):
        within /= part
    names = sorted(file.name for file in within.iterdir() if file.is_file())
    return [f"/web/{folder}/{name}" for name in names if name.endswith(READ_ENDINGS) and name != OF_WORKER]


def _libraries() -> list[str]:
    vendor = files("merestone.service") / "web" / "vendor"
    names = sorted(folder.name for folder in vendor.iterdir() if folder.is_dir())
    return [path for name in names for path in _files_in(f"vendor/{name}") if path != MAP_WORKER_FILE]
