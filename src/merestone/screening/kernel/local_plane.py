"""The flat frame around a place, by how much it may be wrong, and the exact distance that it is checked with."""

import math

from merestone.screening.kernel.compiled_function import compiled
from merestone.screening.kernel.numpy_query import R_M
from merestone.screening.kernel.outline import A_M, E2

_RAD = math.pi / 180.0


@compiled
def metres_per_degree_at(lat_deg):  # type: ignore[no-untyped-def]
    """Metres per degree of longitude and latitude at a latitude."""
    sin, cos = math.sin(lat_deg * _RAD), math.cos(lat_deg * _RAD)
    w2 = 1.0 - E2 * sin * sin
    n = A_M / math.sqrt(w2)
    return n * cos * _RAD, n * (1.0 - E2) / w2 * _RAD


SHIFT_X, SHIFT_Y = 0.031, 0.019
"""Reference points lie beside the middles of a cell's quarters, by this share of one: outlines like round numbers."""


@compiled
def reference_point(x_deg, y_deg, size_deg, choice):  # type: ignore[no-untyped-def]
    """One of the four places, one in each quarter of a cell, where its winding numbers may be known."""
    return (
        x_deg + ((choice & 1) - 0.5 + SHIFT_X) * 0.5 * size_deg,
        y_deg + ((choice >> 1) - 0.5 + SHIFT_Y) * 0.5 * size_deg,
    )


@compiled
def error_growth(tangent):  # type: ignore[no-untyped-def]
    """By how much more a flat distance may be wrong, relative, for each metre: the parallels shrink by tan(lat)."""
    return 1.06 * (tangent + 0.03) / R_M


@compiled
def frame_error(distance_m, tangent):  # type: ignore[no-untyped-def]
    """By how much a flat distance from a point may be wrong, relative: the parallels shrink by tan(lat) per radian."""
    return 1e-6 + error_growth(tangent) * distance_m


@compiled
def curve_at(sin, cos):  # type: ignore[no-untyped-def]
    """Distance from the axis at a latitude, and Taylor coefficients of that and of the height, per radian."""
    w2 = 1.0 - E2 * sin * sin
    n, by_w2 = A_M / math.sqrt(w2), 1.0 / w2
    m = n * (1.0 - E2) * by_w2
    bend = 3.0 * m * E2 * by_w2
    m1 = bend * sin * cos
    m2 = bend * (cos * cos - sin * sin + 5.0 * E2 * sin * sin * cos * cos * by_w2)
    return (
        n * cos,
        -m * sin,
        0.5 * (-m1 * sin - m * cos),
        (-m2 * sin - 2.0 * m1 * cos + m * sin) / 6.0,
        m * cos,
        0.5 * (m1 * cos - m * sin),
        (m2 * cos - 2.0 * m1 * sin - m * cos) / 6.0,
    )


@compiled
def exact(x0, y0, dx, dy, t, curve, steps):  # type: ignore[no-untyped-def]
    """Geodesic distance in metres to an edge given in degrees from the position, from a first guess of where on it.

    The chord through space by series to the third power of latitude: 2 micrometres at 10 km, before rounding. `steps`
    of Newton's method better the guess.
    """
    p0, p1, p2, p3, z1, z2, z3 = curve
    east, north = dx * _RAD, dy * _RAD
    for _ in range(steps):
        lam, phi = (x0 + t * dx) * _RAD, (y0 + t * dy) * _RAD
        dp, dz = phi * (p1 + phi * (p2 + phi * p3)), phi * (z1 + phi * (z2 + phi * z3))
        slope_p, slope_z = p1 + phi * (2.0 * p2 + 3.0 * p3 * phi), z1 + phi * (2.0 * z2 + 3.0 * z3 * phi)
        half2 = 0.25 * lam * lam * (1.0 - lam * lam / 12.0)
        slope = north * (dp * slope_p + dz * slope_z + 2.0 * p0 * slope_p * half2)
        slope += p0 * (p0 + dp) * lam * (1.0 - lam * lam / 6.0) * east
        bend = north * north * (slope_p * slope_p + slope_z * slope_z) + (p0 + dp) * (p0 + dp) * east * east
        if bend > 0.0:
            t = min(1.0, max(0.0, t - slope / bend))
    lam, phi = (x0 + t * dx) * _RAD, (y0 + t * dy) * _RAD
    dp, dz = phi * (p1 + phi * (p2 + phi * p3)), phi * (z1 + phi * (z2 + phi * z3))
    half = 0.5 * lam
    sine = half * (1.0 - half * half * (1.0 / 6.0 - half * half / 120.0))
    chord = math.sqrt(dp * dp + dz * dz + 4.0 * p0 * (p0 + dp) * sine * sine)
    return chord * (1.0 + chord * chord / (24.0 * R_M * R_M))


