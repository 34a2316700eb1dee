"""The oracle of colour vision: known values, and pictures of which anybody sees whether they can be told apart."""

import numpy as np
import pytest

from tests.service.colour_vision import SIGHTS, can_be_told_apart, pattern_difference, seen, tone_difference


def flat(colour: tuple[int, int, int]) -> np.ndarray:
    return np.tile(np.array(colour, float), (24, 24, 1))


@pytest.mark.parametrize("sight", SIGHTS)
def test_white_stays_white_and_grey_stays_as_light_as_it_was(sight: str) -> None:
    assert seen([255, 255, 255], sight) == pytest.approx([100, 0, 0], abs=0.05)
    assert seen([119, 119, 119], sight)[0] == pytest.approx(50.0, abs=0.1), "L* of sRGB grey 119 is 50"


def test_a_red_and_a_green_are_alike_to_those_who_lack_a_cone_and_not_to_others() -> None:
    red, green = flat((170, 85, 40)), flat((110, 110, 40))
    assert can_be_told_apart(red, green, "all colours")
    assert not can_be_told_apart(red, green, "deuteranopia")
    assert tone_difference(red, green, "deuteranopia") < tone_difference(red, green, "all colours") / 2


def test_on_grey_paper_a_pattern_or_how_dark_it_is_must_tell() -> None:
    light = flat((200, 200, 200))
    striped = light.copy()
    striped[::4] = 40
    other_way = striped.transpose(1, 0, 2)
    assert pattern_difference(striped, other_way, "greyscale") > 0.3
    assert pattern_difference(striped, striped.copy(), "greyscale") == 0
    assert can_be_told_apart(striped, other_way, "greyscale")
    assert not can_be_told_apart(light, flat((190, 190, 190)), "greyscale")
    assert can_be_told_apart(light, flat((90, 90, 90)), "greyscale")
