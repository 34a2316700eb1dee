"""The whole API asked at random by its own OpenAPI description, and the pages and forms of the desk for faults alone.

2026-11-28, found by reviewers: statuses and media types that the description did not name, statuses that are never
sent, two data paths left out of it. Schemathesis makes the requests, and is the oracle: no status 5xx, no status, media
type, header or content that the description does not name. The long form: ``pytest -m slow`` with this file's path.
"""

import faulthandler
import html
import re
import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.openapi.utils import get_openapi
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.routing import Mount
from starlette.testclient import TestClient

from merestone.law import Verdict, packaged
from merestone.register import Actor, Register, Role
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, create_app
from merestone.service.description import PAGES, answers
from merestone.service.limits import RequestLimits
from merestone.terms import RecordKind
from tests.service.conftest import make_register
from tests.service.routes import api_routes

NO_LIMIT = RequestLimits(requests_per_s=1e9, request_burst=10**9, expensive_of_one_client=10**6)
PASSWORD = "four quiet words here"
HOST = "127.0.0.1"
FEW, MANY = 20, 1000
HANGS_AFTER_S = 600
"""One operation that takes so long."""
FIELDS = (
    "geometry", "accuracy_m", "true_from", "true_until", "visibility", "why", "source", "seen", "base", "to",
    "own.name", "own.local_id", "name", "password", "then", "record", "side", "row", "as", "import", "insist",
    "key", "person", "writer", "kept.why",
)  # fmt: skip
LIBRARY = re.compile(
    r"Traceback|\b[A-Z]\w+(?:Error|Exception)\b|NoneType|object has no|GEOS|site-packages|could not convert"
    r"|Input should|Expecting value|\bsqlite3?\b|numpy|\bpydantic\b"
)
"""What only a library says."""
FORMS_WITH_WHY = ("/desk/new/", "/desk/revise/", "/desk/corrections/", "/desk/alerts", "/desk/attach/")
OUTLINE = "0.01 N, 0.01 E\n0.01 N, 0.02 E\n0.02 N, 0.02 E"
DAYS = ["2026-05-03", "1999-03-01", "9999-12-31", "0001-01-01"]
MOMENTS = [*DAYS, "2026-05-03T14:00:00Z", "9999-12-31T23:59:59-14:00"]


def known_values(register: Path) -> dict[str, list[str]]:
    """Values that mean something, by the parameter: text made at random alone would never reach a record."""
    with Register.open(register, read_only=True) as opened:
        ids = sorted({event.record_id for event in opened.events() if event.record_id is not None})
        drafts = sorted({str(event.body["draft"]) for event in opened.events() if "draft" in event.body})
    return {
        "collection_id": [kind.value for kind in RecordKind], "feature_id": ids, "record_id": ids, "record": ids,
        "layer": [kind.value for kind in RecordKind], "draft_id": drafts, "state": ["FIN", "ukraine", "BIH"],
        "treaty": [one.treaty.key for one in packaged().holdings()], "key": ["apmbc", "ccm"],
        "states": ["FIN,EST", "NOR"],
        "on": DAYS, "since": DAYS, "true_on": DAYS, "true_from": DAYS, "known_on": MOMENTS,
        "datetime": [*MOMENTS, "2026-01-01/..", "../2026-01-01"], "bbox": ["-1,-1,1,1", "179,-1,-179,1", "0,0,5,1,1,9"],
        "position": ["0.1, 0.0", "0.0N 0.1E", "33TXK 65706 73836", "44°54'00\"N 17°06'00\"E"],
        "grid": ["WebMercatorQuad"], "tile_matrix": ["0"], "tile_row": ["0"], "tile_col": ["0"],
        "file_name": ["overview.html", "register.xlsx"], "period": ["2025", "2026-01-01/2026-06-30"],
        "geometry": [OUTLINE, '{"type":"Point","coordinates":[0,0]}'],
        "visibility": ["public", "restricted"], "to": ["submitted", "reviewed", "dropped"], "seen": ["1", "30"],
        "base": ["1"], "why": ["a test"], "source": ["made up"], "as": ["no_record"], "row": ["x"],
    }  # fmt: skip


