"""The desk's list of drafts: found, filtered, sorted, and one step taken with several after a look at them."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from merestone.service import desk_list
from tests.service.test_desk_pages import FILLED, Desk, csrf_of


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def listed(desk: Desk, name: str, query: str = "") -> list[str]:
    """The drafts in the list's table, from the top."""
    answer = desk.at(name).get(f"/desk{query}")
    assert answer.status_code == 200
    return re.findall(r'<th scope="row"><a href="/desk/(D-[0-9a-f]+)"', answer.text)


def named(desk: Desk, remark: str, *, layer: str = "suspected", by: str = "anna") -> str:
    fields = {**FILLED, "own.remarks": remark, "own.local_id": remark}
    done = desk.post(by, f"/desk/new/{layer}", **fields)
    assert done.status_code == 303, done.text
    return str(done.headers["location"]).rpartition("/")[2]


def chosen(desk: Desk, drafts: list[str]) -> list[str]:
    return [f"{draft_id} {desk.seq(draft_id)}" for draft_id in drafts]


def take(desk: Desk, name: str, to: str, draft: list[str], why: str = "looked at all of them") -> Any:
    at = desk.at(name)
    fields = {"csrf": csrf_of(at), "to": to, "draft": draft, "why": why}
    return at.post("/desk/steps", data=fields)


def test_list_is_searched_filtered_and_sorted(desk: Desk) -> None:
    """2026-11-29, a review: no search, filter or sort, and published drafts stayed in the list for ever."""
    first, second = named(desk, "by the mill"), named(desk, "by the river", layer="confirmed")
    third = named(desk, "mill road")
    desk.walk(second, until="published")
    desk.walk(third, until="submitted")
    assert listed(desk, "anna") == [first, third], "what is published is not under way"
    assert set(listed(desk, "anna", "?stage=every")) == {first, second, third}
    assert listed(desk, "anna", "?stage=published") == [second]
    assert listed(desk, "anna", "?search=MILL+road") == [third]
    assert listed(desk, "anna", "?search=mill&stage=draft") == [first]
    assert listed(desk, "anna", "?stage=every&kind=confirmed") == [second]
    assert listed(desk, "anna", "?sort=-changed") == [third, first]
    assert listed(desk, "anna", "?sort=draft") == sorted([first, third])
    assert listed(desk, "bruno", "?waits=yes") == [third]
    assert listed(desk, "anna", "?search=nothing+like+it") == []
    assert "No draft matches what you asked for." in desk.at("anna").get("/desk?search=nothing+like+it").text


def test_search_finds_nothing_of_what_the_person_may_not_see(desk: Desk) -> None:
    draft_id = named(desk, "by the mill")
    assert listed(desk, "simon", f"?stage=every&search={draft_id}") == []
    assert listed(desk, "simon", "?stage=every&search=mill") == []


@pytest.mark.parametrize("query", ["?sort=x&stage=x&kind=x&waits=x", "?page=99", "?page=-1", "?search=%00%ff"])
def test_what_nobody_understands_makes_no_error(desk: Desk, query: str) -> None:
    assert desk.at("anna").get(f"/desk{query}").status_code == 200


def test_pages_of_the_list(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_list, "LISTED", 2)
    drafts = [named(desk, f"number {number}") for number in range(5)]
    found = [draft for page in (1, 2, 3) for draft in listed(desk, "anna", f"?search=number&page={page}")]
    assert found == drafts
    text = unescape(desk.at("anna").get("/desk?search=number&page=2").text)
    assert "5 drafts, page 2 of 3." in text
    assert 'href="/desk?search=number&page=3" rel="next"' in text
    assert 'href="/desk?search=number" rel="prev"' in text


