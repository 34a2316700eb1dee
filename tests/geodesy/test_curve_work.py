"""Curved outlines that cross themselves are mended as far as a file's work allows, then bounded by their hull."""

import numpy as np
import pytest
import shapely

from merestone.geodesy import CurveWork, curves_of, limited, straightened

BOW = "CURVEPOLYGON (COMPOUNDCURVE (CIRCULARSTRING (0 0, 1 2, 2 0), (2 0, 0 2), (0 2, 2 2), (2 2, 0 0)))"
DISC = "CURVEPOLYGON (CIRCULARSTRING (0 0, 2 0, 0 0))"


def _spent() -> CurveWork:
    work = CurveWork()
    while work.allows_mending(7_000):
        pass
    return work


def test_what_is_left_when_the_work_is_spent_contains_what_mending_gives() -> None:
    """A megabyte of small outlines that cross themselves took 14 to 42 s (2026-11-28: no limit for a whole file)."""
    mended = straightened(BOW)
    with curves_of(_spent()):
        bounded = straightened(BOW)
    assert not mended.is_hull
    assert bounded.is_hull
    assert bounded.outward.covers(mended.outward)
    assert bounded.inward.is_empty
    assert not mended.inward.is_empty


def test_a_sound_outline_is_drawn_as_before_when_the_work_is_spent() -> None:
    alone = straightened(DISC)
    with curves_of(_spent()):
        later = straightened(DISC)
    assert later == alone


def test_an_outline_of_several_parts_tells_that_one_of_them_is_a_hull() -> None:
    with curves_of(_spent()):
        both = straightened(f"MULTISURFACE ({BOW}, {DISC})")
    assert both.is_hull
    assert both.inward.area == pytest.approx(np.pi, rel=0.01)


def test_a_larger_file_may_have_more_of_them_mended() -> None:
    work = _spent()
    assert not work.allows_mending(1)
    work.count(2_000_000)
    assert work.allows_mending(1)


def test_items_that_are_made_later_are_counted_as_their_file_s() -> None:
    work = _spent()
    texts = limited((straightened(text).is_hull for text in (BOW, DISC, BOW)), work)
    assert not straightened(BOW).is_hull  # outside of the file
    assert list(texts) == [True, False, True]


def test_a_hull_of_places_on_one_line_and_of_none() -> None:
    from merestone.geodesy._readings import hull_of_all

    assert hull_of_all(np.array([[1.0, 1.0]])).equals(shapely.Point(1, 1))
    assert hull_of_all(np.empty((0, 2))).is_empty


def test_a_file_of_more_positions_may_have_more_corners_on_its_geodesics() -> None:
    work = CurveWork(followed=300_000)
    assert not work.allows_following(2)
    assert work.allows_following(10_000)
