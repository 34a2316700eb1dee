"""The service behind a real TLS proxy, set up by the words of the guide: nginx with a certificate of our own."""

import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from merestone.register import Actor, Role
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, ready
from merestone.terms import FieldRefused
from tests.conftest import missing_engine
from tests.service.conftest import make_register
from tests.service.processes import own_port, process_of

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "publish.md"
NAME = "mines.example.org"
PASSWORD = "four quiet words here"


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "site.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "site.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def nginx_configuration(folder: Path, tls_port: int, port: int) -> str:
    """The guide's own words, with this test's ports and files."""
    server = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert server is not None
    site = server.group(1).replace("listen 443", f"listen 127.0.0.1:{tls_port}").replace(":8750", f":{port}")
    site = re.sub(r"/etc/ssl/\S+\.pem", str(folder / "site.pem"), site)
    site = re.sub(r"/etc/ssl/\S+\.key", str(folder / "site.key"), site)
    temporary = "".join(
        f"{what}_temp_path {folder}/{what};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\nevents {{}}\n"
    return f"{head}http {{ access_log off;\n{temporary}{site}}}\n"


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        assert process.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server did not start")


def wait_for_pages(port: int) -> None:
    """Until the pages answer: the processes that check places open the port before, and say 503 for pages."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        if httpx2.get(f"http://127.0.0.1:{port}/", headers={"host": NAME}, timeout=30).status_code != 503:
            return
        time.sleep(0.1)
    raise AssertionError("the pages did not start")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        missing_engine("nginx is not installed; apt-get install nginx-light")
    assert nginx
    folder = tmp_path_factory.mktemp("site")
    register = make_register(folder / "areas.gpkg")
    accounts = Accounts(folder / "areas.accounts.json", cost=Cost(n=2**4, r=1, p=1))
    accounts.add(Actor("anna", "Org 1", "north", frozenset({Role.SURVEYOR})), PASSWORD)
    certificate(folder)
    port = own_port()
    tls_port = own_port()
    (folder / "nginx.conf").write_text(nginx_configuration(folder, tls_port, port))
    command = [sys.executable, "-m", "merestone", "serve", str(register), "--port", str(port)]
    command += ["--public-url", f"https://{NAME}", "--trusted-proxy", "127.0.0.1", "--audit-log", str(folder / "log")]
    with (
        process_of(command, stdout=subprocess.DEVNULL) as service,
        process_of([nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]) as proxy,
    ):
        wait_for(port, service)
        wait_for(tls_port, proxy)
        wait_for_pages(port)
        yield f"https://127.0.0.1:{tls_port}", folder


def browser(site: tuple[str, Path]) -> httpx2.Client:
    address, folder = site
    trusted = ssl.create_default_context(cafile=str(folder / "site.pem"))
    trusted.check_hostname = False  # asked by its number: the test's name is in nobody's DNS
    port = address.rpartition(":")[2]
    return httpx2.Client(
        base_url=address, verify=trusted, headers={"host": f"{NAME}:{port}", "accept": "text/html"}, timeout=30
    )


def test_people_elsewhere_reach_map_check_and_desk_over_tls(site: tuple[str, Path]) -> None:
    with browser(site) as at:
        page = at.get("/")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"].startswith("max-age=")
        assert at.get("/check.json?lon=0.1&lat=0&accuracy_m=5").status_code == 200
        form = at.get("/sign-in")
        csrf = form.text.partition('name="csrf" value="')[2].partition('"')[0]
        port = at.base_url.port
        cookies = "; ".join(line.partition(";")[0] for line in form.headers.get_list("set-cookie"))
        done = at.post(
            "/sign-in", data={"csrf": csrf, "name": "anna", "password": PASSWORD}, headers={"cookie": cookies}
        )
        assert done.status_code == 303
        given = done.headers.get_list("set-cookie")
        assert all("Secure" in line and "HttpOnly" in line and "SameSite=strict" in line for line in given)
        assert any(line.startswith(f"merestone_{port}_session=") for line in given)
        session = "; ".join(line.partition(";")[0] for line in given)
        assert at.get("/desk", headers={"cookie": session}).status_code == 200


def test_an_address_stated_by_the_visitor_is_not_believed(site: tuple[str, Path]) -> None:
    with browser(site) as at:
        form = at.get("/sign-in")
        csrf = form.text.partition('name="csrf" value="')[2].partition('"')[0]
        cookies = "; ".join(line.partition(";")[0] for line in form.headers.get_list("set-cookie"))
        headers = {"cookie": cookies, "x-forwarded-for": "192.0.2.99"}
        at.post("/sign-in", data={"csrf": csrf, "name": "nobody", "password": "wrong"}, headers=headers)
    log = (site[1] / "log").read_text()
    assert "sign_in_failed" in log
    assert "192.0.2.99" not in log


def test_another_name_is_not_answered(site: tuple[str, Path]) -> None:
    with browser(site) as at:
        assert at.get("/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("public_url", "host", "tier"),
    [
        ("mines.example.org", "127.0.0.1", Tier.PUBLIC),
        ("https://mines.example.org/map", "127.0.0.1", Tier.PUBLIC),
        ("https://mines.example.org", "0.0.0.0", Tier.PUBLIC),
        ("https://mines.example.org", "127.0.0.1", Tier.EXACT),
    ],
)
def test_an_address_that_cannot_be_published_is_refused(tmp_path: Path, public_url: str, host: str, tier: Tier) -> None:
    with pytest.raises(FieldRefused, match="public-url"):
        ready(make_register(tmp_path / "areas.gpkg"), host=host, tier=tier, public_url=public_url)
