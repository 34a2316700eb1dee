"""WGS 84 on the ellipsoid."""