def with_known(described: dict[str, Any], known: dict[str, list[str]]) -> dict[str, Any]:
    """The same description, its texts either anything or one of the known values."""
    described = deepcopy(described)
    for methods in described["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in known and "$ref" not in parameter["schema"]:
                    either = [{"enum": known[parameter["name"]]}, {"type": "string"}]
                    parameter["schema"] = {"anyOf": either}
    return described


def _api() -> Any:
    register = make_register(Path(tempfile.mkdtemp(prefix="merestone-fuzz-")) / "areas.gpkg")
    app = create_app(register, limits=NO_LIMIT)
    schema = schemathesis.openapi.from_dict(with_known(app.openapi(), known_values(register)))
    schema.app = app
    return schema


def _pages() -> tuple[Any, TestClient]:
    """A description of what is no API: every page and form of a desk, by somebody in all roles who is signed in."""
    register = make_register(Path(tempfile.mkdtemp(prefix="merestone-fuzz-")) / "areas.gpkg")
    accounts = Accounts(register.with_suffix(".accounts.json"), cost=Cost(n=2**4, r=1, p=1))
    actor = Actor("anna", "Org 1", "north", frozenset(Role))
    accounts.add(actor, PASSWORD)
    app = create_app(register, tier=Tier.EXACT, accounts=accounts, limits=NO_LIMIT)
    at = TestClient(app, base_url=f"http://{HOST}", follow_redirects=False)
    form = {"csrf": csrf_of(at.get("/sign-in").text), "name": "anna", "password": PASSWORD}
    assert at.post("/sign-in", data=form).status_code == 303
    csrf = csrf_of(at.get("/desk").text)
    draft = {"csrf": csrf, "geometry": OUTLINE, "visibility": "public", "why": "a test", "source": "made up"}
    draft["own.local_id"] = "N-1"
    assert at.post("/desk/new/suspected", data=draft).status_code == 303
    routes = [route for route in api_routes(app) if not route.include_in_schema]
    for route in routes:
        route.include_in_schema = True
    described = get_openapi(title="pages", version="0", routes=routes)
    known = known_values(register)
    for path, methods in described["paths"].items():
        if "post" in methods:
            fields = {name: {"anyOf": [{"enum": known.get(name, ["1"])}, {"type": "string"}]} for name in FIELDS}
            token = {"type": "string"} if path == "/sign-out" else {"enum": [csrf]}
            body = {"type": "object", "properties": {**fields, "csrf": token}, "required": ["csrf", "why", "source"]}
            content = {"application/x-www-form-urlencoded": {"schema": body}}
            methods["post"]["requestBody"] = {"required": True, "content": content}
    schema = schemathesis.openapi.from_dict(with_known(described, known))
    schema.app = app
    return schema, at


def csrf_of(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def ask_everything(schema: Any, few: int, ask: Callable[[schemathesis.Case[Any]], None]) -> None:
    """Every operation, with what its description allows and with what it does not; each that fails is told."""
    failed = []
    for found in schema.get_all_operations():
        operation = found.ok()
        strategies = [operation.as_strategy()]
        if operation.query or operation.path_parameters or operation.body:
            strategies.append(operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))

        @settings(max_examples=few, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=st.one_of(strategies))
        def run(case: schemathesis.Case[Any]) -> None:
            ask(case)

        # pytest ends a test that takes 10 minutes, taking it for one that hangs; the long form takes an hour, and each
        # operation of it minutes.
        faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True)
        print(operation.label, flush=True)
        try:
            run()
        except (AssertionError, FailureGroup) as failure:
            failed.append(f"{operation.label}: {failure}")
    assert not failed, "\n\n".join(failed)


def ask_the_api(few: int) -> None:
    # That a request fits the schemas and is refused with 400 is right here: which days, places and boxes there are, and
    # that a place is given once, no schema says.
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers={"host": HOST}, excluded_checks=[positive_data_acceptance], timeout=600)

    ask_everything(_api(), few, ask)


def ask_for_pages(few: int) -> None:
    pages, at = _pages()

    def ask(case: schemathesis.Case[Any]) -> None:
        headers = {"host": HOST, "accept": "text/html"}
        answer = case.call(headers=headers, cookies=dict(at.cookies), allow_redirects=False, timeout=600)
        assert answer.status_code < 500, f"{case.as_curl_command()}: {answer.content!r}"
        if "html" not in answer.headers.get("content-type", [""])[0]:
            return
        told = html.unescape(answer.content.decode())
        assert_no_library_speaks(told, case)
        typed = (case.body or {}).get("why", "") if case.method == "POST" and isinstance(case.body, dict) else ""
        # What is no text is sent in the words of JSON, such as null.
        if isinstance(typed, str) and answer.status_code in (400, 409) and case.path.startswith(FORMS_WITH_WHY):
            assert typed.strip() in told, f"what was typed is lost: {case.as_curl_command()}"

    ask_everything(pages, few, ask)


def assert_no_library_speaks(told: str, case: schemathesis.Case[Any]) -> None:
    sent = [*(case.path_parameters or {}).values(), *(case.query or {}).values()]
    sent += list(case.body.values()) if isinstance(case.body, dict) else []
    for text in sorted((str(value) for value in sent if value), key=len, reverse=True):
        told = told.replace(text.strip(), "")  # what a person typed may be any word
    found = LIBRARY.search(told)
    assert found is None, f"{found}: {case.as_curl_command()}"


def test_the_api_answers_as_it_says() -> None:
    ask_the_api(FEW)


@pytest.mark.slow
def test_the_api_answers_as_it_says_in_the_long_form() -> None:
    ask_the_api(MANY)


def test_no_page_or_form_fails() -> None:
    ask_for_pages(FEW // 2)


@pytest.mark.slow
def test_no_page_or_form_fails_in_the_long_form() -> None:
    ask_for_pages(MANY)


def test_no_word_of_an_answer_is_missing_in_the_description() -> None:
    """2026-11-28, found by the long form: a verdict was described in other words than it is given."""
    schemas = answers()["schemas"]
    assert schemas["Verdict"]["enum"] == [verdict.value for verdict in Verdict]
    assert all(schemas[name]["enum"] for name in ("RecordKind", "Class", "Tier"))
    register = make_register(Path(tempfile.mkdtemp(prefix="merestone-fuzz-")) / "areas.gpkg")
    at = TestClient(create_app(register), base_url=f"http://{HOST}")
    given = {one["verdict"] for state in ("FIN", "USA", "EST") for one in at.get(f"/law/{state}.json").json()["may"]}
    assert len(given) > 1
    assert given <= set(schemas["Verdict"]["enum"])


def test_every_route_is_described_or_a_page_on_purpose(tmp_path: Path) -> None:
    register = make_register(tmp_path / "areas.gpkg")
    app = create_app(register, accounts=Accounts.beside(register))
    described = set(app.openapi()["paths"])
    assert {route.path for route in api_routes(app)} == described | set(PAGES)
    assert described.isdisjoint(PAGES)
    assert described == set(answers()["answers"])
    others = {route.path for route in app.routes if isinstance(route, Mount)}
    assert others == {"/web"}, "files of the page, the same for everybody"
