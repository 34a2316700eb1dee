"""No word that somebody wrote of a record reaches the public through the service, whatever is asked and however.

Routes, their parameters and their methods are taken from the application's own table: a route or a parameter that is
new and that this walk does not know makes it fail.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount
from starlette.testclient import TestClient

from merestone.exchange.formats.base_map import BaseMap
from merestone.register import Actor, Register, Role
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import create_app, pack_shelf
from merestone.service.limits import RequestLimits
from tests.exchange.region import write_region
from tests.service.canary import CANARY, OWN, RESTRICTED, Canaries, contents, make_canaries, refuse

PASSWORD = "four quiet words here"
HOSTS = {"base_url": "http://127.0.0.1", "raise_server_exceptions": False, "follow_redirects": False}
QUERY = {
    "true_on": ("2024-06-01", "x"), "known_on": ("2099-01-01", "x"), "page": ("1", "9", "x"), "warn_m": ("0",),
    "position": ("44.01 N, 17.01 E", "x"), "lon": ("17.01",), "lat": ("44.01",), "accuracy_m": ("10", "x"),
    "bbox": ("17,44,17.1,44.1", "x"), "datetime": ("2024-06-01", "../2099-01-01", "x"), "limit": ("1000", "0"),
    "offset": ("3", "9999"), "on": ("2026-01-01", "x"), "state": ("BIH", "x"), "states": ("BIH,FIN", "x"),
    "treaty": ("ccm", "x"), "since": ("2025-01-01", "x"), "period": ("2024", "x"), "then": ("/desk", "x"),
    "q": ("Sarajevo", "minefield", "x"), "zoom": ("9", "x"), "kind": ("poster", "x"),
    "stage": ("every", "x"), "waits": ("yes", "x"), "draft": ("D-000000000000 1", "x"), "to": ("submitted", "x"),
    "search": ("suspected", "x"), "form": ("csv", "geojson", "x"), "sort": ("source", "-from", "x"),
    "after": ("0123456789abcdef.0", "x"),
}  # fmt: skip
"""For each parameter of a query, what is asked; the last is mostly what nobody can read."""
LAST_TOGETHER = {"/check.json": "?lon=17.01&lat=44.01&accuracy_m=10&warn_m=150"}
UNDECLARED = {
    "/check": ("?position=44.01+N,+17.01+E&accuracy_m=10", "?lon=17.01&lat=44.01&accuracy_m=10", "?position=x")
}
"""Routes that read their query themselves."""
HOLDS_LITTLE = ("/law", "/briefing")
"""Pages about law, and the briefing, which take long: of each parameter one value is asked."""
NEVER_200 = {
    "/areas/{record_id}/attachments/{sha256}", "/reports/{file_name}", "/reports/made/{job_id}",
    "/reports/made/{job_id}/file", "/desk", "/desk/steps", "/desk/outlines", "/desk/corrections",
    "/desk/attach/{record_id}", "/desk/import", "/desk/import/{import_id}",
    "/desk/alerts", "/desk/alerts/{alert_id}",
    "/desk/session.json",
    "/desk/new/{layer}", "/desk/revise/{record_id}", "/desk/{draft_id}", "/desk/{draft_id}/form",
    "/desk/{draft_id}/attach", "/desk/{draft_id}/attachments/{sha256}",
}  # fmt: skip
"""Routes of which the public gets nothing but a refusal."""


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    """Of a service that offers packs in parts, each with a part of the operator's base map."""
    made = make_canaries(tmp_path_factory.mktemp("walk") / "areas.gpkg")
    write_region(region_of(made))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pack_shelf, "WHOLE_ALONE_BYTES", 0)
        yield made


def region_of(canaries: Canaries) -> Path:
    return canaries.path.with_name("region.pmtiles")


def app_of(canaries: Canaries, accounts: Accounts | None = None) -> FastAPI:
    limits = RequestLimits(requests_per_s=1e6, request_burst=1_000_000)
    base_map = BaseMap.open(region_of(canaries))
    return create_app(canaries.path, accounts=accounts, limits=limits, base_map=base_map)


