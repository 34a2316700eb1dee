"""Each role at each address in each state of each cache: what they get is what they would get alone, and nobody else's.

The oracle is a service of which only that one person has ever asked anything, so that nothing can come out of a cache.
It is compared with one service that all of them ask, cold and warm, with everybody else's entity tags, after a write
and after signing out. 2026-11-28, asked for by reviewers: roles were tried at a few addresses, and caches not at all.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import shapely
from fastapi.testclient import TestClient

from merestone.alerts import Reason
from merestone.exchange.formats.base_map import BaseMap
from merestone.register import Actor, AlertDesk, Declaration, Entry, Register, Role
from merestone.register.sidecars.alert_keys import AlertKeys
from merestone.register.sidecars.attachment_store import AttachmentStore
from merestone.register.sidecars.attachments import attach, attach_to_draft
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, create_app, pack_shelf
from merestone.service.description import answers
from merestone.service.limits import RequestLimits
from merestone.terms import RecordKind, Visibility
from tests.exchange.region import write_region
from tests.service.routes import addresses

PASSWORD = "four quiet words here"
NO_LIMIT = RequestLimits(requests_per_s=1e9, request_burst=10**9, expensive_of_one_client=10**6)
OWN, OTHER = ("Org 1", "north"), ("Org 2", "north")
PEOPLE: dict[str, Actor | None] = {
    "public": None,
    "reader": Actor("reader", *OWN, frozenset({Role.READER})),
    "surveyor": Actor("surveyor", *OWN, frozenset({Role.SURVEYOR})),
    "quality": Actor("quality", *OWN, frozenset({Role.QUALITY})),
    "approver": Actor("approver", *OWN, frozenset({Role.APPROVER})),
    "publisher": Actor("publisher", "Centre", "capital", frozenset({Role.PUBLISHER})),
    "other organisation": Actor("other", *OTHER, frozenset({Role.SURVEYOR})),
    "other reader": Actor("other.reader", *OTHER, frozenset({Role.READER})),
    "other hub": Actor("south", "Org 3", "south", frozenset({Role.SURVEYOR, Role.READER})),
}
OF_OWN = {"reader", "surveyor", "quality", "approver"}
OF_HUB = OF_OWN | {"other organisation", "other reader"}
SURVEYORS = {"surveyor", "other organisation", "other hub"}
LOOKERS = SURVEYORS | {"reader", "other reader"}
SLOW = ("/briefing", "/law")
"""The same for everybody, and made from the whole law; asked by two of them only, since it takes seconds."""
AUTHORITY = "{source: s, sender: a@mines.example.org, sender_name: Centre, contact: x, web: null, languages: [en]}"
TILE = "/ogc/tiles/WebMercatorQuad/0/0/0"
ONE_USE = re.compile(
    rb'(?:name="(?:csrf|key)" value|data-keep-(?:name|key))="[^"]*"|"(?:csrf|keep_name|keep_key|timeStamp)":"[^"]*"'
    rb"|DTSTAMP:\w+"
)


@dataclass(frozen=True)
class World:
    """A register, and what is in it: records and drafts by what they are."""

    path: Path
    names: dict[str, str]
    documents: dict[str, str]

    def copy(self, folder: Path) -> "World":
        shutil.copytree(self.path.parent, folder)
        return World(folder / self.path.name, self.names, self.documents)


def alerts_in(register: Register, path: Path, record_id: str) -> dict[str, str]:
    """An alert of Org 1 that everybody has, and one that stays a draft."""
    with register.batch(by="b", why="w", source="s") as batch:
        batch.configure("alert_authority", AUTHORITY)
    keys = AlertKeys.beside(path)
    names = {}
    for name, text in (("alert", "Keep away."), ("alert draft", "secret-alert")):
        declaration = Declaration(Reason.DECREE, "Forest", (record_id,), texts={"en": text})
        maker = AlertDesk(register, Actor("maker", *OWN, frozenset(Role)), keys)
        names[name] = maker.declare(declaration, why="w", source="s")
    for to in ("approved", "published"):
        second = AlertDesk(register, Actor("second", *OWN, frozenset(Role)), keys)
        second.advance(names["alert"], to, why="looked at it")
    return names


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Records and drafts, in a service that offers packs in parts, each with a part of the operator's base map."""
    path = tmp_path_factory.mktemp("matrix") / "areas.gpkg"
    write_region(path.with_name("region.pmtiles"), zooms=range(2))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pack_shelf, "WHOLE_ALONE_BYTES", 0)
        yield make_world(path)


