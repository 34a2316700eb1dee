"""axe-core finds nothing serious on any page, on a phone and at a desk, in light and in dark, for each role.

The pages are those that `PAGES` names, which a test of the API holds against the application's own routes: a page that
is new and that this walk cannot reach makes it fail.

2026-11-28, found by a reviewer: 200 labels of the list that differed from their names, and scrolled regions that no key
reaches; then, the briefing's tables dark on dark. 2026-11-29: three lists by hand left out fourteen pages.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from merestone.exchange import import_file
from merestone.register import Entry, Register
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, create_app
from merestone.service.description import PAGES
from merestone.service.report_jobs import ReportJobs, ReportWish
from merestone.terms import RecordKind
from tests.browsers import close
from tests.conftest import missing_engine
from tests.service.conftest import outline_of, serve_app
from tests.service.routes import DEFAULTS
from tests.service.test_browser import until
from tests.service.test_desk_pages import FILLED
from tests.service.test_matrix import NO_LIMIT, PASSWORD, PEOPLE, csrf_in, make_world

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
LOOKS = ((PHONE, "light"), (DESK, "light"), (DESK, "dark"))
NO_PAGES = frozenset({
    "/areas/chosen", "/areas/{record_id}/attachments/{sha256}", "/desk/{draft_id}/attachments/{sha256}", "/qr.svg",
    "/pocket/manifest.webmanifest", "/pocket/worker.js", "/pocket/words.json", "/pocket/map-worker.mjs",
    "/briefing.css", "/briefing/file.pdf", "/alerts/worker.js", "/desk/session.json", "/desk/outlines",
    "/reports/made/{job_id}/file", "/sign-out", "/desk/{draft_id}/step",
    "/desk/alerts/{alert_id}/follow", "/desk/alerts/{alert_id}/step",
    "/desk/corrections/undo-import", "/desk/corrections/settle", "/desk/corrections/resolve",
    "/desk/corrections/withdraw", "/desk/corrections/put-back",
    "/desk/import/{import_id}/write", "/desk/import/{import_id}/drop",
})  # fmt: skip
"""Of `PAGES` what nobody looks at: files, what scripts ask for, and forms that another page has."""
MORE = {
    "/": ("?chosen={record_id}",),
    "/check": ("?position=0.003+N,0.003+E", "?position=nowhere"),
    "/areas": ("?search=nothing+like+it",),
    "/print": ("?kind=poster&chosen={record_id}",),
    "/desk/steps": ("?draft={draft_id}+{seen}&to=submitted",),
}
"""What else a page is asked for."""
PEOPLE_WALKED = ("public", "surveyor", "reader", "quality", "approver", "publisher")


@dataclass
class Places:
    """The two services, what is in their register, and a browser without a screen for each person."""

    addresses: dict[str, str]
    clients: dict[str, TestClient]
    values: dict[str, str]

    def asked(self, path: str) -> list[str]:
        """The addresses at which a page is looked at."""
        values = {**DEFAULTS, **self.values}
        layers = ("suspected", "accident") if "{layer}" in path else ("",)
        paths = [path.format(**{**values, "layer": layer}) for layer in layers]
        return [*paths, *(f"{paths[0]}{more.format(**values)}" for more in MORE.get(path, ()))]


def signed_in(app: Any, address: str, name: str) -> TestClient:
    headers = {"accept": "text/html"}
    client = TestClient(app, base_url=address, headers=headers, follow_redirects=False)
    actor = PEOPLE.get(name)
    if actor is not None:
        form = {"csrf": csrf_in(client.get("/sign-in").text), "name": actor.name, "password": PASSWORD}
        assert client.post("/sign-in", data=form).status_code == 303
    return client


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    world = make_world(tmp_path_factory.mktemp("axe") / "areas.gpkg")
    (world.path.parent / "events.csv").write_text("local_id,lat,lon\nA-1,0.1,0.2\nA-2,0.3,\n")
    with Register.open(world.path) as register:
        with register.batch(by="test", why="a test", source="made up") as batch:
            for kind in RecordKind:
                batch.record(Entry(kind, outline_of(kind), accuracy_m=25.0, attributes={"local_id": f"T-{kind}"}))
        said: dict[str, Any] = {"source": "s", "accuracy_m": 5.0, "by": "publisher"}
        import_file(register, world.path.parent / "events.csv", kind=RecordKind.ACCIDENT, **said)
        seen = {draft.draft_id: draft.seq for draft in register.desk(PEOPLE["surveyor"]).drafts()}  # type: ignore[arg-type]
    values = {
        "record_id": world.names["public"], "draft_id": world.names["draft"], "alert_id": world.names["alert"],
        "file_name": "donor.html?period=2025", "job_id": "1",
        "identifier": f"alert-{world.names['alert']}", "seen": str(seen[world.names["draft"]]),
    }  # fmt: skip
    accounts = Accounts(world.path.with_suffix(".accounts.json"), cost=Cost(n=2**4, r=1, p=1))
    app = create_app(world.path, tier=Tier.PUBLIC, accounts=accounts, limits=NO_LIMIT)
    exact = create_app(world.path, tier=Tier.EXACT, limits=NO_LIMIT)
    for public in serve_app(app, world.path):
        for holder in serve_app(exact, world.path):
            clients = {name: signed_in(app, public.address, name) for name in PEOPLE_WALKED}
            clients["holder"] = signed_in(exact, holder.address, "holder")
            publisher = clients["publisher"]
            form = {"csrf": csrf_in(publisher.get("/desk").text), "kind": "spot_find", "source": "s", "accuracy_m": "5"}
            sent = publisher.post(
                "/desk/import", data=form, files={"file": ("a.csv", b"local_id,lat,lon\nB-1,0.1,0.2\n", "text/csv")}
            )
            assert sent.status_code == 303, sent.text
            values["import_id"] = sent.headers["location"].rpartition("/")[2]
            addresses = {name: holder.address if name == "holder" else public.address for name in clients}
            yield Places(addresses, clients, values)


def serious(page: Any, scheme: str = "light") -> list[str]:
    """What axe-core finds on the page as it stands, that keeps somebody from reading or using it.

    In the dark its colours alone differ.
    """
    if not AXE.exists():
        missing_engine("axe-core is not here; `npm ci` fetches it")
    # The page for phones puts its words in when it has read its languages.
    until(page, "[...document.querySelectorAll('[data-words]')].every((part) => part.textContent.trim() !== '')")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if scheme == "dark":
        options["runOnly"] = ["color-contrast", "link-in-text-block"]
    found = page.evaluate("(options) => axe.run(document, options).then((told) => told.violations)", options)
    return [
        f"{page.title()}, {page.url}: {one['id']} ({one['impact']}), {len(one['nodes'])} times, "
        f"such as {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def looked_at(page: Any, looks: Sequence[tuple[dict[str, int], str]] = LOOKS) -> list[str]:
    """The same at each size and in each light, without loading it anew."""
    findings = []
    for size, scheme in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        findings += [f"{finding} ({size['width']} px, {scheme})" for finding in serious(page, scheme)]
    return findings


def unlooked(pages: Sequence[str], walked: set[str]) -> set[str]:
    """The pages that nobody has looked at."""
    return set(pages) - walked - NO_PAGES


ONE_USE = re.compile(rb'(?:name="(?:csrf|key)" value|data-keep-(?:name|key))="[^"]*"')


def test_no_page_has_a_serious_finding(
    browser: Any, places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "made").write_bytes(b"a workbook")
    wish, refusal = ReportWish("donor", ".xlsx", "2025"), (503, "it was stopped")
    job = SimpleNamespace(
        job_id="1", wish=wish, path=tmp_path / "made", is_running=False, is_made=True, lasted_s=9, refusal=refusal
    )
    monkeypatch.setattr(ReportJobs, "find", lambda self, job_id: job if job_id == "1" else None)
    walked, seen, findings = set[str](), set[bytes](), list[str]()
    for name, client in places.clients.items():
        context = browser.new_context()
        context.add_cookies(
            [{"name": one.name, "value": one.value, "url": places.addresses[name]} for one in client.cookies.jar]
        )
        page = context.new_page()
        page.set_default_timeout(120_000)  # the briefing takes seconds to make, once
        for path in PAGES:
            for address in places.asked(path):
                answer = client.get(address)
                is_page = answer.headers.get("content-type", "").startswith("text/html")
                if not is_page or answer.status_code != 200:
                    continue
                assert path not in NO_PAGES, f"{address} is a page"
                walked.add(path)
                # What others were shown in the same words is not looked at again.
                markup = hashlib.sha256(path.encode() + ONE_USE.sub(b"", answer.content)).digest()
                if markup in seen:
                    continue
                seen.add(markup)
                if "attachment" in answer.headers.get("content-disposition", ""):
                    page.goto("about:blank")
                    page.set_content(answer.text)
                else:
                    page.goto(places.addresses[name] + address)
                page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
                # Pages of the desk differ by role in a button or two: a phone and the dark see those of one role.
                findings += looked_at(page, LOOKS if name in ("public", "surveyor") else LOOKS[1:2])
        findings += what_is_done(page, places, name)
        close(context)
    assert not unlooked(PAGES, walked), "pages that nobody could look at; make them in `places`"
    assert not findings, "\n".join(findings)


def what_is_done(page: Any, places: Places, name: str) -> list[str]:
    """What stands on no page of its own: an error, a form that came back, dialogs, a window on the map."""
    at, findings = places.addresses[name], list[str]()
    if name == "public":
        page.goto(f"{at}/nowhere")
        findings += looked_at(page)
        page.goto(at)
        page.wait_for_selector("#map[data-ready][data-shown]")
        page.click("#share")
        page.wait_for_selector("dialog.share")
        findings += looked_at(page)
    if name == "surveyor":
        page.set_viewport_size(DESK)
        page.goto(f"{at}/desk/new/suspected")
        for field, value in FILLED.items():
            if field not in ("visibility", "own.remarks"):
                page.fill(f"[name='{field}']", "ten" if field == "accuracy_m" else value)
        page.click("text=Save the draft")
        page.wait_for_selector("[aria-invalid]")
        findings += looked_at(page)
        page.goto(f"{at}/desk/{places.values['draft_id']}")
        page.fill("#step input[name=why]", "it is complete")
        page.wait_for_timeout(400)
        page.click("text=Sign out")
        page.wait_for_selector("dialog")
        findings += looked_at(page)
    return findings


def test_a_page_that_nobody_looks_at_is_noticed() -> None:
    walked = set(PAGES) - NO_PAGES
    assert not unlooked(PAGES, walked)
    assert unlooked((*PAGES, "/new/page"), walked) == {"/new/page"}
    assert unlooked(PAGES, walked - {"/desk/alerts"}) == {"/desk/alerts"}
    assert set(PAGES) >= NO_PAGES, "a page that is gone"


def test_axe_finds_what_keeps_people_from_reading(browser: Any) -> None:
    """Else the walk would find nothing because nothing was looked for."""
    page = browser.new_page()
    page.set_content("<html lang=en><title>x</title><main><input><p style='color:#bbb'>pale</p></main>")
    found = " ".join(looked_at(page))
    close(page)
    for wanted in ("label (critical)", "color-contrast (serious)", "390 px", "1366 px, dark"):
        assert wanted in found
