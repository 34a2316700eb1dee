"""How a picture looks to people who see colours otherwise, and whether two pictures can be told apart.

Sources: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color
Vision Deficiency", IEEE Transactions on Visualization and Computer Graphics 15 (6), 2009, table 1, severity 1.0; IEC
61966-2-1 (sRGB); CIE 15 (L*a*b* under D65).
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = _TO_XYZ.sum(axis=1)
SIGHTS: Final[dict[str, NDArray[np.float64]]] = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
    "greyscale": np.tile(_TO_XYZ[1], (3, 1)),
}
"""What each sight makes of linear red, green and blue."""
TONE_DELTA_E: Final = 12.0
"""Between two tones: a glance tells them apart. A just noticeable difference is some 2.3."""
MARK_L: Final = 12.0
"""How much lighter or darker than its surroundings a mark is that is seen."""
MARKED_SHARE: Final = 0.12
"""Of a picture's pixels: where one has a mark that the other has not, so that the patterns differ."""


def seen(rgb: Any, sight: str) -> NDArray[np.float64]:
    """L*a*b* of pixels of sRGB from 0 to 255, as this sight has them."""
    part = np.asarray(rgb, np.float64) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ SIGHTS[sight].T, 0, 1) @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def tone_difference(one: Any, other: Any, sight: str) -> float:
    """Delta E (CIE 1976) between the middle tones of two pictures."""
    return float(np.linalg.norm(seen(one, sight).mean((0, 1)) - seen(other, sight).mean((0, 1))))


def pattern_difference(one: Any, other: Any, sight: str) -> float:
    """The share of pixels where only one of two pictures is much lighter or darker than it is as a whole."""
    light = [seen(picture, sight)[..., 0] for picture in (one, other)]
    relief = [lightness - np.median(lightness) for lightness in light]
    return float(np.mean(np.abs(relief[0] - relief[1]) > MARK_L))


def drawn_part(pictures: Any, paper: Any) -> Any:
    """Of pictures of one size, the part in which any of them has something else than paper."""
    is_drawn = np.any(np.abs(np.asarray(pictures, float) - paper).max(-1) > 8, axis=0)
    rows, columns = np.flatnonzero(is_drawn.any(1)), np.flatnonzero(is_drawn.any(0))
    return [picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] for picture in pictures]


def can_be_told_apart(one: Any, other: Any, sight: str) -> bool:
    """Whether two pictures differ by their pattern or by their tone."""
    is_tone = tone_difference(one, other, sight) >= TONE_DELTA_E
    return is_tone or pattern_difference(one, other, sight) >= MARKED_SHARE