def make_world(path: Path) -> World:
    """A restricted and a public record of Org 1, made by drafts; a draft of it, and another that was submitted."""
    names, documents = {}, {}
    with Register.create(path, label="synthetic exercise data") as register:
        maker = register.desk(Actor("maker", *OWN, frozenset(Role)))
        second = register.desk(Actor("second", *OWN, frozenset(Role)))
        for at, (name, visibility) in enumerate(
            [("restricted", Visibility.RESTRICTED), ("public", Visibility.PUBLIC)] + [("draft", Visibility.PUBLIC)] * 2
        ):
            box = shapely.box(0.123456 + at, 0.2, 0.133456 + at, 0.21)
            attributes = {"local_id": f"N-{at}", "remarks": f"secret-{name}"}
            entry = Entry(RecordKind.SUSPECTED, box, 5.0, attributes, visibility=visibility)
            draft_id = maker.draft(entry, why="survey", source="team 3")
            if name == "draft":
                names["submitted" if "draft" in names else "draft"] = draft_id
                sketch = path.with_name("sketch.txt")
                sketch.write_text("secret-draft-sketch", encoding="utf-8")
                author = Actor("maker", *OWN, frozenset(Role))
                document = attach_to_draft(register, AttachmentStore.beside(path), author, draft_id, sketch, why="w")
                documents["draft"] = document.sha256
                sketch.unlink()
                continue
            for to, desk in (("submitted", maker), ("reviewed", second), ("approved", second), ("published", second)):
                done = desk.advance(draft_id, to, why="looked at it")
            assert done.record_id is not None
            names[name] = done.record_id
            file = path.with_name(f"{name}.jpg")
            file.write_bytes(f"secret-photograph-{name}".encode())
            store = AttachmentStore.beside(path)
            documents[name] = attach(register, store, done.record_id, file, source="s", by="b", why="w").sha256
            file.unlink()
        maker.advance(names["submitted"], "submitted", why="ready")
        names |= alerts_in(register, path, names["restricted"])
    accounts = Accounts(path.with_suffix(".accounts.json"), cost=Cost(n=2**4, r=1, p=1))
    for actor in PEOPLE.values():
        if actor is not None:
            accounts.add(actor, PASSWORD)
    return World(path, names, documents)


def region_of(path: Path) -> BaseMap:
    """The operator's base map."""
    return BaseMap.open(path.with_name("region.pmtiles"))


class Service:
    """One service, and a browser for each person who asks it."""

    def __init__(self, path: Path, tier: Tier = Tier.PUBLIC) -> None:
        self.path = path
        accounts = Accounts(path.with_suffix(".accounts.json"), cost=Cost(n=2**4, r=1, p=1))
        self.app = create_app(path, tier=tier, accounts=accounts, limits=NO_LIMIT, base_map=region_of(path))
        self._browsers: dict[str, TestClient] = {}

    def at(self, role: str) -> TestClient:
        if role not in self._browsers:
            headers = {"accept": "text/html"}
            at = TestClient(self.app, base_url="http://127.0.0.1", headers=headers, follow_redirects=False)
            self._browsers[role] = at
            actor = PEOPLE[role]
            if actor is not None:
                form = {"csrf": csrf_in(at.get("/sign-in").text), "name": actor.name, "password": PASSWORD}
                assert at.post("/sign-in", data=form).status_code == 303
        return self._browsers[role]

    def ask(self, role: str, address: str, **headers: str) -> "Seen":
        answer = self.at(role).get(address, headers=headers)
        told = answer.headers
        return Seen(
            answer.status_code,
            b"" if address.endswith(".pdf") else ONE_USE.sub(b"", answer.content),  # typst orders a PDF anew each time
            told.get("etag", ""),
            told["cache-control"],
            {one.strip().lower() for one in told.get("vary", "").split(",")},
        )

    def csrf(self, role: str) -> str:
        return csrf_in(self.at(role).get("/desk").text)


