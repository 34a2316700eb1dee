"""axe-core finds nothing serious on any page, on a phone and at a desk, in light and in dark.

2026-11-28, found by a reviewer: 200 labels of the list that differed from their names, and scrolled regions that no key
reaches; then, the briefing's tables dark on dark.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from merestone.exchange import import_file
from merestone.register import Register
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, create_app
from merestone.terms import RecordKind
from tests.browsers import close
from tests.conftest import missing_engine
from tests.service.conftest import make_register, serve_app
from tests.service.test_browser import until
from tests.service.test_desk_pages import FILLED, PASSWORD, PEOPLE

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
LOOKS = {"phone": (PHONE, "light"), "desk": (DESK, "light"), "desk in the dark": (DESK, "dark")}
PUBLIC_PAGES = (
    "/", "/check", "/check?position=0.003+N,0.003+E", "/check?position=nowhere", "/areas", "/areas/{record}",
    "/briefing", "/law", "/law/FIN", "/nowhere", "/sign-in", "/alerts", "/pocket/",
    "/print?lat=0&lon=0&zoom=9", "/print?kind=poster",
)  # fmt: skip
DESK_PAGES = (
    "/desk", "/desk/new/suspected", "/desk/new/accident", "/desk/{draft}", "/desk/{draft}/form", "/desk/corrections",
    "/desk/alerts", "/desk/steps?draft={draft}+1&to=submitted",
)  # fmt: skip
HOLDER_PAGES = ("/areas/{record}", "/reports", "/areas")


@dataclass
class Places:
    public: str
    holder: str
    ids: dict[str, str]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    path = make_register(tmp_path_factory.mktemp("axe") / "areas.gpkg")
    accounts = Accounts(Accounts.beside(path).path, cost=Cost(n=2**4, r=1, p=1))
    accounts.add(PEOPLE["every"], PASSWORD)
    (path.parent / "events.csv").write_text("local_id,lat,lon\nA-1,0.1,0.2\nA-2,0.3,\n")
    with Register.open(path) as register:
        import_file(
            register, path.parent / "events.csv", kind=RecordKind.ACCIDENT, source="s", accuracy_m=5.0, by="every"
        )
        record = register.as_of().records[0]
    app = create_app(path, tier=Tier.PUBLIC, accounts=accounts)
    for public in serve_app(app, path):
        for holder in serve_app(create_app(path, tier=Tier.EXACT), path):
            yield Places(public.address, holder.address, {"record": record.record_id})


def serious(page: Any) -> list[str]:
    """What axe-core finds on the page as it stands, that keeps somebody from reading or using it."""
    if not AXE.exists():
        missing_engine("axe-core is not here; `npm ci` fetches it")
    # The page for phones puts its words in when it has read its languages.
    until(page, "[...document.querySelectorAll('[data-words]')].every((part) => part.textContent.trim() !== '')")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((told) => told.violations)")
    return [
        f"{page.url}: {one['id']} ({one['impact']}), {len(one['nodes'])} times, such as {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_serious_finding(browser: Any, places: Places, look: str) -> None:
    viewport, scheme = LOOKS[look]
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page, found = context.new_page(), list[str]()
    page.set_default_timeout(120_000)  # the briefing takes seconds to make, once
    for path in PUBLIC_PAGES:
        page.goto(places.public + path.format(**places.ids))
        found += serious(page)
    for path in HOLDER_PAGES:
        page.goto(places.holder + path.format(**places.ids))
        found += serious(page)
    page.goto(f"{places.public}/sign-in")
    page.fill("input[name=name]", "every")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.goto(f"{places.public}/desk/new/suspected")
    for name, value in FILLED.items():
        if name not in ("visibility", "own.remarks"):
            page.fill(f"[name='{name}']", "ten" if name == "accuracy_m" else value)
    page.click("text=Keep the draft")
    page.wait_for_selector("[aria-invalid]")
    found += serious(page)
    page.fill("[name=accuracy_m]", "10")
    page.click("text=Keep the draft")
    page.wait_for_selector("#stage")
    draft = page.url.rpartition("/")[2]
    for path in DESK_PAGES:
        page.goto(places.public + path.format(draft=draft, **places.ids))
        page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        found += serious(page)
    page.goto(f"{places.public}/desk/{draft}")
    page.fill("#step input[name=why]", "it is complete")
    page.wait_for_timeout(400)
    page.click("text=Sign out")
    page.wait_for_selector("dialog")
    found += serious(page)
    close(context)
    assert not found, "\n".join(found)