def routes_of(app: FastAPI) -> Iterator[APIRoute]:
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        for one in [route] if inner is None else inner.routes:
            if isinstance(one, APIRoute):
                yield one
            else:
                assert isinstance(one, Mount), f"a {type(one).__name__} that nobody walks: {one}"
                assert one.path == "/web", f"files that nobody walks: {one.path}"


def places_of(template: str, canaries: Canaries) -> list[str]:
    """The addresses of a route, with every name that fits its parameters."""
    names: dict[str, tuple[str, ...]] = {
        "record_id": (*canaries.records, canaries.records[0].lower(), "x"),
        "feature_id": (*canaries.records, "x"),
        "sha256": (*canaries.sha256, "0" * 64),
        "draft_id": (*canaries.drafts, "x"),
        "alert_id": (*canaries.alerts, "x"),
        "identifier": (*(f"alert-{one}" for one in canaries.alerts), "x"),
        "collection_id": ("suspected", "restricted", "cleared", "x"),
        "layer": ("suspected", "x"), "state": ("BIH", "x"), "treaty": ("ccm", "x"), "key": ("ccm", "x"),
        "file_name": ("donor.html", "donor.xlsx", "ap2.pdf", "x"),
        "grid": ("WebMercatorQuad", "x"), "tile_matrix": ("8", "0"),
        "tile_row": ("92", "93", "0"), "tile_col": ("140", "0"),
        "job_id": ("x",), "import_id": ("x",), "pack_sha256": (*packs_of(canaries), "0" * 64),
        "zoom": ("0",), "column": ("0",), "row": ("0",),
    }  # fmt: skip
    places = [template]
    for name in re.findall(r"\{(\w+)[^}]*\}", template):
        places = [re.sub(rf"\{{{name}[^}}]*\}}", value, place) for place in places for value in names[name]]
    return places


@cache
def packs_of(canaries: Canaries) -> list[str]:
    """The files of the packs that are offered, of all areas and of parts: packs, blocks, small maps and base maps."""
    offers = TestClient(app_of(canaries), **HOSTS).get("/packs").json()["packs"]  # type: ignore[arg-type]
    found: dict[str, None] = {}
    for offer in offers:
        about = json.loads(offer["content"])
        files = (about["pack"], about["pack"]["blocks"], about["map"], about["base_map"])
        found |= {file["sha256"]: None for file in files}
    assert len(offers) > 3
    return list(found)


def queries_of(route: APIRoute, canaries: Canaries) -> list[str]:
    """No query, each parameter with each of its values, and some together."""
    declared = [parameter.alias for parameter in route.dependant.query_params]
    values = QUERY | {"record_id": (*canaries.records, "x"), "chosen": (*canaries.records, "x")}
    if route.path.startswith(HOLDS_LITTLE):
        return ["", *(f"?{name}={values[name][0]}" for name in declared)]
    each = [f"?{name}={value}" for name in declared for value in values[name]]
    together = "&".join(f"{name}={values[name][0]}" for name in declared)
    more = UNDECLARED.get(route.path, ())
    return ["", f"?{together}", LAST_TOGETHER.get(route.path, "?f=json"), "?x=1", *each, *more]