def csrf_in(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]


@dataclass(frozen=True)
class Seen:
    """An answer, without what is new in each page."""

    status: int
    content: bytes
    etag: str
    cached: str
    vary: frozenset[str] | set[str]

    @property
    def what(self) -> tuple[int, bytes]:
        return self.status, self.content


def all_addresses(world: World) -> list[str]:
    """Every GET of the application, of each record and draft that it may be about."""
    app = create_app(world.path, accounts=Accounts.beside(world.path), base_map=region_of(world.path))
    found: dict[str, None] = {}
    offers = TestClient(app, base_url="http://127.0.0.1").get("/packs").json()["packs"]
    whole, part = (json.loads(offer["content"]) for offer in offers[:2])
    for record in ("restricted", "public"):
        for draft in ("draft", "submitted"):
            alert = world.names["alert" if record == "public" else "alert draft"]
            values = {
                "record_id": world.names[record], "feature_id": world.names[record], "sha256": world.documents[record],
                "draft_id": world.names[draft], "alert_id": alert, "identifier": f"alert-{alert}",
                "pack_sha256": whole["pack"]["sha256"],
            }  # fmt: skip
            found |= dict.fromkeys(addresses(app, "GET", **values).values())
    for about in (whole, part):
        for file in (about["pack"], about["pack"]["blocks"], about["map"], about["base_map"]):
            found[f"/packs/{file['sha256']}"] = None
    for draft in ("draft", "submitted"):
        found[f"/desk/{world.names[draft]}/attachments/{world.documents['draft']}"] = None
    more = ["/check.json?lon=0.128&lat=0.205&accuracy_m=5", f"{TILE}?known_on=2026-01-01", "/areas?page=2"]
    return [*found, *more, *(f"/map-record?record_id={world.names[name]}" for name in ("restricted", "public"))]


def asked_by(role: str, address: str) -> bool:
    asking = {"public"} if address.startswith("/briefing/file") else {"public", "reader"}
    return not address.startswith(SLOW) or role in asking


@pytest.fixture(scope="module")
def alone(world: World) -> dict[tuple[str, str], Seen]:
    """What each person gets from a service that nobody else has asked: nothing of it can be somebody else's."""
    seen, everything = {}, all_addresses(world)
    for role in PEOPLE:
        service = Service(world.path)
        for address in everything:
            if asked_by(role, address):
                seen[role, address] = service.ask(role, address)
    return seen


def test_everybody_gets_from_a_warm_service_what_they_get_alone(
    world: World, alone: dict[tuple[str, str], Seen]
) -> None:
    service = Service(world.path)
    for _ in ("cold", "warm"):
        for role, address in sorted(alone, key=lambda key: (key[1], key[0])):  # one after the other at each address
            assert service.ask(role, address).what == alone[role, address].what, (role, address)


def test_nobody_is_told_that_they_have_what_only_another_has(world: World, alone: dict[tuple[str, str], Seen]) -> None:
    service = Service(world.path)
    for address in all_addresses(world):
        tags = {seen.etag for (_, of), seen in alone.items() if of == address and seen.etag}
        for role in PEOPLE:
            for tag in sorted(tags) if asked_by(role, address) else ():
                own = alone[role, address]
                answer = service.ask(role, address, **{"if-none-match": tag})
                if answer.status == 304:
                    assert own.etag.removeprefix("W/") == tag.removeprefix("W/"), (role, address)
                    assert answer.content == b""
                else:
                    assert answer.what == own.what, (role, address)
        assert len(tags) <= 1, "open data and the files of pages are the same for everybody; the rest has no tag"


