"""What the page for phones asks of the device while it watches: the screen kept on, sound and vibration, and when."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browsers import close
from tests.service.conftest import Served, place_near_suspected
from tests.service.test_browser import until

pytestmark = pytest.mark.browser
DEVICE = """
window.asked = [];
class Tone {
  constructor(audio) { this.audio = audio; this.frequency = {value: 0}; }
  connect() {}
  start(at) { if (this.audio.state === 'running') window.asked.push(['tone', this.frequency.value]); }
  stop() {}
}
window.AudioContext = class {
  constructor() { this.state = 'suspended'; this.currentTime = 0; window.audio = this; window.asked.push(['audio']); }
  resume() { this.state = 'running'; return Promise.resolve(); }
  close() { this.state = 'closed'; window.asked.push(['audio closed']); return Promise.resolve(); }
  createOscillator() { return new Tone(this); }
};
Object.defineProperty(navigator, 'vibrate', {value: (pattern) => window.asked.push(['vibrate', pattern])});
window.locks = [];
class Lock extends EventTarget {
  released = false;
  async release() {
    if (this.released) return;
    this.released = true;
    window.asked.push(['released']);
    this.dispatchEvent(new Event('release'));
  }
}
Object.defineProperty(navigator, 'wakeLock', {value: {request: async (kind) => {
  window.asked.push(['lock', kind]);
  if (document.visibilityState !== 'visible') throw new DOMException('hidden', 'NotAllowedError');
  await window.lockWaits;
  if (window.lockRefused) throw new DOMException('too little charge', 'NotAllowedError');
  const lock = new Lock();
  window.locks.push(lock);
  return lock;
}}});
"""
"""A device that writes down what it is asked for. Its screen lock is taken away as the real one is: by the system."""
SEE = """(state) => {
  Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
  if (state === 'hidden') for (const lock of window.locks) void lock.release();
  document.dispatchEvent(new Event('visibilitychange'));
}"""
FAR, WITHIN = (1.5, 1.5), (0.003, 0.003)
STATE = "document.getElementById('answer').className"


def go(page: Any, place: tuple[float, float], state: str) -> None:
    for turn in range(40):  # a position that comes while the last is reported may be lost
        page.context.set_geolocation({"longitude": place[0] + 1e-7 * turn, "latitude": place[1], "accuracy": 5})
        for _ in range(20):
            if state in page.evaluate(STATE):
                return
            page.wait_for_timeout(100)
    pytest.fail(f"the page does not say {state}, but {page.inner_text('#answer')}")


def asked(page: Any, *names: str) -> list[Any]:
    """What the device was asked for since the last time, of these kinds, in order."""
    every: list[Any] = page.evaluate("window.asked.splice(0)")
    return [request for request in every if request[0] in names]


@pytest.fixture(scope="module")
def near(public: Served) -> tuple[float, float]:
    return place_near_suspected(public.register)


@pytest.fixture
def page(browser: Any, public: Served) -> Iterator[Any]:
    context = browser.new_context(
        permissions=["geolocation"], geolocation={"longitude": FAR[0], "latitude": FAR[1], "accuracy": 5}
    )
    context.add_init_script(DEVICE)
    page = context.new_page()
    page.goto(f"{public.address}/pocket/")
    page.click("#fetch:not([hidden])", timeout=60_000)
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    yield page
    close(context)


def test_the_screen_is_kept_on_while_the_page_watches_and_is_seen(page: Any) -> None:
    assert asked(page, "lock", "audio") == [], "nothing is asked of the device before somebody presses the button"
    page.click("#watch")
    until(page, "document.getElementById('watching').textContent.includes('The screen stays on.')")
    assert asked(page, "lock", "released") == [["lock", "screen"]]
    page.evaluate(SEE, "hidden")
    page.evaluate(SEE, "hidden")
    go(page, FAR, "")
    assert asked(page, "lock", "released") == [["released"]], "it is not asked for while the page is hidden"
    page.evaluate(SEE, "visible")
    until(page, "window.locks.length === 2")
    assert asked(page, "lock", "released") == [["lock", "screen"]], "it is asked for again, once"
    page.click("#watch")
    until(page, "window.locks[1].released")
    assert asked(page, "lock", "released") == [["released"]], "it is let go when watching ends"
    page.evaluate(SEE, "hidden")
    page.evaluate(SEE, "visible")
    page.wait_for_timeout(100)
    assert asked(page, "lock", "released") == [], "who does not watch needs no screen"


def test_a_screen_that_is_not_kept_on_is_told(page: Any) -> None:
    """2026-11-29: where the system took the lock away from a page in view (too little charge), it said "stays on"."""
    page.click("#watch")
    until(page, "document.getElementById('watching').textContent.includes('The screen stays on.')")
    page.evaluate("window.locks[0].release()")
    until(page, "document.getElementById('watching').textContent.includes('cannot keep the screen on')")
    page.click("#watch")
    page.evaluate("window.lockRefused = true")
    page.click("#watch")
    until(page, "document.getElementById('watching').textContent.includes('cannot keep the screen on')")


def test_a_lock_that_comes_after_watching_ended_is_let_go(page: Any) -> None:
    """2026-11-29: it was kept, so that the screen stayed on with nobody watching, until the battery was empty."""
    page.evaluate("() => { window.lockWaits = new Promise((come) => { window.letCome = come; }); }")
    page.click("#watch")
    page.click("#watch")
    page.evaluate("window.letCome()")
    until(page, "window.locks.length === 1 && window.locks[0].released")
    assert "Not watching" in page.inner_text("#watching")


def test_sound_and_vibration_come_when_it_comes_near_and_when_it_is_inside(
    page: Any, near: tuple[float, float]
) -> None:
    page.click("#watch")
    go(page, FAR, "none-recorded")
    assert asked(page, "tone", "vibrate") == [], "nothing sounds far away"
    go(page, near, "near")
    assert asked(page, "tone", "vibrate") == [["vibrate", [300, 150, 300]], ["tone", 660], ["tone", 660]]
    page.evaluate("window.audio.state = 'interrupted'")  # as after a call, on some phones
    go(page, WITHIN, "inside")
    urgent = [["vibrate", [800, 200, 800, 200, 800]], *[["tone", 990]] * 5]
    assert asked(page, "tone", "vibrate") == urgent
    page.click("#watch")
    assert asked(page, "audio closed", "vibrate") == [["vibrate", 0], ["audio closed"]], "both end with watching"
    page.uncheck("#sound")
    page.uncheck("#vibration")
    page.click("#watch")
    go(page, WITHIN, "inside")
    assert asked(page, "tone", "vibrate") == [], "who wants neither has neither"
    page.check("#sound")
    page.click("#watch")
    page.click("#watch")
    go(page, WITHIN, "inside")
    assert asked(page, "tone", "vibrate")[-5:] == urgent[1:]


def test_a_warning_is_repeated_while_it_lasts_and_not_oftener(page: Any) -> None:
    """Seconds after the first position, with its level: 1 near, 2 inside.

    2026-11-29: a clock that was set back silenced the warning until it had caught up again.
    """
    walk = [(0, 1), (9.9, 1), (10, 1), (11, 2), (14.9, 2), (15, 2), (16, 1), (26, 1), (27, 0), (28, 1)]
    walk += [(-3600, 1), (-3599, 1), (-3590, 1)]
    sounded = page.evaluate(
        """async (walk) => {
          const {Alarm} = await import('/web/pocket/alarm.js');
          const alarm = new Alarm();
          alarm.allow();
          return walk.filter(([second, level]) => {
            window.asked.length = 0;
            alarm.raise(level, second * 1000);
            return window.asked.some(([what]) => what === 'tone') && window.asked.some(([what]) => what === 'vibrate');
          }).map(([second]) => second);
        }""",
        walk,
    )
    assert sounded == [0, 10, 11, 15, 26, 28, -3600, -3590]


def test_a_receiver_that_jumps_is_no_walk(page: Any) -> None:
    """2026-11-29: a jump of 230 km within a second was taken for a direction to look ahead in."""
    far_apart = """async () => {
      const {motionOf} = await import('/web/pocket/watching.js');
      const fix = (lat_deg, at) => ({lon_deg: 17, lat_deg, accuracy_m: 5, at, speed_m_s: null, heading_deg: null});
      return [motionOf(fix(44, 0), fix(46, 1000)), motionOf(fix(44, 0), fix(44.0005, 10000))?.speed_m_s];
    }"""
    jumped, walked_m_s = page.evaluate(far_apart)
    assert jumped is None
    assert 5 < walked_m_s < 6


def test_a_walker_whose_receiver_tells_no_direction_is_looked_ahead_of(page: Any) -> None:
    """2026-11-29: a walker's positions, one a second, were each taken for the place of the one before: no way ahead.

    1.4 m/s eastwards at 44 N, stated 4 m and taken as 8, then a jump of 300 m north within a second.
    """
    walk = """async () => {
      const {Watching} = await import('/web/pocket/watching.js');
      let come = null;
      navigator.geolocation.watchPosition = (taken) => { come = taken; return 1; };
      const fixes = [];
      const watching = new Watching({fix: (fix) => fixes.push(fix), refused: () => {}, screen: () => {}});
      watching.start();
      for (let second = 0; second < 23; second++) {
        const latitude = 44 + (second >= 20 ? 300 : 0) / 111195;
        const coords = {longitude: 17 + (1.4 * second) / 80000, latitude, accuracy: 4, speed: null, heading: null};
        come({coords, timestamp: 1000 * second});
      }
      watching.stop();
      return fixes.map(({speed_m_s, heading_deg}) => [speed_m_s, heading_deg]);
    }"""
    motions = page.evaluate(walk)
    assert motions[:6] == [[None, None]] * 6, "it may still be the same place"
    for speed_m_s, heading_deg in motions[6:20]:
        assert speed_m_s == pytest.approx(1.4, rel=0.01)
        assert heading_deg == pytest.approx(90.0, abs=0.1)
    assert motions[20:] == [[None, None]] * 3, "nobody walked 300 m in a second, nor in three"


def test_positions_that_come_again_take_away_the_words_that_none_came(page: Any, near: tuple[float, float]) -> None:
    """2026-11-29: "No new position since" stayed over the answers of new ones."""
    page.clock.install()
    page.click("#watch")
    go(page, FAR, "none-recorded")
    page.clock.fast_forward(31_000)
    until(page, "document.getElementById('watching').textContent.includes('No new position since')")
    assert "stale" in page.get_attribute("#answer", "class")
    go(page, near, "near")
    assert "stale" not in page.get_attribute("#answer", "class")
    assert "Watching only while this page is open" in page.inner_text("#watching")
