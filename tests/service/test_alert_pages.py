"""Alerts through the service: declared at the desk by one, published by another, and at once in every form."""

import json
import re
from pathlib import Path

import feedparser
import pytest
import shapely
from fastapi import FastAPI
from fastapi.testclient import TestClient

from merestone.alerts import is_signed_by
from merestone.languages import LANGUAGES, catalogue_of
from merestone.register import Actor, Entry, Register, Role
from merestone.register.sidecars.alert_keys import AlertKeys
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, create_app, ready
from merestone.service.limits import RequestLimits
from merestone.terms import RecordKind, Visibility

PASSWORD = "four quiet words here"
FIELD = shapely.Polygon([(24.1, 54.0), (24.104, 54.0003), (24.1035, 54.004), (24.0998, 54.003)])
AUTHORITY = "{source: t, sender: a@mines.example.org, sender_name: Centre, contact: null, web: null, languages: [%s]}"
PEOPLE = {
    "anna": Actor("anna", "Org 1", "north", frozenset({Role.SURVEYOR})),
    "berta": Actor("berta", "Org 1", "north", frozenset({Role.APPROVER})),
    "carla": Actor("carla", "Centre", "capital", frozenset({Role.PUBLISHER})),
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> AlertKeys:
    found = AlertKeys(tmp_path_factory.mktemp("keys") / "areas.alert-keys.json")
    with Register.create(found.path.with_name("x.gpkg")) as register:
        found.signing_key("Centre", register.instant())
    return found


def make_alert_register(path: Path, keys: AlertKeys, *, languages: str = "en") -> str:
    """A register with one restricted hazard, an authority, its keys and three people; give the hazard's name."""
    with (
        Register.create(path, label="synthetic exercise data") as register,
        register.batch(by="test", why="a test", source="made up") as batch,
    ):
        batch.configure("alert_authority", AUTHORITY % languages)
        entry = Entry(RecordKind.SUSPECTED, FIELD, 5.0, {"remarks": "canary"}, visibility=Visibility.RESTRICTED)
        record_id = batch.record(entry)
    accounts = Accounts(Accounts.beside(path).path, cost=Cost(n=2**4, r=1, p=1))
    for actor in PEOPLE.values():
        accounts.add(actor, PASSWORD)
    AlertKeys.beside(path).path.write_bytes(keys.path.read_bytes())
    return record_id


@pytest.fixture
def served(tmp_path: Path, keys: AlertKeys) -> tuple[FastAPI, str]:
    path = tmp_path / "areas.gpkg"
    record_id = make_alert_register(path, keys)
    limits = RequestLimits(requests_per_s=1e9, request_burst=10**9)
    return create_app(path, accounts=Accounts.beside(path), limits=limits), record_id


class Person:
    """Somebody at a browser."""

    def __init__(self, app: FastAPI, name: str = "") -> None:
        self.client = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
        self.client.headers["accept"] = "text/html"
        if name:
            form = {"csrf": self.csrf("/sign-in"), "name": name, "password": PASSWORD}
            assert self.client.post("/sign-in", data=form).status_code == 303

    def csrf(self, page: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.client.get(page).text)
        assert found is not None, page
        return found[1]

    def sends(self, path: str, page: str, **form: str) -> str:
        """Send a form and give where it led; a refusal is an error of the test."""
        answer = self.client.post(path, data={"csrf": self.csrf(page), **form})
        assert answer.status_code == 303, answer.text[:3000]
        return str(answer.headers["location"])

    def step(self, alert_id: str, to: str) -> None:
        page = f"/desk/alerts/{alert_id}"
        seen = re.search(r'name="seen" value="(\d+)"', self.client.get(page).text)
        assert seen is not None
        self.sends(f"{page}/step", page, to=to, why="looked at it", seen=seen[1])


def publish(app: FastAPI, **form: str) -> str:
    given = {"reason": "new_finding", "area_name": "Forest north of the lake", "why": "w", "source": "s"}
    place = Person(app, "anna").sends("/desk/alerts", "/desk/alerts", **given | form)
    alert_id = place.rpartition("/")[2]
    Person(app, "berta").step(alert_id, "approved")
    Person(app, "carla").step(alert_id, "published")
    return alert_id


def test_an_alert_of_the_desk_is_at_once_in_every_form(served: tuple[FastAPI, str], keys: AlertKeys) -> None:
    app, record_id = served
    public = Person(app).client
    before = public.get("/alerts/now.json")
    assert before.json()["alerts"] == []
    assert "no assurance" in public.get("/alerts").text
    alert_id = publish(app, records=record_id, text="The road to the mill is closed.")
    name = f"alert-{alert_id}"

    now = public.get("/alerts/now.json", headers={"if-none-match": before.headers["etag"]})
    assert now.status_code == 200
    assert [one["identifier"] for one in now.json()["alerts"]] == [name]
    (alert,) = public.get("/alerts/phones.json").json()["alerts"]
    assert alert["identifier"] == name
    assert shapely.geometry.shape(alert["area"]).covers(FIELD)
    assert list(alert["texts"]) == [language.tag for language in LANGUAGES], "a phone is set to another one offline"
    assert all("The road to the mill is closed." in texts["description"] for texts in alert["texts"].values())
    for path in ("/alerts.atom", "/alerts.rss"):
        told = public.get(path)
        (entry,) = feedparser.parse(told.content).entries
        assert entry.link == f"http://127.0.0.1/alerts/{name}"
        assert shapely.Polygon(entry.where["coordinates"][0]).covers(FIELD)
    (feature,) = public.get("/alerts.geojson").json()["features"]
    assert feature["properties"]["is_in_force"]
    assert shapely.geometry.shape(feature["geometry"]).covers(FIELD)
    cap = public.get(f"/alert-files/{name}.cap")
    assert cap.headers["content-type"] == "application/cap+xml"
    certificate = keys.certificate_pem()
    assert certificate is not None
    assert is_signed_by(cap.content, certificate)
    assert "Keep out" in public.get(f"/alert-files/{name}.txt").text
    for page in ("/", "/alerts", f"/alerts/{name}"):
        text = public.get(page).text.replace("<bdi>", "").replace("</bdi>", "")
        assert "Mines or other explosive ordnance found: Forest north of the lake" in text, page
    assert "The road to the mill is closed." in public.get(f"/alerts/{name}").text


def test_nothing_of_a_draft_or_of_the_record_is_told_to_the_public(served: tuple[FastAPI, str]) -> None:
    app, record_id = served
    anna = Person(app, "anna")
    form = {"reason": "decree", "area_name": "draft-canary", "why": "canary", "source": "canary", "records": record_id}
    place = anna.sends("/desk/alerts", "/desk/alerts", **form, text="draft-canary.")
    draft = place.rpartition("/")[2]
    published = publish(app, records=record_id)
    public = Person(app).client
    paths = [
        "/",
        "/alerts",
        "/alerts.atom",
        "/alerts.rss",
        "/alerts.geojson",
        "/alerts/now.json",
        "/alerts/phones.json",
    ]
    for name in (f"alert-{draft}", f"alert-{published}"):
        paths += [f"/alerts/{name}", f"/alert-files/{name}.cap", f"/alert-files/{name}.txt"]
    for path in paths:
        told = public.get(path).text
        assert "canary" not in told, path
        assert draft not in told or "there is no alert" in told, path
        for lon, lat in FIELD.exterior.coords:
            corners = (f"{lat:.6f},{lon:.6f}", f"{lat:.6f} {lon:.6f}", f"{lon}, {lat}", f"{lon},{lat}")
            assert not any(corner in told for corner in corners), path
    assert public.get(f"/alerts/alert-{draft}").status_code == 404
    assert public.get("/desk/alerts").status_code == 303


def test_who_has_the_newest_is_told_so_until_something_changes(served: tuple[FastAPI, str]) -> None:
    app, record_id = served
    public = Person(app).client
    publish(app, records=record_id)
    for path in ("/alerts/now.json", "/alerts/phones.json", "/alerts.atom", "/alerts.rss", "/alerts.geojson"):
        tag = public.get(path).headers["etag"]
        again = public.get(path, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert public.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_an_alert_is_corrected_and_ended_at_the_desk(served: tuple[FastAPI, str]) -> None:
    app, record_id = served
    first = publish(app, records=record_id)
    anna, page = Person(app, "anna"), f"/desk/alerts/{first}"
    form = {"reason": "all_over", "why": "w", "source": "s"}
    last = anna.sends(f"{page}/follow", page, **form).rpartition("/")[2]
    Person(app, "berta").step(last, "approved")
    Person(app, "carla").step(last, "published")
    public = Person(app).client
    assert public.get("/alerts/now.json").json()["alerts"] == []
    page_of_first = public.get(f"/alerts/alert-{first}").text
    assert "A later message replaces this one" in page_of_first
    assert f"/alerts/alert-{last}" in page_of_first
    told = public.get(f"/alerts/alert-{last}").text
    assert "The alert has ended" in told
    assert "does not mean that the place is safe" in told
    assert len(feedparser.parse(public.get("/alerts.atom").content).entries) == 2


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"reason": "all_over"}, "is not a reason"),
        ({"reason": ""}, "is not a reason"),
        ({"geometry": "POINT (24 54)"}, "is not an area"),
        ({"expires": "tomorrow", "geometry": "POLYGON ((24 54, 25 54, 25 55, 24 54))"}, "is not a time"),
        ({"expires": "2030-01-01T10:00", "geometry": "POLYGON ((24 54, 25 54, 25 55, 24 54))"}, "has no offset"),
        ({"text": "The forest is safe.", "geometry": "POLYGON ((24 54, 25 54, 25 55, 24 54))"}, "no alert may do"),
        ({"records": "AAAA-AAAA-AAAA"}, "AAAA-AAAA-AAAA"),
        ({"why": "", "geometry": "POLYGON ((24 54, 25 54, 25 55, 24 54))"}, "history"),
    ],
)
def test_a_form_that_cannot_be_taken_comes_back_as_it_was(
    served: tuple[FastAPI, str], form: dict[str, str], words: str
) -> None:
    app, _ = served
    anna = Person(app, "anna")
    given = {"reason": "decree", "area_name": "Forest by the river", "why": "why not", "source": "s"} | form
    answer = anna.client.post("/desk/alerts", data={"csrf": anna.csrf("/desk/alerts"), **given})
    assert answer.status_code in (400, 404)
    assert words in answer.text
    assert "Forest by the river" in answer.text