def test_what_is_not_for_everybody_is_in_no_cache(world: World, alone: dict[tuple[str, str], Seen]) -> None:
    open_data = {path.partition("{")[0] for path in answers()["answers"]}
    for (role, address), seen in alone.items():
        public = alone["public", address]
        if seen.what != public.what:
            assert seen.cached == "no-store", (role, address)
            assert not seen.etag
        assert seen.cached in ("no-cache", "no-store"), "nothing is given out of a cache unasked"
        is_open = any(address.startswith(path) for path in open_data if path != "/") or address.startswith("/law")
        if is_open:
            assert seen.what == public.what, f"{address} is the same for everybody"
        else:
            assert "cookie" in seen.vary, (role, address)
        if seen.status >= 400:
            assert "accept" in seen.vary, (role, address)


def expected(world: World, role: str, address: str) -> set[int]:
    """The status that a person may get, from the table of rights in docs/guide/desk.md; read here anew."""
    names, documents = world.names, world.documents
    if "/attachments/" in address and not address.startswith("/desk"):
        is_restricted = names["restricted"] in address
        if documents["restricted" if is_restricted else "public"] not in address:
            return {404}
        return {200} if role in OF_OWN or (not is_restricted and role in LOOKERS) else {404}
    if address.startswith("/desk"):
        if role == "public":
            return {401} if address == "/desk/session.json" else {303}
        if address in ("/desk", "/desk/steps", "/desk/session.json"):
            return {200}
        if address == "/desk/alerts":
            return {200}
        if address.startswith("/desk/alerts/"):
            return {200} if role in OF_OWN else {404}  # no step with either is another organisation's to take
        if address == "/desk/outlines":
            return {400} if role in SURVEYORS else {403}  # of no box; what a box gives is in test_snap_pages
        if address == "/desk/corrections":
            return {200} if role == "publisher" else {403}
        if address.startswith("/desk/new/"):
            return {200} if role in SURVEYORS else {403}
        if address.startswith("/desk/import"):
            return {403} if role != "publisher" else {200} if address == "/desk/import" else {404}
        if address.startswith(("/desk/revise/", "/desk/attach/")):
            may = role == "surveyor" or (role in SURVEYORS and names["public"] in address)
            return {200} if may else {403}
        sees = role in (OF_OWN if names["draft"] in address else OF_HUB)
        if not sees:
            return {404}
        if "/attachments/" in address:
            return {200} if documents["draft"] in address else {404}
        if address.endswith(("/form", "/attach")):
            return {200} if role == "surveyor" and names["draft"] in address else {403}
        return {200}
    if names["alert draft"] in address:  # of the public's addresses: to them it does not exist
        return {404}
    if address.startswith("/reports/"):
        return {404}
    return {400} if address in ("/check.json", "/map-record", "/areas/chosen") else {200}


def test_each_role_is_let_in_where_the_table_of_rights_says(world: World, alone: dict[tuple[str, str], Seen]) -> None:
    for (role, address), seen in alone.items():
        assert seen.status in expected(world, role, address), (role, address)


def test_a_secret_is_shown_to_those_alone_who_have_its_right(world: World, alone: dict[tuple[str, str], Seen]) -> None:
    own_only = (b"secret-restricted", b"0.123456", b"secret-photograph-restricted")
    for (role, address), seen in alone.items():
        is_allowed = {
            b"secret-alert": role in OF_OWN,
            b"secret-draft": role in OF_OWN or (role in OF_HUB and world.names["submitted"] in address),
            b"secret-public": role in OF_OWN | LOOKERS,
            b"secret-photograph-public": role in OF_OWN | LOOKERS,
            **dict.fromkeys(own_only, role in OF_OWN),
        }
        for secret, may in is_allowed.items():
            assert may or secret not in seen.content, (role, address, secret)