@compiled
def is_close(distance_m, tangent):  # type: ignore[no-untyped-def]
    """Whether `exact_close` is right to 20 micrometres at a flat distance: its error grows with the third power."""
    return distance_m * distance_m * distance_m * (1.0 + tangent * tangent) <= 1e-4 * R_M * R_M


@compiled
def exact_close(x0, y0, dx, dy, t, p0, m0, sin, cos, by_w2, steps):  # type: ignore[no-untyped-def]
    """As `exact`, where `is_close`: with the metres per degree of the latitude half-way (Gauss' mid-latitude formula).

    `p0` is the distance from the axis, `m0` the meridian's radius of curvature, `by_w2` the inverse of
    1 - e2 sin2(latitude). The foot is bettered once if `steps` says that it must be.
    """
    m1, p1 = 1.5 * m0 * E2 * by_w2 * sin * cos, -0.5 * m0 * sin
    east, north = dx * _RAD, dy * _RAD
    lam, phi = (x0 + t * dx) * _RAD, (y0 + t * dy) * _RAD
    e, n = (p0 + p1 * phi) * lam, (m0 + m1 * phi) * phi
    if steps:
        de, dn = (p0 + p1 * phi) * east + p1 * north * lam, (m0 + 2.0 * m1 * phi) * north
        t = min(1.0, max(0.0, t - (e * de + n * dn) / max(de * de + dn * dn, 1e-30)))
        lam, phi = (x0 + t * dx) * _RAD, (y0 + t * dy) * _RAD
        e, n = (p0 + p1 * phi) * lam, (m0 + m1 * phi) * phi
    return math.sqrt(e * e + n * n)


@compiled
def steps_for(distance_m, relative):  # type: ignore[no-untyped-def]
    """How many steps `exact` needs from the flat frame's foot, whose distance may be wrong by so much, relatively.

    The foot is then off along the edge by about `relative` times the distance, which lengthens the distance by half the
    square of that: with no step, by 0.5 micrometres at most.
    """
    return 0 if distance_m * relative * relative < 1e-6 else 2


@compiled
def flat_distance(lon, lat, v, x, y, kx, ky):  # type: ignore[no-untyped-def]
    """Distance in metres from a point to an edge in the point's own flat frame. Without branches, to be quick."""
    ax, ay = (lon[v] - x) * kx, (lat[v] - y) * ky
    ux, uy = (lon[v + 1] - lon[v]) * kx, (lat[v + 1] - lat[v]) * ky
    t = -(ax * ux + ay * uy) / max(ux * ux + uy * uy, 1e-30)
    t = min(1.0, max(0.0, t))
    ax, ay = ax + t * ux, ay + t * uy
    return math.sqrt(ax * ax + ay * ay)


@compiled
def crossings(lon, lat, first, last, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """By how much the winding number of a run of edges grows on the way from one point to another, neither on one."""
    grown = 0
    rx, ry = x0 - x1, y0 - y1
    for v in range(first, last):
        ax, ay, bx, by = lon[v] - x1, lat[v] - y1, lon[v + 1] - x1, lat[v + 1] - y1
        if (rx * ay - ry * ax >= 0.0) == (rx * by - ry * bx >= 0.0):
            continue
        here = ax * by - ay * bx
        there = (bx - ax) * (ry - ay) - (by - ay) * (rx - ax)
        if (here > 0.0) != (there > 0.0):
            grown += 1 if here > 0.0 else -1
    return grown
