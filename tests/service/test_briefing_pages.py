"""The briefing on the web: the file's own content, with what the served register holds."""

from pathlib import Path

from fastapi.testclient import TestClient

from merestone.service import create_app


def test_the_web_page_shows_the_briefing_and_gives_it_as_files(register_path: Path) -> None:
    client = TestClient(create_app(register_path), base_url="http://127.0.0.1")
    page = client.get("/briefing")
    assert page.status_code == 200
    assert 'href="#claim-borders-3460"' in page.text
    assert "synthetic exercise data" in page.text
    assert "waits in quarantine" in page.text
    assert "a secret of the holder" not in page.text
    assert " style=" not in page.text  # the service's content policy would refuse it
    part = page.text[page.text.index('<section id="claims">') : page.text.index('<section id="register">')]
    assert part in client.get("/briefing/file.html").text
    assert client.get("/briefing/file.pdf").content.startswith(b"%PDF-")
    assert "text/css" in client.get("/briefing.css").headers["content-type"]