def posts(world: World) -> Iterator[tuple[str, set[str]]]:
    """Each form, and who may send it."""
    app = create_app(world.path, accounts=Accounts.beside(world.path))
    values = {"record_id": world.names["restricted"], "draft_id": world.names["draft"]}
    values["alert_id"] = world.names["alert draft"]
    for path, address in addresses(app, "POST", **values).items():
        if path.startswith(("/desk/corrections", "/desk/import")):
            yield address, {"publisher"}
        elif path == "/desk/new/{layer}" or (path.startswith("/desk/alerts") and not path.endswith("/step")):
            yield address, SURVEYORS
        elif path == "/desk/alerts/{alert_id}/step":
            yield address, {"approver", "surveyor"}
        elif path not in ("/sign-in", "/sign-out") and not path.startswith("/alerts/"):  # which is everybody's
            yield address, {"surveyor"}


def test_a_form_of_somebody_without_the_right_writes_nothing(world: World, tmp_path: Path) -> None:
    own = world.copy(tmp_path / "own")
    service = Service(own.path)
    with Register.open(own.path, read_only=True) as register:
        before = register.head()
        seen = max(event.seq for event in register.events() if event.body.get("draft") == own.names["draft"])
    form = {"seen": str(seen), "base": "1", "to": "submitted", "why": "w", "source": "s"}
    outline = shapely.to_geojson(shapely.box(5, 5, 5.01, 5.01))
    form |= {"geometry": outline, "visibility": "public", "own.local_id": "N-9", "record": own.names["restricted"]}
    form |= {"row": "x", "as": "no_record", "import": "x", "side": "x", "draft": f"{own.names['draft']} {seen}"}
    for address, may in posts(own):
        for role in PEOPLE:
            if role not in may:
                csrf = "" if role == "public" else service.csrf(role)
                answer = service.at(role).post(address, data={**form, "csrf": csrf})
                assert answer.status_code in (401, 403, 404), (role, address)
                assert answer.headers["cache-control"] in ("no-cache", "no-store")
            else:  # who may, is refused for the form's faults, not for the person
                answer = service.at(role).post(address, data={"csrf": service.csrf(role)})
                assert answer.status_code in (400, 404), (role, address)
    with Register.open(own.path, read_only=True) as register:
        assert register.head() == before


def test_after_a_write_and_after_signing_out_nobody_sees_what_was(world: World, tmp_path: Path) -> None:
    own = world.copy(tmp_path / "own")
    service, roles = Service(own.path), ("public", "reader", "surveyor", "other organisation")
    asked = [address for address in all_addresses(own) if not address.startswith(SLOW)]
    before = {(role, address): service.ask(role, address) for role in roles for address in asked}
    with Register.open(own.path) as register:
        desk = register.desk(Actor("maker", *OWN, frozenset(Role)))
        desk.advance(own.names["draft"], "submitted", why="ready")
        with register.batch(by="ops", why="w", source="s") as batch:
            batch.withdraw(own.names["public"])
    fresh = Service(own.path)
    for (role, address), old in before.items():
        kept = {"if-none-match": old.etag} if old.etag else {}
        seen, alone = service.ask(role, address, **kept), fresh.ask(role, address)
        assert seen.what == alone.what or (seen.status == 304 and alone.etag == old.etag), (role, address)
        if "/ogc/collections/suspected/items" in address or address.startswith("/ogc/tiles"):
            assert seen.status != 304 or alone.etag == old.etag
    for role in roles[1:]:
        at = service.at(role)
        session = at.cookies
        assert at.post("/sign-out", data={"csrf": service.csrf(role)}).status_code == 303
        at.cookies = session
        for address in asked:
            if address != "/sign-in":
                assert service.ask(role, address).what == fresh.ask("public", address).what, (role, address)


def test_the_exact_tier_is_in_no_shared_cache(world: World) -> None:
    service = Service(world.path, Tier.EXACT)
    for address in ("/", "/areas", TILE, "/map-data", "/ogc/collections/suspected/items", "/nothing"):
        assert service.ask("public", address).cached == "private, no-cache", address