def test_no_answer_of_the_service_says_a_word_to_the_public(
    canaries: Canaries, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_of(canaries, Accounts(tmp_path / "accounts.json"))
    client = TestClient(app, **HOSTS)  # type: ignore[arg-type]
    html = ("html", {"accept": "text/html"})
    accepted = {"json": {"accept": "application/json"}, "html": html[1]}
    walked: dict[str, set[int]] = {}
    caplog.set_level("INFO")
    for route in routes_of(app):
        for method in sorted(route.methods or ()):
            statuses = walked.setdefault(f"{method} {route.path}", set())
            for number, place in enumerate(places_of(route.path, canaries)):
                for query in queries_of(route, canaries) if number == 0 else [""]:
                    for kind, headers in accepted.items() if query == "" and number == 0 else [html]:
                        sent = {"data": {"name": "x", "csrf": "x"}} if method == "POST" else {}
                        answer = client.request(method, place + query, headers=headers, **sent)  # type: ignore[arg-type]
                        where = f"{method} {place}{query} ({kind})"
                        assert answer.status_code not in (429, 500, 503), where
                        refuse(answer.content + repr(answer.headers).encode() + repr(answer.cookies).encode(), where)
                        statuses.add(answer.status_code)
            for other in ("HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "POST"):
                answer = client.request(other, places_of(route.path, canaries)[0], headers={"origin": "http://x"})
                refuse(answer.content + repr(answer.headers).encode(), f"{other} {route.path}")
    for record in canaries.records:
        answer = client.get(f"/map-record?record_id={record}")
        walked["GET /map-record"].add(answer.status_code)
        refuse(answer.content, f"/map-record of {record}")
    refused = {f"GET {path}" for path in NEVER_200}
    assert {name for name, seen in walked.items() if name.startswith("GET") and 200 not in seen} == refused
    assert all(not {200, 201} & seen for name, seen in walked.items() if name.startswith("POST"))
    refuse(caplog.text.encode(), "the log")


def test_items_say_no_word_whatever_is_asked_together(canaries: Canaries) -> None:
    client = TestClient(app_of(canaries), **HOSTS)  # type: ignore[arg-type]
    collections = client.get("/ogc/collections").json()["collections"]
    assert len(collections) >= 8
    for collection in collections:
        at = f"/ogc/collections/{collection['id']}/items?limit=1000"
        for query in ("", "&datetime=2024-06-01", "&known_on=2099-01-01", "&datetime=2024-06-01&known_on=2099-01-01"):
            for headers in ({}, {"accept": "application/geo+json"}, {"accept-encoding": "gzip"}):
                answer = client.get(at + query, headers=headers)
                assert answer.status_code == 200, at + query
                refuse(answer.content, at + query)


def test_no_file_of_a_pack_or_of_a_part_holds_a_word(canaries: Canaries, tmp_path: Path) -> None:
    """Also where it is compressed within the file, as tiles of the base map are."""
    client = TestClient(app_of(canaries), **HOSTS)  # type: ignore[arg-type]
    archives = 0
    for sha256 in packs_of(canaries):
        content = client.get(f"/packs/{sha256}").content
        is_archive = content.startswith(b"PMTiles")
        archives += is_archive
        file = tmp_path / f"{sha256}{'.pmtiles' if is_archive else ''}"
        file.write_bytes(content)
        for part in contents(file):
            refuse(part, sha256)
    assert archives


HUBS = (("north", "another organisation"), ("south", "a third organisation"))
OTHERS = [
    *(Actor(f"{role}", HUBS[0][1], HUBS[0][0], frozenset({role})) for role in Role),
    Actor("every", HUBS[0][1], HUBS[0][0], frozenset(Role)),
    Actor("far", HUBS[1][1], HUBS[1][0], frozenset(Role)),
]


def signed_in(app: FastAPI, actor: Actor) -> tuple[TestClient, str]:
    """A browser at which somebody is signed in, and the token of their forms."""
    client = TestClient(app, headers={"accept": "text/html"}, **HOSTS)  # type: ignore[arg-type]
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/sign-in").text)
    assert token is not None
    form = {"csrf": token[1], "name": actor.name, "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 303
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/desk").text)
    assert token is not None
    return client, token[1]


def desk_of(canaries: Canaries, folder: Path) -> FastAPI:
    accounts = Accounts(folder / "accounts.json", cost=Cost(n=2**4, r=1, p=1))
    for actor in (*OTHERS, OWN):
        accounts.add(actor, PASSWORD)
    return app_of(canaries, accounts)


@pytest.fixture(scope="module")
def desk(canaries: Canaries, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return desk_of(canaries, tmp_path_factory.mktemp("desk"))


FOR_EVERYBODY = ("/ogc", "/map", "/api", "/check", "/reports")
"""Where sign-in is not looked at: walked by those who have every role."""


def asked_by(
    client: TestClient, csrf: str, app: FastAPI, canaries: Canaries, skipped: tuple[str, ...]
) -> Iterator[tuple[str, int, bytes]]:
    """Every page and form, for whoever is signed in, with every name that they might have heard of."""
    for route in routes_of(app):
        if route.path == "/sign-out" or route.path.startswith((*HOLDS_LITTLE, *skipped)):
            continue
        for method in sorted(route.methods or ()):
            for place in places_of(route.path, canaries):
                form: dict[str, Any] = {
                    "csrf": csrf,
                    "seen": "1",
                    "base": "1",
                    "to": "reviewed",
                    "record": canaries.restricted,
                }
                sent = {"data": form} if method == "POST" else {}
                answer = client.request(method, place, **sent)  # type: ignore[arg-type]
                told = answer.content + repr(answer.headers).encode()
                if method == "POST" and answer.status_code == 303:
                    told += client.get(answer.headers["location"]).content
                yield f"{method} {place}", answer.status_code, told


@pytest.mark.parametrize("actor", OTHERS, ids=lambda actor: actor.name)
def test_no_other_organisation_reads_what_is_restricted(canaries: Canaries, desk: FastAPI, actor: Actor) -> None:
    """In any role: neither a word, nor an exact corner, nor a photograph, nor that there is a draft.

    But for the page on which the programme's publisher puts imports right, and reads whence they came.
    """
    client, csrf = signed_in(desk, actor)
    with Register.open(canaries.path, read_only=True) as register:
        exact = register.present(canaries.restricted).geometry
        assert exact is not None
        corner = json.dumps(exact.__geo_interface__["coordinates"][0][1]).encode()
    statuses = set()
    skipped = () if len(actor.roles) > 1 else FOR_EVERYBODY
    for where, status, told in asked_by(client, csrf, desk, canaries, skipped):
        if "/desk/corrections" not in where or Role.PUBLISHER not in actor.roles:
            refuse(told, f"{actor.name}: {where}", RESTRICTED)
        assert corner[1:-1] not in told, where
        if CANARY.search(told):
            # Staff who may draft, and readers, see what is not restricted; the publisher puts mistakes of imports
            # right. Nobody else reads a word.
            is_record = re.search(r"/areas/|/desk/(revise|new|attach)", where)
            readers = {Role.SURVEYOR, Role.READER} if is_record else {Role.PUBLISHER}
            if "/desk/alerts" in where:  # a draft that waits for an approver of its hub
                readers = {Role.APPROVER}
            assert not readers.isdisjoint(actor.roles), where
        statuses.add(status)
    assert 200 in statuses
    assert not statuses & {429, 500, 503}


def test_its_own_organisation_reads_it(canaries: Canaries, desk: FastAPI) -> None:
    """Else the walk above would find nothing because nothing was there."""
    client, _ = signed_in(desk, OWN)
    assert RESTRICTED.search(client.get(f"/desk/revise/{canaries.restricted}").content)
    photograph = client.get(f"/areas/{canaries.restricted}/attachments/{canaries.sha256[1]}")
    assert RESTRICTED.search(photograph.content)
    assert RESTRICTED.search(client.get(f"/desk/{canaries.drafts[0]}").content)


def test_every_word_is_there_for_the_holder(canaries: Canaries) -> None:
    with Register.open(canaries.path, read_only=True) as register:
        records = register.as_of().records
        events = [json.dumps(event.body) for event in register.events()]
    assert len(records) > 30
    assert all("canary" in record.source for record in records)
    assert all("canary" in json.dumps(dict(record.attributes)) for record in records)
    for word in ("withdrawn", "draft-why", "batch-raw", "batch-file", "photograph", "column", "camera", "old-name"):
        assert any("canary" in event and word in event for event in events), word
