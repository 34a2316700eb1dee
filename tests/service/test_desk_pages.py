"""The desk over HTTP: each right of approval.yaml, and no form that this service did not give to this person."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import shapely
import yaml
from fastapi.testclient import TestClient

from merestone.register import Actor, Register, Role
from merestone.register.programme.approval import default_approval, default_table
from merestone.register.programme.kind import kind_of_layer
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import create_app
from merestone.service.draft_form import OWN, asked, filled_from, layers, read
from merestone.service.sign_in import IDLE_S, LASTS_S
from merestone.service.throttle import TRIES, TRIES_WITHIN_S
from merestone.terms import RecordKind

PASSWORD = "four quiet words here"
OUTLINE = shapely.to_geojson(shapely.box(0.123456, 0.2, 0.133456, 0.21))
PEOPLE = {
    "anna": Actor("anna", "Org 1", "north", frozenset({Role.SURVEYOR})),
    "bruno": Actor("bruno", "Org 1", "north", frozenset({Role.QUALITY})),
    "carla": Actor("carla", "Centre", "north", frozenset({Role.APPROVER})),
    "diana": Actor("diana", "Centre", "capital", frozenset({Role.PUBLISHER})),
    "simon": Actor("simon", "Org 2", "south", frozenset({Role.SURVEYOR, Role.QUALITY, Role.APPROVER})),
    "olga": Actor("olga", "Org 3", "north", frozenset({Role.SURVEYOR})),
    "rita": Actor("rita", "Org 1", "north", frozenset({Role.READER})),
    "every": Actor("every", "Org 1", "north", frozenset(Role)),
}
WAY = (("anna", "submitted"), ("bruno", "reviewed"), ("carla", "approved"), ("diana", "published"))
FILLED = {
    "geometry": OUTLINE, "accuracy_m": "10", "visibility": "restricted", "why": "survey", "source": "synthetic",
    "own.local_id": "N-1", "own.remarks": "beside <the> road",
}  # fmt: skip


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Desk:
    """The service with its people, each at a browser of their own."""

    def __init__(self, folder: Path) -> None:
        self.path, self.clock = folder / "areas.gpkg", Clock()
        Register.create(self.path, label="synthetic exercise data").close()
        self.accounts = Accounts(folder / "areas.accounts.json", cost=Cost(n=2**4, r=1, p=1))
        for actor in PEOPLE.values():
            self.accounts.add(actor, PASSWORD)
        self.app = create_app(self.path, accounts=self.accounts)
        door = self.app.state.context.sign_in
        door._clock = door._throttle._clock = self.clock
        self._browsers: dict[str, TestClient] = {}

    def browser(self) -> TestClient:
        headers = {"accept": "text/html"}
        return TestClient(self.app, base_url="http://127.0.0.1", headers=headers, follow_redirects=False)

    def at(self, name: str) -> TestClient:
        if name not in self._browsers:
            self._browsers[name] = self.browser()
            assert sign_in(self._browsers[name], name).status_code == 303
        return self._browsers[name]

    def post(self, name: str, path: str, **form: str) -> Any:
        at = self.at(name)
        return at.post(path, data={"csrf": csrf_of(at), **form})

    def drafted(self, *, by: str = "anna", **more: str) -> str:
        done = self.post(by, "/desk/new/suspected", **{**FILLED, **more})
        assert done.status_code == 303, done.text
        return str(done.headers["location"]).rpartition("/")[2]

    def step(self, name: str, draft_id: str, to: str, *, seen: int | None = None) -> Any:
        return self.post(
            name, f"/desk/{draft_id}/step", to=to, why="looked at it", seen=str(seen or self.seq(draft_id))
        )

    def seq(self, draft_id: str) -> int:
        with Register.open(self.path, read_only=True) as register:
            return next(e.seq for e in reversed(list(register.events())) if e.body.get("draft") == draft_id)

    def stage(self, draft_id: str) -> str:
        with Register.open(self.path, read_only=True) as register:
            stages = {
                draft.draft_id: draft.stage for actor in PEOPLE.values() for draft in register.desk(actor).drafts()
            }
            return stages[draft_id]

    def walk(self, draft_id: str, *, until: str) -> None:
        for name, to in WAY if until != "draft" else ():
            assert self.step(name, draft_id, to).status_code == 303
            if to == until:
                return


def csrf_of(at: TestClient, path: str = "/desk") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', at.get(path).text)
    assert found
    return found[1]


def sign_in(at: TestClient, name: str, password: str = PASSWORD, **more: str) -> Any:
    return at.post("/sign-in", data={"csrf": csrf_of(at, "/sign-in"), "name": name, "password": password, **more})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


STEPS = yaml.safe_load(default_table())["steps"]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step['from']}-{step['to']}")
def test_each_step_is_taken_by_whom_the_table_names_and_by_nobody_else(desk: Desk, step: dict[str, Any]) -> None:
    """The table is read here anew, so that the test does not ask the code that it tests."""

    def may(actor: Actor) -> bool:
        near = {
            "organisation": (actor.organisation, actor.hub) == ("Org 1", "north"),
            "hub": actor.hub == "north",
            "programme": True,
        }[step["within"]]
        return step["role"] in actor.roles and near and not (step.get("not_author") and actor.name == "anna")

    draft_id = desk.drafted()
    desk.walk(draft_id, until=step["from"])
    before = desk.seq(draft_id)
    for name, actor in PEOPLE.items():
        if not may(actor):
            assert desk.step(name, draft_id, step["to"]).status_code in (403, 404), name
            assert desk.seq(draft_id) == before, f"{name} changed it"
    taker = next(name for name, actor in PEOPLE.items() if may(actor))
    page = desk.at(taker).get(f"/desk/{draft_id}")
    assert f'name="to" value="{step["to"]}"' in page.text
    assert desk.step(taker, draft_id, step["to"]).status_code == 303
    with Register.open(desk.path, read_only=True) as register:
        event = register.event(desk.seq(draft_id))
        assert (event.by, event.body["to"], event.body["role"]) == (taker, step["to"], step["role"])


def test_table_of_the_test_names_four_roles_and_no_reader() -> None:
    assert {step["role"] for step in STEPS} == {role.value for role in Role} - {"reader"}
    assert len(STEPS) == len(default_approval().steps)


def test_nobody_passes_their_own_draft_in_whatever_roles(desk: Desk) -> None:
    draft_id = desk.drafted(by="every")
    assert desk.step("every", draft_id, "submitted").status_code == 303
    assert 'value="reviewed"' not in desk.at("every").get(f"/desk/{draft_id}").text
    assert desk.step("every", draft_id, "reviewed").status_code == 403


def test_draft_of_another_hub_does_not_exist(desk: Desk) -> None:
    draft_id = desk.drafted()
    for taker, to in (("", ""), *WAY[:3]):
        if to:
            assert desk.step(taker, draft_id, to).status_code == 303
        told = desk.at("simon").get(f"/desk/{draft_id}")
        made_up = desk.at("simon").get("/desk/D-000000000000")
        assert told.status_code == made_up.status_code == 404
        assert told.text.replace(draft_id, "D") == made_up.text.replace("D-000000000000", "D")
        assert draft_id not in desk.at("simon").get("/desk").text
        assert desk.at("simon").get(f"/desk/{draft_id}/form").status_code == 404
        assert desk.post("simon", f"/desk/{draft_id}/form", **FILLED, seen="1").status_code == 404
        assert desk.step("simon", draft_id, "submitted").status_code == 404


def test_draft_is_seen_by_its_organisation_alone_until_submitted(desk: Desk) -> None:
    for visibility, status in (("public", 200), ("restricted", 404)):
        draft_id = desk.drafted(visibility=visibility)
        assert desk.at("olga").get(f"/desk/{draft_id}").status_code == 404
        desk.walk(draft_id, until="submitted")
        assert desk.at("olga").get(f"/desk/{draft_id}").status_code == status


def test_public_pages_show_nothing_of_a_draft(desk: Desk) -> None:
    draft_id = desk.drafted()
    desk.walk(draft_id, until="approved")
    anybody = desk.browser()
    for path in ("/", "/areas", "/ogc/collections", "/briefing", "/map.json"):
        told = anybody.get(path).text
        assert draft_id not in told
        assert "0.123456" not in told
        assert not re.search(r"\bN-1\b", told), "the local id, and not four letters of a record's own"
    assert anybody.get(f"/areas/{draft_id}").status_code == 404
    assert desk.step("diana", draft_id, "published").status_code == 303
    assert "suspected" in anybody.get("/areas").text
    assert "0.123456" not in anybody.get("/areas").text


@pytest.mark.parametrize("path", ["/desk", "/desk/new/suspected", "/desk/D-0", "/desk/D-0/form", "/desk/corrections"])
def test_whoever_is_not_signed_in_is_asked_to(desk: Desk, path: str) -> None:
    told = desk.browser().get(path)
    assert (told.status_code, told.headers["location"]) == (303, f"/sign-in?then={path}")


def test_a_reader_sees_what_the_organisation_sees_and_writes_nothing(desk: Desk) -> None:
    """2026-11-28: there was no account for somebody who only looks."""
    draft_id = desk.drafted()
    own = desk.at("anna").get(f"/desk/{draft_id}")
    seen = desk.at("rita").get(f"/desk/{draft_id}")
    assert (own.status_code, seen.status_code) == (200, 200)
    assert "0.123456" in filled_text(desk, draft_id)
    for shown in ("N-1", "beside &lt;the&gt; road", "10 m"):
        assert (shown in seen.text) == (shown in own.text)
    assert 'name="to"' not in seen.text
    assert f"/desk/{draft_id}/form" not in seen.text
    listed = desk.at("rita").get("/desk").text
    assert draft_id in listed
    assert "You can read here, but not write." in listed
    assert "/desk/new/" not in listed
    desk.walk(draft_id, until="published")
    with Register.open(desk.path, read_only=True) as register:
        before = register.head()
        record_id = next(event.record_id for event in register.events() if event.record_id is not None)
    whole = {**FILLED, "seen": str(desk.seq(draft_id)), "base": "1", "to": "submitted", "record": record_id}
    for path in POSTS:
        if path != "/sign-out":
            place = path.format(draft=draft_id, record=record_id)
            assert desk.post("rita", place, **whole).status_code == 403, path
    for path in ("/desk/new/suspected", f"/desk/revise/{record_id}", f"/desk/{draft_id}/form", "/desk/corrections"):
        assert desk.at("rita").get(path).status_code == 403, path
    with Register.open(desk.path, read_only=True) as register:
        assert register.head() == before


def filled_text(desk: Desk, draft_id: str) -> str:
    return desk.at("anna").get(f"/desk/{draft_id}/form").text


POSTS = ["/desk/new/suspected", "/desk/revise/{record}", "/desk/{draft}/form", "/desk/{draft}/step", "/sign-out"]
POSTS += [f"/desk/corrections/{what}" for what in ("undo-import", "settle", "resolve", "withdraw", "put-back")]
ELSEWHERE = {"/desk/alerts", "/desk/alerts/{}/step", "/desk/alerts/{}/follow", "/desk/attach/{}"}
ELSEWHERE |= {"/desk/{}/attach", "/alerts/subscriptions", "/alerts/subscriptions/end"}
ELSEWHERE |= {"/desk/steps", "/desk/import", "/desk/import/{}/write", "/desk/import/{}/drop"}
"""Driven by `test_alert_pages`, `test_attach_pages`, `test_desk_list`, `test_import_pages` and `test_push_pages`."""


@pytest.mark.parametrize("path", POSTS)
def test_form_without_the_sessions_own_token_is_refused(desk: Desk, path: str) -> None:
    draft_id = desk.drafted()
    before = desk.seq(draft_id)
    at, whole = desk.at("anna"), {**FILLED, "to": "submitted", "seen": str(before), "why": "w"}
    place = path.format(draft=draft_id, record="7F3K-2M6Q-4TXB")
    for csrf in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": csrf_of(desk.at("bruno"))}):
        assert at.post(place, data={**whole, **csrf}).status_code == 403
    ours = {"csrf": csrf_of(at)}
    foreign = at.post(place, data={**whole, **ours}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    assert at.post(place, json={**whole, **ours}).status_code == 415
    assert desk.browser().post(place, data={**whole, **ours}).status_code == 401
    assert desk.seq(draft_id) == before
    assert at.get("/desk").status_code == 200, "still signed in"


def test_every_post_of_the_desk_is_in_the_list_above(desk: Desk) -> None:
    spelt = {re.sub(r"\{\w+\}", "{}", path.replace("suspected", "{layer}")) for path in [*POSTS, "/sign-in"]}
    found = set()
    for route in desk.app.routes:
        inner = getattr(getattr(route, "original_router", None), "routes", [route])
        found |= {
            re.sub(r"\{\w+\}", "{}", one.path) for one in inner if "POST" in (getattr(one, "methods", None) or ())
        }
    assert found, "the routes are found at all"
    assert found - {"/check.json", "/ogc"} - ELSEWHERE <= spelt
    assert spelt <= found


def test_sign_in_needs_the_token_of_its_own_page(desk: Desk) -> None:
    at = desk.browser()
    assert at.post("/sign-in", data={"name": "anna", "password": PASSWORD}).status_code == 403
    csrf_of(at, "/sign-in")
    assert at.post("/sign-in", data={"csrf": "x", "name": "anna", "password": PASSWORD}).status_code == 403


def test_cookie_is_for_no_script_and_no_other_site_and_its_token_is_kept_nowhere(desk: Desk) -> None:
    done = sign_in(desk.browser(), "anna")
    cookie = next(one for one in done.headers.get_list("set-cookie") if one.startswith("merestone_80_session="))
    assert {"HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={int(LASTS_S)}"} <= set(cookie.split("; "))
    token = cookie.partition("=")[2].partition(";")[0]
    assert len(token) >= 43, "256 bits"
    assert token not in repr(desk.app.state.context.sign_in._sessions)


def test_session_ends_by_sign_out_by_rest_by_age_and_with_its_account(desk: Desk) -> None:
    def is_in(at: TestClient) -> bool:
        return bool(at.get("/desk").status_code == 200)

    def entered() -> TestClient:
        at = desk.browser()
        sign_in(at, "anna")
        assert is_in(at)
        return at

    at = entered()
    kept = at.cookies.get("merestone_80_session")
    assert kept is not None
    assert at.post("/sign-out", data={"csrf": csrf_of(at)}).status_code == 303
    at.cookies.set("merestone_80_session", kept)
    assert not is_in(at), "the server ended it, not the browser alone"
    at = entered()
    desk.clock.now_s += IDLE_S + 1
    assert not is_in(at)
    at = entered()
    for _ in range(int(LASTS_S / IDLE_S)):
        desk.clock.now_s += IDLE_S - 1
        assert is_in(at)
    desk.clock.now_s += IDLE_S - 1
    assert not is_in(at)
    at = entered()
    desk.accounts.set_password("anna", PASSWORD)
    assert not is_in(at), "another password, even if it reads the same"
    at = entered()
    desk.accounts.close("anna")
    assert not is_in(at)


def test_wrong_passwords_are_few_and_tell_nothing_of_the_name(desk: Desk) -> None:
    at = desk.browser()
    told = {sign_in(at, name, "a wrong password").text.replace(name, "") for name in ("anna", "nobody")}
    assert len(told) == 1, "a name that is none is told like a wrong password"
    for _ in range(TRIES - 1):
        assert sign_in(at, "Anna", "a wrong password").status_code == 403
    assert sign_in(at, "anna").status_code == 429, "also the right password waits"
    assert sign_in(desk.browser(), "bruno").status_code == 303
    desk.clock.now_s += TRIES_WITHIN_S + 1
    assert sign_in(at, "anna").status_code == 303


@pytest.mark.parametrize(
    "then", ["https://example.org", "//example.org", "/desk/../..", "/desk//example.org", "/areas"]
)
def test_sign_in_leads_to_the_desk_and_nowhere_else(desk: Desk, then: str) -> None:
    assert sign_in(desk.browser(), "anna", then=then).headers["location"] == "/desk"


def test_sign_in_leads_back(desk: Desk) -> None:
    assert sign_in(desk.browser(), "anna", then="/desk/new/suspected").headers["location"] == "/desk/new/suspected"


def test_step_about_what_nobody_looked_at_is_refused(desk: Desk) -> None:
    draft_id = desk.drafted()
    desk.walk(draft_id, until="submitted")
    seen = desk.seq(draft_id)
    desk.step("bruno", draft_id, "draft")
    desk.post("anna", f"/desk/{draft_id}/form", **{**FILLED, "own.remarks": "other"}, seen=str(desk.seq(draft_id)))
    desk.step("anna", draft_id, "submitted")
    assert desk.step("bruno", draft_id, "reviewed", seen=seen).status_code == 409
    assert desk.stage(draft_id) == "submitted"


def test_returned_draft_is_written_anew_from_what_stands_in_it(desk: Desk) -> None:
    draft_id = desk.drafted()
    page = desk.at("anna").get(f"/desk/{draft_id}/form").text
    assert "beside &lt;the&gt; road" in page
    assert "0.123456" in page
    desk.walk(draft_id, until="submitted")
    assert desk.post("anna", f"/desk/{draft_id}/form", **FILLED, seen=str(desk.seq(draft_id))).status_code == 403


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("geometry", "", "is empty"),
        ("geometry", '{"type": "Point", "coordinates": [0, 0]}', "give a polygon"),
        ("geometry", "{", "is not complete GeoJSON"),
        ("geometry", '{"type":"Polygon","crs":{"name":"EPSG:31256"},"coordinates":[]}', "another reference system"),
        ("geometry", "here\nthere\nnowhere", "here"),
        ("accuracy_m", "-3", "is not a radius"),
        ("accuracy_m", "ten", "is not a number"),
        ("true_from", "yesterday", "is not a valid date"),
        ("visibility", "everybody", "everybody"),
        ("own.local_id", "", "is required and absent"),
        ("own.recorded_area_m2", "many", "is not a number"),
        ("own.priority", "highest", "is not one of the choices"),
        ("source", "", "is empty"),
        ("why", "", "is empty"),
    ],
)
def test_form_that_cannot_be_taken_keeps_nothing_and_loses_nothing_typed(
    desk: Desk, field: str, value: str, told: str
) -> None:
    done = desk.post("anna", "/desk/new/suspected", **{**FILLED, "own.name": "typed before", field: value})
    assert done.status_code == 400
    assert told in done.text
    assert "typed before" in done.text
    assert "No draft is under way." in desk.at("anna").get("/desk").text


def test_outline_is_written_as_positions_too(desk: Desk) -> None:
    told = read(RecordKind.SUSPECTED, {name: [value] for name, value in FILLED.items()} | {
        "geometry": ["0.2 N, 0.1 E\n0.2 N, 0.3 E\n\n0.4 N, 0.3 E\n"]
    })  # fmt: skip
    assert told.entry is not None
    assert told.entry.geometry.equals(shapely.Polygon([(0.1, 0.2), (0.3, 0.2), (0.3, 0.4)]))


def test_what_only_a_surveyor_may(desk: Desk) -> None:
    for name in ("bruno", "carla", "diana"):
        assert desk.at(name).get("/desk/new/suspected").status_code == 403
        assert desk.post(name, "/desk/new/suspected", **FILLED).status_code == 403
    assert desk.at("anna").get("/desk/new/minefield_record").status_code == 400


@pytest.mark.parametrize("layer", layers())
def test_form_of_each_layer_asks_for_each_field_of_its_definition(desk: Desk, layer: RecordKind) -> None:
    page = desk.at("anna").get(f"/desk/new/{layer}").text
    kind = kind_of_layer(layer)
    for field in kind.fields:
        assert (f'name="{OWN}{field.name}"' in page) == (not field.personal)


def test_draft_survives_its_own_form(desk: Desk) -> None:
    draft_id = desk.drafted(**{"own.benchmark": "0.5 N, 0.25 E", "own.device_categories": "ap_mine"})
    with Register.open(desk.path, read_only=True) as register:
        draft = register.desk(PEOPLE["anna"]).show(draft_id)
    told = read(RecordKind.SUSPECTED, {**filled_from(draft), "why": ["again"]})
    assert told.entry == draft.entry
    assert draft.entry.attributes["benchmark"] == [0.25, 0.5]
    assert {field.name for field in asked(kind_of_layer(RecordKind.SUSPECTED))} >= set(draft.entry.attributes)


def test_without_accounts_given_there_is_no_desk(register_path: Path) -> None:
    client = TestClient(create_app(register_path), base_url="http://127.0.0.1")
    assert client.get("/desk").status_code == client.get("/sign-in").status_code == 404
    assert "/desk" not in client.get("/areas").text


def test_pages_of_the_desk_are_kept_by_no_browser(desk: Desk) -> None:
    for path in ("/desk", "/desk/new/suspected", f"/desk/{desk.drafted()}"):
        assert desk.at("anna").get(path).headers["cache-control"] == "no-store"