def test_the_exact_tier_shows_no_more_of_an_alert_than_the_public_one(
    served: tuple[FastAPI, str], tmp_path: Path
) -> None:
    app, record_id = served
    publish(app, records=record_id)
    exact = create_app(tmp_path / "areas.gpkg", tier=Tier.EXACT, accounts=Accounts.beside(tmp_path / "areas.gpkg"))
    public = Person(app).client.get("/alerts.geojson").content
    assert json.loads(Person(exact).client.get("/alerts.geojson").content) == json.loads(public)
    again = publish(exact, records=record_id)
    shapes = {
        feature["id"]: feature["geometry"] for feature in Person(app).client.get("/alerts.geojson").json()["features"]
    }
    assert len({json.dumps(shape) for shape in shapes.values()}) == 1, f"alert-{again} was made of another outline"


def test_a_service_that_is_ready_has_read_every_catalogue(tmp_path: Path) -> None:
    """2026-11-29: the first phone that asked after an alert waited 0.7 s for them, and all that asked beside it."""
    Register.create(tmp_path / "areas.gpkg").close()
    catalogue_of.cache_clear()
    ready(tmp_path / "areas.gpkg", host="127.0.0.1", tier=Tier.PUBLIC)
    misses = catalogue_of.cache_info().misses
    for language in LANGUAGES[1:]:  # English needs none
        catalogue_of(language.tag)
    assert catalogue_of.cache_info().misses == misses
