"""Readers subscribe to alerts and end it, without a name; every alert that is published reaches each of them once.

2026-11-28, web push. The browser's side is http-ece's, and the push service a program of the test's own.
"""

import base64
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import http_ece
import pytest
import shapely
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.testclient import TestClient

from merestone.alerts import PushSubscription, Reason, refuse_endpoint
from merestone.register import Actor, AlertDesk, Declaration, Entry, Register, Role, backup
from merestone.register.sidecars import AlertKeys, PackKeys, PushSubscriptions
from merestone.service import create_app
from merestone.service.alert_board import AlertBoard
from merestone.service.holding import Keeper, Tier
from merestone.service.push_pages import AT_ONCE, BODY_MOST_BYTES
from merestone.service.push_watch import PushWatch
from merestone.terms import FieldRefused, RecordKind
from tests.service.test_push_sending import Service, connect, served_pushes

AUTHORITY = "{source: s, sender: a@mines.example.org, sender_name: Centre, contact: x, web: null, languages: [en]}"
ENDPOINT = "https://push.example.net/send/1"
SECRET = b"0123456789abcdef"


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """A browser that subscribes, and opens what it is sent."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def keys(self) -> dict[str, str]:
        form = serialization.PublicFormat.UncompressedPoint
        point = self.key.public_key().public_bytes(serialization.Encoding.X962, form)
        return {"p256dh": text_of(point), "auth": text_of(SECRET)}

    def subscription(self, endpoint: str) -> PushSubscription:
        return PushSubscription(endpoint, **self.keys)

    def opened(self, body: bytes) -> dict[str, Any]:
        content = http_ece.decrypt(body, private_key=self.key, auth_secret=SECRET, version="aes128gcm")
        told: dict[str, Any] = json.loads(content)
        return told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_push_register(tmp_path / "areas.gpkg")


def make_push_register(path: Path) -> Path:
    """A register with an authority that publishes alerts."""
    with (
        Register.create(path, label="synthetic exercise data") as register,
        register.batch(by="b", why="w", source="s") as batch,
    ):
        batch.record(Entry(RecordKind.SUSPECTED, shapely.box(0.1, 0.1, 0.11, 0.11), 5.0))
        batch.configure("alert_authority", AUTHORITY)
    return path


@pytest.fixture
def client(path: Path) -> TestClient:
    return TestClient(create_app(path), base_url="http://127.0.0.1")


def published(path: Path, text: str = "Keep away.", expires: datetime | None = None) -> str:
    with Register.open(path) as register:
        area = shapely.box(0.1, 0.1, 0.12, 0.12)
        declaration = Declaration(Reason.DECREE, "Forest", (), area, None, expires, {"en": text})
        keys = AlertKeys.beside(path)

        def desk(role: Role) -> AlertDesk:
            return AlertDesk(register, Actor(role.value, "Org 1", "north", frozenset({role})), keys)

        alert_id = desk(Role.SURVEYOR).declare(declaration, why="w", source="s")
        for to, role in (("approved", Role.APPROVER), ("published", Role.PUBLISHER)):
            desk(role).advance(alert_id, to, why="w")
    return f"alert-{alert_id}"


def test_a_browser_subscribes_with_the_services_key_and_ends_it(client: TestClient, path: Path) -> None:
    told = client.get("/alerts/push.json").json()
    assert told["languages"] == ["en"]
    point = base64.urlsafe_b64decode(told["public_key"] + "=")
    assert ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    assert client.get("/alerts/push.json").json() == told, "made once"
    body = {"endpoint": ENDPOINT, "expirationTime": None, "keys": Browser().keys, "language": "en"}
    for _ in range(2):
        assert client.post("/alerts/subscriptions", json=body).status_code == 204
    store = PushSubscriptions.beside(path)
    assert [one.endpoint for one in store.all()] == [ENDPOINT]
    for file in (store.path, AlertKeys.beside(path).path):
        assert file.stat().st_mode & 0o077 == 0, "for its owner alone"
    held = store.path.read_bytes()
    assert b"127.0.0.1" not in held
    assert b"testclient" not in held
    for _ in range(2):
        assert client.post("/alerts/subscriptions/end", json={"endpoint": ENDPOINT}).status_code == 204
    assert store.count() == 0
    assert ENDPOINT.encode() not in store.path.read_bytes(), "deleted, not marked"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.net/1", "https://127.0.0.1/1", "https://[::1]/1", "https://localhost/1", "https://10.1/1",
        "https://2130706433/1", "https://user:word@push.example.net/1", "https://push.example.net:22/1", "file:///etc",
        "https://push.example.net/" + "x" * 1000, "https://push.example.net/\n", "https://pûsh.example.net/", "", "https://",
        "https://push.example.net:99999/", "https://push..example.net/1", "https://.example.net/1",
        f"https://{'x' * 64}.example.net/1", f"https://{'x.' * 126}net/1", "https://push.example.net%00/1", "https://0x7f.0x1/",
    ],
)  # fmt: skip
def test_what_is_no_push_service_is_refused_in_words(client: TestClient, path: Path, endpoint: str) -> None:
    with pytest.raises(FieldRefused, match="endpoint"):
        refuse_endpoint(endpoint)
    answer = client.post("/alerts/subscriptions", json={"endpoint": endpoint, "keys": Browser().keys})
    assert answer.status_code == 400
    assert not PushSubscriptions.beside(path).path.exists()


def test_what_is_no_subscription_is_refused_in_words(client: TestClient) -> None:
    good = Browser().keys
    for keys in ({}, {**good, "auth": "short"}, {**good, "p256dh": text_of(b"\x04" * 65)}, {**good, "p256dh": "%%"}):
        answer = client.post("/alerts/subscriptions", json={"endpoint": ENDPOINT, "keys": keys})
        assert answer.status_code == 400, keys
        assert "Traceback" not in answer.text
    json_type = {"content-type": "application/json"}
    for content, headers, status in (
        (b"{", json_type, 400), (b"\xff", json_type, 400), (b"[" * 5000, json_type, 400), (b"x", {}, 415),
        (b" " * (BODY_MOST_BYTES + 1), json_type, 413), (b"{}", {**json_type, "sec-fetch-site": "cross-site"}, 403),
    ):  # fmt: skip
        assert client.post("/alerts/subscriptions", content=content, headers=headers).status_code == status, content[:9]


def test_one_address_subscribes_so_often_and_no_oftener(client: TestClient) -> None:
    answers = [client.post("/alerts/subscriptions/end", json={"endpoint": ENDPOINT}) for _ in range(AT_ONCE + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {204}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_where_nobody_publishes_there_is_nothing_to_subscribe_to(tmp_path: Path) -> None:
    Register.create(tmp_path / "areas.gpkg").close()
    client = TestClient(create_app(tmp_path / "areas.gpkg"), base_url="http://127.0.0.1")
    assert client.get("/alerts/push.json").status_code == 404
    assert not AlertKeys.beside(tmp_path / "areas.gpkg").path.exists()


@pytest.fixture
def service() -> Iterator[Service]:
    yield from served_pushes()


@pytest.fixture
def watch(path: Path) -> PushWatch:
    keeper = Keeper(path, Tier.PUBLIC)
    return PushWatch(keeper, AlertBoard(keeper), None, connect=connect)


def test_each_alert_reaches_each_browser_once(path: Path, watch: PushWatch, service: Service) -> None:
    published(path, "Before anybody could ask.")
    watch.begin()
    store, browsers = PushSubscriptions.beside(path), {f"/{name}": Browser() for name in ("a", "b", "gone")}
    for name, browser in browsers.items():
        store.add(browser.subscription(f"{service.origin}{name}"))
    service.answers = {"/gone": [(410, {})]}
    assert watch.look()
    assert not service.got, "what was published before is nobody's news"
    first = published(path)
    assert watch.look()
    assert watch.look()
    assert service.got == {"/a": 1, "/b": 1, "/gone": 1}
    assert sorted(one.endpoint[-1] for one in store.all()) == ["a", "b"], "a browser that is gone is forgotten"
    for name in ("/a", "/b"):
        headers, body = service.bodies[name]
        told = browsers[name].opened(body)
        assert (told["identifier"], told["page"]) == (first, f"/alerts/{first}")
        assert "Forest" in told["title"] + told["body"]
        assert headers["Content-Encoding"] == "aes128gcm"
        assert headers["Urgency"] == "high"
        assert headers["Topic"] == first
        assert 0 < int(headers["TTL"]) <= 28 * 86400
        assert headers["Authorization"].startswith("vapid t=")
    second = published(path, "Another.")
    assert watch.look()
    assert service.got == {"/a": 2, "/b": 2, "/gone": 1}
    assert browsers["/a"].opened(service.bodies["/a"][1])["identifier"] == second


def test_an_alert_that_ended_while_nobody_watched_is_no_news(path: Path, watch: PushWatch, service: Service) -> None:
    watch.begin()
    PushSubscriptions.beside(path).add(Browser().subscription(f"{service.origin}/a"))
    published(path, expires=datetime.now(UTC) + timedelta(hours=1))
    watch._board._clock = lambda: datetime.now(UTC) + timedelta(hours=2)
    assert watch.look()
    watch._board._clock = lambda: datetime.now(UTC)
    assert watch.look()
    assert not service.got


def test_watching_goes_on_when_the_register_cannot_be_read(path: Path, watch: PushWatch, service: Service) -> None:
    stopped = threading.Event()
    thread = threading.Thread(target=watch.keep_watching, args=(stopped,), daemon=True)
    away = path.with_name("away.gpkg")
    path.rename(away)
    thread.start()
    stopped.wait(0.7)
    away.rename(path)
    store = PushSubscriptions.beside(path)
    until_s = time.monotonic() + 60
    while not store.path.exists():
        assert thread.is_alive()
        assert time.monotonic() < until_s
        stopped.wait(0.02)
    store.add(Browser().subscription(f"{service.origin}/a"))
    published(path)
    while not service.got:
        assert thread.is_alive()
        assert time.monotonic() < until_s
        stopped.wait(0.02)
    stopped.set()
    thread.join(10)
    assert service.got == {"/a": 1}


def test_a_backup_has_the_keys_and_the_subscriptions_for_its_owner_alone(path: Path, tmp_path: Path) -> None:
    """2026-11-28: the signing key was in no backup, so that who restored could not speak as the same authority."""
    key = AlertKeys.beside(path).push_keys("Centre", datetime.now(UTC)).public_text
    certificate = AlertKeys.beside(path).certificate_pem()
    PushSubscriptions.beside(path).add(Browser().subscription(ENDPOINT))
    fingerprint = PackKeys.beside(path).signing_key().fingerprint
    into = tmp_path / "monday.gpkg"
    report = backup(path, into)
    assert (report.has_alert_keys, report.has_pack_key, report.subscriptions) == (True, True, 1)
    assert PackKeys.beside(into).signing_key().fingerprint == fingerprint
    assert AlertKeys.beside(into).push_keys("Centre", datetime.now(UTC)).public_text == key
    assert AlertKeys.beside(into).certificate_pem() == certificate
    assert [one.endpoint for one in PushSubscriptions.beside(into).all()] == [ENDPOINT]
    secrets = (AlertKeys.beside(into).path, PackKeys.beside(into).path, PushSubscriptions.path_beside(into))
    for file in secrets:
        assert file.stat().st_mode & 0o077 == 0
