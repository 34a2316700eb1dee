"""The reports on the web: the files of the command, for the holder, and none for the public."""

import re
from io import BytesIO
from pathlib import Path

import openpyxl
from fastapi.testclient import TestClient

from merestone.documents.reports import REPORTS, WRITERS
from merestone.service import Tier, create_app


def test_the_holder_gets_each_report_that_the_page_names(register_path: Path) -> None:
    client = TestClient(create_app(register_path, tier=Tier.EXACT), base_url="http://127.0.0.1")
    page = client.get("/reports?period=2026")
    links = re.findall(r'href="(/reports/[^"]+)"', page.text)
    assert len(links) == len(REPORTS) * len(WRITERS)
    assert '<a href="/reports">Reports</a>' in client.get("/").text
    book = openpyxl.load_workbook(BytesIO(client.get(next(link for link in links if ".xlsx" in link)).content))
    assert {"Form C", "Sources", "Records"} <= set(book.sheetnames)
    given = client.get(next(link for link in links if "reconciliation.html" in link))
    assert given.headers["content-disposition"] == 'attachment; filename="reconciliation-2026-01-01-2026-12-31.html"'
    assert client.get("/reports/apmbc-art7.pdf?period=2026").content.startswith(b"%PDF-")
    assert client.get("/reports?period=soon").status_code == 400
    assert client.get("/reports/apmbc-art7.docx?period=2026").status_code == 404
    assert client.get("/reports/none.pdf?period=2026").status_code == 404


def test_the_public_gets_no_report(register_path: Path) -> None:
    client = TestClient(create_app(register_path), base_url="http://127.0.0.1")
    assert "made by the holder" in client.get("/reports").text
    assert 'href="/reports"' not in client.get("/").text
    assert client.get("/reports/apmbc-art7.html?period=2026").status_code == 404
    assert "/reports" not in client.get("/briefing").text
