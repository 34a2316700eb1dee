"""Tests of the ellipsoid room."""
