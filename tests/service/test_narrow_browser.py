"""Every page of the public in every language, and in both made-up ones, on a phone: nothing cut, nothing English.

2026-11-29: on the poster in Russian the map was 135 px high, since words in two languages stood in a narrow column.
"""

import re
from typing import Any

import pytest

from merestone.languages import LANGUAGES, catalogue_of
from tests.browsers import close
from tests.service.conftest import Served

pytestmark = pytest.mark.browser
TAGS = [*(language.tag for language in LANGUAGES), "ar-XB", "zh-XC"]
PATHS = (
    "/", "/check", "/check?position=0.002,+0.002", "/check?position=nowhere", "/areas?true_on=2030-05-03", "/alerts",
    "/print", "/print?kind=poster", "/law", "/law/FIN", "/law/treaty/apmbc", "/law/parties/apmbc", "/no-such-page",
)  # fmt: skip
WIDTH = 390
A4_PX = 794
"""The sheets for printing are as wide as paper, on a phone, too."""
FAULTS = """(width) => {
  const mayScroll = (element) => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
  const scrolls = (element) => element && (mayScroll(element) || scrolls(element.parentElement));
  const begins = (text) => text.trim().slice(0, 60);
  const name = ({tagName, id, className, textContent}) => `${tagName} ${id} ${className}: ${begins(textContent)}`;
  const passedOver = '.skip, svg, option, noscript, thead, [hidden]';
  const least = document.documentElement.dir === 'rtl' ? innerWidth - width : 0;
  const pageWidth = document.documentElement.scrollWidth;
  const faults = pageWidth > width ? [`the page is ${pageWidth} px wide`] : [];
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.checkVisibility() || element.closest(passedOver)) continue;
    const cuts = getComputedStyle(element).overflowX !== 'visible' && !mayScroll(element);
    if (cuts && element.scrollWidth > element.clientWidth + 1) faults.push(`cut, ${name(element)}`);
    const {left, right, width: wide} = element.getBoundingClientRect();
    const isBeyond = wide && (right > least + width + 1 || left < least - 1);
    if (isBeyond && !scrolls(element.parentElement)) faults.push(`beyond the edge, ${name(element)}`);
  }
  return faults;
}"""
ON_PAPER = """() => {
  document.querySelector('#unshown').hidden = true;  // as the script does once the areas are there
  const paper = document.querySelector('.paper');
  const beyond = Math.max(...[...paper.children].map((part) => part.getBoundingClientRect().bottom)) -
    paper.getBoundingClientRect().bottom + parseFloat(getComputedStyle(paper).borderBottomWidth);
  return [document.querySelector('.frame').getBoundingClientRect().height, beyond];
}"""
"""How high the map of a sheet is, and how far what lies below it sticks out of the paper, in pixels."""
LEAST_MAP_PX = 340
"""90 mm, of 297 mm of paper."""
TEXTS = """() => {
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest('[lang=en], script, style, noscript') && !parent.closest('html[lang=en]')) continue;
    texts.push(walker.currentNode.textContent.trim());
  }
  return texts;
}"""


ISO_DAY = r"\b\d{4}-\d\d-\d\d\b"
"""How English writes days, and no other language."""


def english_messages(tag: str) -> set[str]:
    """The English sentences that have another form in a language."""
    entries = catalogue_of(tag).entries
    singles = [entry.id for entry in entries if isinstance(entry.id, str)]
    return {text for text in singles if len(text) > 3 and catalogue_of(tag).text(text) != text}


def test_no_page_is_cut_or_english_on_a_phone(browser: Any, public: Served) -> None:
    context = browser.new_context(viewport={"width": WIDTH, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    listed = page.request.get(f"{public.address}/areas").text()
    record = re.findall(r'href="(/areas/[^"?]+)"', listed)
    faults = []
    for tag in TAGS:
        english = english_messages(tag) if tag != "en" else set()
        for path in (*PATHS, *record[:1]):
            page.goto(f"{public.address}{path}{'&' if '?' in path else '?'}lang={tag}")
            assert page.get_attribute("html", "lang") == tag, path
            faults += [
                f"{tag} {path}: {fault}" for fault in page.evaluate(FAULTS, A4_PX if "/print" in path else WIDTH)
            ]
            if "/print" in path:
                map_px, beyond_px = page.evaluate(ON_PAPER)
                if map_px < LEAST_MAP_PX or beyond_px > 0:
                    faults.append(f"{tag} {path}: the map is {map_px} px high, {beyond_px} px lie beyond the paper")
            if not path.startswith("/law"):  # below the headlines of treaties English stands, as the guide says
                texts = page.evaluate(TEXTS)
                faults += [f"{tag} {path}: English, {text}" for text in texts if text in english]
                days = [text for text in texts if tag != "en" and re.search(ISO_DAY, text)]
                faults += [f"{tag} {path}: a day as English writes it, {text}" for text in days]
    close(context)
    assert not faults, "\n".join(faults)
