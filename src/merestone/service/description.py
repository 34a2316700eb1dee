"""The OpenAPI description of the service: parameters from the code, answers and schemas from ``api.yaml``.

What is here is read by other programs, and a test asks the whole API by it. What is for people (`PAGES`) is left out.
"""

from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from merestone.law import Verdict
from merestone.screening import Class
from merestone.service.holding import Tier
from merestone.service.problem import PROBLEM_JSON
from merestone.terms import RecordKind

PAGES: Final = (
    "/", "/areas", "/areas/chosen", "/areas/{record_id}", "/areas/{record_id}/attachments/{sha256}", "/check",
    "/print", "/qr.svg",
    "/pocket/", "/pocket/manifest.webmanifest", "/pocket/worker.js", "/pocket/words.json", "/pocket/map-worker.mjs",
    "/briefing", "/briefing.css", "/briefing/file.html", "/briefing/file.pdf",
    "/law", "/law/treaty/{key}", "/law/parties/{treaty}", "/law/{state}",
    "/reports", "/reports/{file_name}", "/reports/made/{job_id}", "/reports/made/{job_id}/file",
    "/alerts", "/alerts/{identifier}", "/alerts/worker.js",
    "/sign-in", "/sign-out", "/desk", "/desk/session.json", "/desk/new/{layer}", "/desk/revise/{record_id}",
    "/desk/steps", "/desk/outlines",
    "/desk/{draft_id}", "/desk/{draft_id}/form", "/desk/{draft_id}/step",
    "/desk/{draft_id}/attach", "/desk/{draft_id}/attachments/{sha256}",
    "/desk/alerts", "/desk/alerts/{alert_id}", "/desk/alerts/{alert_id}/follow", "/desk/alerts/{alert_id}/step",
    "/desk/corrections", "/desk/corrections/undo-import", "/desk/corrections/settle", "/desk/corrections/resolve",
    "/desk/corrections/withdraw", "/desk/corrections/put-back", "/desk/attach/{record_id}",
    "/desk/import", "/desk/import/{import_id}", "/desk/import/{import_id}/write", "/desk/import/{import_id}/drop",
)  # fmt: skip
"""Paths that are for people, with their forms and downloads, and left out of the description on purpose."""
_VOCABULARIES: Final[dict[str, type[StrEnum]]] = {
    "RecordKind": RecordKind,
    "Class": Class,
    "Tier": Tier,
    "Verdict": Verdict,
}
"""Schemas whose words are those of the code."""
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@cache
def answers() -> dict[str, Any]:
    """The content of ``api.yaml``."""
    content: dict[str, Any] = yaml.safe_load((files("merestone.service") / "api.yaml").read_text(encoding="utf-8"))
    for name, vocabulary in _VOCABULARIES.items():
        content["schemas"][name]["enum"] = [word.value for word in vocabulary]
    return content


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of an application, made once (OpenAPI 3.1)."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, routes=app.routes)
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                if method in METHODS:
                    operation["responses"] = _responses(path)
        described["components"] = {"schemas": answers()["schemas"]}
        app.openapi_schema = described
    return app.openapi_schema


def _responses(path: str) -> dict[str, Any]:
    fields = {**answers()["answers"][path], **answers()["everywhere"]}
    return {status: _response(status, fields[status]) for status in sorted(fields)}


def _response(status: str, fields: dict[str, Any]) -> dict[str, Any]:
    response: dict[str, Any] = {"description": fields["description"]}
    content = fields.get("content", {PROBLEM_JSON: "Problem"} if int(status) >= 400 else {})
    if content:
        schemas = {media: {"schema": {"$ref": f"#/components/schemas/{name}"}} for media, name in content.items()}
        response["content"] = schemas
    if fields.get("tagged") or status == "304":
        response["headers"] = {"ETag": {"description": "Send it as If-None-Match", "schema": {"type": "string"}}}
    if status == "429":
        seconds = {"type": "integer", "minimum": 1}
        response["headers"] = {"Retry-After": {"description": "seconds", "required": True, "schema": seconds}}
    return response
