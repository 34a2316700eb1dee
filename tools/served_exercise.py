"""The packaged exercise data, served on this machine while a picture of it is made."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from merestone.exchange.exercise import create_exercise
from merestone.service import Tier, free_port, ready


@contextmanager
def served_exercise(by: str, first_port: int) -> Iterator[tuple[str, uvicorn.Server]]:
    """The public tier of the exercise data, on the first free port from one on: its address, and the server."""
    with tempfile.TemporaryDirectory() as folder:
        register = Path(folder) / "exercise.gpkg"
        create_exercise(register, by=by)
        port = free_port("127.0.0.1", first_port)
        app = ready(register, host="127.0.0.1", tier=Tier.PUBLIC)
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{port}/", server
        finally:
            server.should_exit = True
            thread.join(10)
