"""The GeoPackage under the register: opened, locked, sealed against damage, and closed whole."""
