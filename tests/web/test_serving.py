"""`civicsns enrol serve`, as a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest
import requests
from city import PACK
from click.testing import CliRunner

from civicsns.accounts import register
from civicsns.cli import cli
from civicsns.config import EnrolmentSettings
from civicsns.errors import ConfigurationError
from civicsns.model import Account, Fact, Person
from civicsns.program import Program
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore
from civicsns.vault import keys
from civicsns.web import serving

FORM = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
SETTINGS = """
[programme]
name = "武雄市"

[policy]
packs = ["base"]

[enrolment]
base_url = "http://localhost:{port}/enrol"

[vault]
key = {{ file = "vault.key" }}

[permissions]
overseers = ["1"]

[networks.x]
base_url = "http://127.0.0.1:9"
consumer_key = {{ file = "key" }}
consumer_secret = {{ file = "key" }}
"""


def test_the_pages_are_served_until_interrupted(tmp_path, server):
    """
    Under the path of `base_url`; no address, and so no link, no pass and no answer of a network, is written anywhere;
    a pass that another process makes shows the overview; Ctrl-C ends it well.
    """
    # Browsers know it by the address of whatever stands in front of it.
    host = f"localhost:{server.port}"
    settings = tmp_path / "civicsns.toml"
    settings.write_text(SETTINGS.format(port=server.port), encoding="utf-8")
    (tmp_path / "key").write_text("key", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    keys.write_file(tmp_path / "vault.key", keys.generate())
    person, account = Person(number="1", name="佐賀 花子"), Account(id="x:a", platform="x", steward="1", personal=True)
    with SqlStore(tmp_path / "civicsns.db") as store:
        store.put(None, Fact(kind=register.PERSON, key="1", value=register.person_value(person)))
        store.put(None, Fact(kind=register.ACCOUNT, key="x:a", value=register.account_value(account)))
    with Program.open(settings) as program:
        token = program.enrolments.invite("x:a", by="1").url.reveal().rpartition("/")[2]
    command = [sys.executable, "-m", "civicsns", "enrol", "serve", "-c", str(settings), "--port", "0"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process,
        requests.Session() as browser,
    ):
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        address = lines[1].strip()
        made = CliRunner().invoke(cli, ["enrol", "overview", "-c", str(settings), "--by", "1"]).stdout.strip()
        browser.headers.update({"Host": host, "Origin": f"http://{host}"})
        answer = browser.get(f"{address}/enrol/link/{token}", allow_redirects=False, timeout=20)
        browser.get(f"{address}/enrol/callback?state=s3cret&code=s3cret", timeout=20)
        enter = browser.get(made.replace(f"http://{host}", address), timeout=20)
        form = dict(FORM.findall(enter.text))
        overview = browser.post(f"{address}/enrol/overview", data=form, timeout=20)
        elsewhere = requests.get(f"{address}/enrol/who", timeout=20)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)

    assert (303, "/enrol/who") == (answer.status_code, answer.headers["Location"])
    assert 421 == elsewhere.status_code
    assert 0 == process.returncode
    assert "佐賀 花子" in overview.text
    said = "".join(lines) + rest
    assert "civicsns enrol overview --by" in said
    assert [] == [one for one in (token, made.rpartition("/")[2], "s3cret") if one in said]
    assert rest.strip().endswith("終わりました / Stopped.")


def test_a_port_that_is_taken(server):
    """
    It says so, and how to take another.
    """
    settings = EnrolmentSettings(base_url="https://sns.city.example")
    with (
        Program(roster=register.roster(MemoryStore()), adapters={}, pack=PACK, enrolment=settings) as program,
        pytest.raises(ConfigurationError) as caught,
    ):
        serving.serve(program, host="127.0.0.1", port=server.port)

    assert "--port" == caught.value.place
