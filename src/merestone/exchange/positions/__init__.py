"""Positions and shapes to be screened, streamed out of files of any format."""
