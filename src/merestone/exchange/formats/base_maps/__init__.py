"""Building a base map from OpenStreetMap: what is drawn, how it is read, how its tiles are written, its names."""