def test_step_with_several_is_asked_about_before_it_is_taken(desk: Desk) -> None:
    drafts = [named(desk, f"number {number}") for number in range(3)]
    listing = desk.at("anna").get("/desk").text
    assert all(f'value="{one}"' in listing for one in chosen(desk, drafts))
    query = "&".join(f"draft={one.replace(' ', '+')}" for one in chosen(desk, drafts))
    asked = desk.at("anna").get(f"/desk/steps?{query}&to=submitted")
    assert asked.status_code == 200
    assert "Submit it: 3 drafts" in asked.text
    assert "Nothing has been done yet" in asked.text
    assert {desk.stage(draft) for draft in drafts} == {"draft"}
    fields = [tuple(one) for one in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text)]
    form = {"why": "all three are complete", "draft": [value for name, value in fields if name == "draft"]}
    form |= {name: [value for other, value in fields if other == name][-1] for name in ("csrf", "key", "to")}
    done = desk.at("anna").post("/desk/steps", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/desk")
    assert {desk.stage(draft) for draft in drafts} == {"submitted"}
    again = desk.at("anna").post("/desk/steps", data=form)
    assert again.status_code == 303, "the answer was lost, and it was sent again"
    assert "3 drafts are now submitted" in desk.at("anna").get("/desk").text
    for draft_id in drafts:
        assert "all three are complete" in desk.at("anna").get(f"/desk/{draft_id}").text


def test_one_that_cannot_be_taken_holds_up_none_of_the_others(desk: Desk) -> None:
    drafts = [named(desk, f"number {number}") for number in range(3)]
    seen = chosen(desk, drafts)
    desk.walk(drafts[1], until="submitted")
    assert take(desk, "anna", "submitted", seen).status_code == 303
    text = desk.at("anna").get("/desk").text
    assert "2 drafts are now submitted" in text
    assert f"{drafts[1]} is not: " in text
    page = desk.at("anna").get(f"/desk/steps?draft={seen[0].replace(' ', '+')}&to=submitted").text
    assert "was changed since you looked at the list" in page
    assert "Nothing to do" in page


def test_nobody_takes_a_step_with_several_that_they_may_not_take_with_one(desk: Desk) -> None:
    drafts = [named(desk, f"number {number}") for number in range(2)]
    desk.walk(drafts[0], until="submitted")
    for name, to in (("olga", "reviewed"), ("rita", "submitted"), ("simon", "reviewed"), ("anna", "reviewed")):
        assert take(desk, name, to, chosen(desk, drafts)).status_code in (403, 404), name
        query = "&".join(f"draft={one.replace(' ', '+')}" for one in chosen(desk, drafts))
        assert 'method="post" action="/desk/steps"' not in desk.at(name).get(f"/desk/steps?{query}&to={to}").text
    assert [desk.stage(draft) for draft in drafts] == ["submitted", "draft"]
    assert drafts[0] not in desk.at("simon").get(f"/desk/steps?draft={drafts[0]}+1&to=reviewed").text


def test_form_that_is_refused_comes_back_with_what_was_chosen(desk: Desk) -> None:
    drafts = [named(desk, f"number {number}") for number in range(2)]
    refused = take(desk, "anna", "submitted", chosen(desk, drafts), why="")
    assert refused.status_code == 400
    assert "say why: it stays in the history" in refused.text
    assert all(f'name="draft" value="{one}"' in refused.text for one in chosen(desk, drafts))
    assert {desk.stage(draft) for draft in drafts} == {"draft"}


@pytest.mark.parametrize("draft", [[], ["x"], ["D-000000000000 x"], [f"D-{number:012x} 1" for number in range(101)]])
def test_choice_that_is_none_is_refused_in_words(desk: Desk, draft: list[str]) -> None:
    assert take(desk, "anna", "submitted", draft).status_code == 400


def test_several_need_the_sessions_own_token(desk: Desk) -> None:
    draft_id = named(desk, "one")
    whole = {"to": "submitted", "why": "w", "draft": chosen(desk, [draft_id])}
    for csrf in ({}, {"csrf": "x"}, {"csrf": csrf_of(desk.at("bruno"))}):
        assert desk.at("anna").post("/desk/steps", data={**whole, **csrf}).status_code == 403
    assert desk.browser().post("/desk/steps", data={**whole, "csrf": "x"}).status_code == 401
    assert desk.stage(draft_id) == "draft"
