"""Every form of the desk in one browser: a lost connection, a restart, an ended session, a refused field, a reload.

2026-11-29: these had been tried in a browser with the form of a new draft, a step and a correction alone. Here each
form stands in a tab of its own, typed into by a person who may everything. The service is stopped and started anew;
what each form held, and what its person was told, is looked at after each of five disturbances.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from merestone.exchange import import_file
from merestone.register import Entry, Register, merge
from merestone.service import create_app
from merestone.terms import RecordKind, Visibility
from tests.browsers import close
from tests.service.conftest import serve_app
from tests.service.test_correction_pages import CSV
from tests.service.test_desk_pages import PASSWORD, Desk

# Its 85 s are not in CI: `test_typed_browser.py` tries three forms so there, `test_desk_pages.py` all over HTTP.
pytestmark = [pytest.mark.browser, pytest.mark.slow]
TEMPLATES = Path(__file__).parents[2] / "src" / "merestone" / "service" / "templates"
AUTHORITY = "{source: t, sender: a@mines.example.org, sender_name: Centre, contact: null, web: null, languages: [en]}"
Fields = list[list[str]]
SNAPSHOT = """form => [...form.querySelectorAll('input[name], select[name], textarea[name]')]
  .filter(one => one.type !== 'hidden' && one.type !== 'password' && one.type !== 'file')
  .map(one => [one.name, one.type === 'checkbox' ? `${one.value} ${one.checked}` : one.value])"""
FORMS = (
    "new draft", "revision", "draft written anew", "step", "several drafts", "document of a record",
    "document of a draft", "import", "undo an import", "settle a row", "let a row wait again", "decide a conflict",
    "withdraw", "put back", "alert", "step of an alert", "message about an alert",
)  # fmt: skip
PHASES = ("lost connection", "restart", "ended session", "refused field", "reload")
MOVED_MEANWHILE = ("step", "several drafts", "step of an alert")
"""Forms with nothing but why: what they are about was changed by somebody else while it was typed."""


def prepare(desk: Desk, folder: Path) -> dict[str, tuple[str, str]]:
    """What each form needs in the register; gives its page, and the end of its action."""
    (folder / "events.csv").write_text(CSV)
    with Register.open(desk.path) as register:
        import_file(register, folder / "events.csv", kind=RecordKind.ACCIDENT, source="s", accuracy_m=5.0, by="x")
        [record] = register.as_of().records
        with register.batch(by="test", why="a test", source="made up") as batch:
            batch.configure("alert_authority", AUTHORITY)
    copy, merged = folder / "copy.gpkg", folder / "merged.gpkg"
    shutil.copy(desk.path, copy)
    for path, lon_deg in ((desk.path, 0.21), (copy, 0.25)):
        with Register.open(path) as register, register.batch(by=path.stem, why="seen", source="s") as batch:
            batch.revise(record.record_id, Entry(RecordKind.ACCIDENT, shapely.Point(lon_deg, 0.1), 5.0))
    merge([desk.path, copy], merged, by="m", why="back")
    for part in folder.glob("areas.gpkg*"):
        part.unlink()
    shutil.copy(merged, desk.path)
    with Register.open(desk.path) as register:
        first, second = register.quarantined()
        with register.batch(by="test", why="a test", source="made up") as batch:
            entry = Entry(RecordKind.SUSPECTED, shapely.box(1.0, 1.0, 1.01, 1.01), 5.0, visibility=Visibility.PUBLIC)
            shown = batch.record(entry)
        batch_id = register.imports()[0].batch_id
    corrections = "/desk/corrections"
    settled = {"row": second.event_id, "as": "without_place", "record": "", "why": "looked at it", "source": "s"}
    assert desk.post("diana", f"{corrections}/settle", **settled).status_code == 303
    drafts = [desk.drafted(**{"own.local_id": f"N-{number}"}) for number in range(2)]
    own = desk.drafted(by="every")  # only its writer may rewrite a draft
    chosen = f"draft={drafts[1]}+{desk.seq(drafts[1])}&to=submitted"
    alerts = [alert(desk, number) for number in range(2)]
    alert_step(desk, alerts[1], "approved", by="carla")
    alert_step(desk, alerts[1], "published", by="diana")
    return {
        "new draft": ("/desk/new/suspected", "/desk/new/suspected"),
        "revision": (f"/desk/revise/{shown}", f"/desk/revise/{shown}"),
        "draft written anew": (f"/desk/{own}/form", f"/desk/{own}/form"),
        "step": (f"/desk/{drafts[0]}", f"/desk/{drafts[0]}/step"),
        "several drafts": (f"/desk/steps?{chosen}", "/desk/steps"),
        "document of a record": (f"/desk/attach/{shown}", f"/desk/attach/{shown}"),
        "document of a draft": (f"/desk/{own}/attach", f"/desk/{own}/attach"),
        "import": ("/desk/import", "/desk/import"),
        "undo an import": (corrections, f"undo-import:{batch_id}"),
        "settle a row": (corrections, f"settle:{first.event_id}"),
        "let a row wait again": (corrections, f"settle:{second.event_id}"),
        "decide a conflict": (corrections, "resolve:"),
        "withdraw": (corrections, "withdraw:"),
        "put back": (corrections, "put-back:"),
        "alert": ("/desk/alerts", "/desk/alerts"),
        "step of an alert": (f"/desk/alerts/{alerts[0]}", f"/desk/alerts/{alerts[0]}/step"),
        "message about an alert": (f"/desk/alerts/{alerts[1]}", f"/desk/alerts/{alerts[1]}/follow"),
    }


def alert(desk: Desk, number: int) -> str:
    form = {"reason": "new_finding", "area_name": f"Forest {number}", "why": "w", "source": "s"}
    form["geometry"] = shapely.to_wkt(shapely.box(2.0 + number, 2.0, 2.01 + number, 2.01))
    made = desk.post("anna", "/desk/alerts", **form)
    assert made.status_code == 303, made.text
    return str(made.headers["location"]).rpartition("/")[2]


def alert_step(desk: Desk, alert_id: str, to: str, *, by: str) -> None:
    page = desk.at(by).get(f"/desk/alerts/{alert_id}").text
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen, f"{by} is shown no step to {to}"
    done = desk.post(by, f"/desk/alerts/{alert_id}/step", to=to, why="looked at it", seen=seen[1])
    assert done.status_code == 303, done.text


class Tab:
    """One form in one tab."""

    def __init__(self, context: Any, address: str, page: str, action: str) -> None:
        self.page = context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        answer = self.page.goto(f"{address}{page}")
        assert answer.status == 200, f"{page}: {self.page.inner_text('main')}"
        self.page.wait_for_selector("body[data-typed=ready]")
        end, _, hidden = action.partition(":")
        self.selector = f"form[data-keep][action$='{end}']"
        if hidden:
            self.selector += f":has(input[value='{hidden}'])"
        # Not the map, on which an outline is drawn.
        folded = "details:has(form[data-keep]), form[data-keep] details:has([name])"
        self.page.evaluate(f"document.querySelectorAll('{folded}').forEach(one => {{ one.open = true; }})")

    @property
    def fields(self) -> Fields:
        snapshot: Fields = self.page.eval_on_selector(self.selector, SNAPSHOT)
        return snapshot

    def type(self) -> None:
        """Something into every field. Of what is typed, the service can take nothing."""
        for control in self.page.query_selector_all(
            f"{self.selector} :is(input[name], select[name], textarea[name]):not([type=hidden])"
        ):
            name, kind = control.get_attribute("name"), control.get_attribute("type") or "text"
            if control.evaluate("one => one.tagName") == "SELECT":
                last = control.evaluate("one => one.options[one.options.length - 1].value")
                control.select_option(last)
            elif kind == "file":
                file = {"name": "field.csv", "mimeType": "text/csv", "buffer": b""}
                control.set_input_files(file)
            elif kind == "checkbox":
                if name not in ("insist", "accuracy_unknown"):
                    control.evaluate("tick => tick.click()")
            elif kind == "date":
                control.fill("2026-05-03")
            else:
                # Spaces alone pass a browser's `required`, and no form of the desk.
                control.fill("  " if name == "source" else f"typed {name}")

    def send(self) -> None:
        # A click as the page sees it; sixteen tabs need not be brought to the front for it.
        self.page.eval_on_selector(f"{self.selector} > p > button", "button => button.click()")

    def notice(self, of: str = "") -> str:
        words: str = self.page.wait_for_selector(f".notice:has-text('{of}')" if of else ".notice").inner_text()
        return words

    def signs_in_again(self) -> str:
        dialog: str = self.page.wait_for_selector("dialog").inner_text()
        self.page.fill("dialog input[type=password]", PASSWORD)
        self.page.click("dialog button >> text=Sign in")
        self.page.wait_for_selector("dialog", state="detached")
        return dialog


@pytest.fixture(scope="module")
def walk(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, tuple[Fields, str]]]]:
    """For each form what it held when it was typed, and after each disturbance, with the words told then."""
    folder = tmp_path_factory.mktemp("forms")
    desk = Desk(folder)
    places = prepare(desk, folder)
    desk.app.state.context.sign_in._sessions.clear()
    desk._browsers.clear()
    running = serve_app(desk.app, desk.path)
    address = next(running).address
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(25_000)
    entry = context.new_page()
    entry.goto(f"{address}/sign-in")
    entry.fill("input[name=name]", "every")
    entry.fill("input[name=password]", PASSWORD)
    entry.click("button[type=submit]")
    entry.wait_for_url("**/desk")
    tabs = {form: Tab(context, address, *places[form]) for form in FORMS}
    held: dict[str, dict[str, tuple[Fields, str]]] = {}
    for form, tab in tabs.items():
        before = tab.fields
        tab.type()
        held[form] = {"empty": (before, ""), "typed": (tab.fields, "")}
    entry.wait_for_timeout(500)  # it is kept when typing rests

    running.close()  # stopped: no connection
    for tab in tabs.values():
        tab.send()
    for form, tab in tabs.items():
        held[form]["lost connection"] = (tab.fields, tab.notice("there is a connection"))
    move_meanwhile(desk, places)
    desk.app = create_app(desk.path, accounts=desk.accounts)
    running = serve_app(desk.app, desk.path, port=int(address.rpartition(":")[2]))
    next(running)
    for phase in ("restart", "ended session"):
        desk.app.state.context.sign_in._sessions.clear()
        for tab in tabs.values():
            tab.send()
        for tab in tabs.values():
            tab.page.wait_for_selector("dialog")  # each has been told before anybody signs in
        for form, tab in tabs.items():
            words = tab.signs_in_again()
            told = tab.notice("is still here")
            held[form][phase] = (tab.fields, words)
            held[form]["refused field"] = (tab.fields, told)
    for form, tab in tabs.items():
        if (
            form == "several drafts"
        ):  # nothing is left to do with them: the desk names what was written, and leads there
            held[form]["reload"] = (tab.fields, unsent(entry, address, places[form][0]))
            continue
        tab.page.reload()
        tab.page.wait_for_selector("body[data-typed=ready]")
        held[form]["reload"] = (tab.fields, tab.notice())
    yield held
    faults = [fault for tab in tabs.values() for fault in tab.faults]
    close(context)
    running.close()
    assert not faults


def unsent(entry: Any, address: str, place: str) -> str:
    """What the desk lists as not sent yet, once it is certain that it leads to the place."""
    entry.goto(f"{address}/desk")
    entry.wait_for_selector("body[data-typed=ready]")
    words: str = entry.inner_text("#unsent")
    assert "several drafts" in words
    links = entry.eval_on_selector_all("#unsent a", "links => links.map(link => link.getAttribute('href'))")
    assert place.replace("+", "%20") in [link.replace("+", "%20") for link in links]
    return f"{words} was not sent yet"


def move_meanwhile(desk: Desk, places: dict[str, tuple[str, str]]) -> None:
    """Somebody else takes the steps that stand half written."""
    desk._browsers.clear()
    desk.app = create_app(desk.path, accounts=desk.accounts)
    drafts = [places["step"][0].rpartition("/")[2], re.findall(r"draft=([^+]+)", places["several drafts"][0])[0]]
    for draft_id in drafts:
        assert desk.step("anna", draft_id, "submitted").status_code == 303
        assert desk.step("bruno", draft_id, "reviewed").status_code == 303
    alert_step(desk, places["step of an alert"][0].rpartition("/")[2], "approved", by="carla")


def test_nothing_typed_into_a_form_of_the_desk_is_lost(walk: dict[str, dict[str, tuple[Fields, str]]]) -> None:
    """One test, because each process that has a part of it would walk anew."""
    faults = [fault for form in FORMS for phase in PHASES if (fault := lost(walk[form], form, phase))]
    assert not faults, "\n".join(faults)


def lost(disturbed: dict[str, tuple[Fields, str]], form: str, phase: str) -> str:
    """What is wrong with a form after a disturbance; empty if nothing is."""
    empty, typed = disturbed["empty"][0], disturbed["typed"][0]
    if not typed or sum(before != after for before, after in zip(empty, typed, strict=True)) < len(typed) // 2:
        return f"{form}: nothing was typed"
    fields, words = disturbed[phase]
    expected = {
        "lost connection": "Send it again when there is a connection.",
        "restart": "Your session ended",
        "ended session": "Your session ended",
        "refused field": "What you wrote is still here",
        "reload": "was not sent yet",
    }
    if fields != typed:
        return f"{form}, {phase}: it holds {fields}, and not {typed}"
    if expected[phase] not in words:
        return f"{form}, {phase}: the person is told {words!r}"
    if phase == "refused field" and form not in MOVED_MEANWHILE and "Correct what is marked" not in words:
        return f"{form}, {phase}: {words!r} does not say what to correct"
    return ""


def test_every_form_that_keeps_what_is_typed_is_walked() -> None:
    kept = sum(path.read_text(encoding="utf-8").count("data-keep=") for path in TEMPLATES.glob("*.html"))
    # A new draft, a revision and a draft written anew are one template.
    assert kept == len(FORMS) - 2
    sent = re.findall(
        r'method="post"[^>]*action="([^"]*)"[^>]*>', "\n".join(map(Path.read_text, TEMPLATES.glob("*.html")))
    )
    typed_elsewhere = {"/sign-out", "{{ path }}", "/sign-in"}
    typed_elsewhere |= {"/desk/import/{{ job.import_id }}/write", "/desk/import/{{ job.import_id }}/drop"}
    assert len([action for action in sent if action not in typed_elsewhere]) == kept
