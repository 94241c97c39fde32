"""The command `civicsns audit`, as an auditor runs it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.records.chain import verify
from civicsns.records.checkpoint import sign
from civicsns.records.export import write

NAME = "青葉市 SNS"


def run(*arguments):
    return CliRunner().invoke(cli, ["audit", *map(str, arguments)])


@pytest.fixture
def note(pairs, key, tmp_path):
    path = tmp_path / "april.txt"
    at = datetime(2026, 4, 1, tzinfo=UTC)
    path.write_bytes(sign(verify(pairs).head, programme=NAME, at=at, key=key).encode())
    return path


@pytest.fixture
def public(key, tmp_path):
    return tmp_path / "key.pem.pub"


@pytest.fixture
def exported(pairs, tmp_path):
    path = tmp_path / "records.jsonl"
    write(pairs, path, programme=NAME)
    return path


def test_an_export_in_order_is_said_in_both_languages(exported, note, public):
    """
    With a checkpoint that was kept elsewhere the answer is plain, and the exit status 0.
    """
    result = run("verify", exported, "--key", public, "--checkpoint", note)

    assert 0 == result.exit_code, result.output
    assert "異常ありません。「青葉市 SNS」の証跡 7 件" in result.output
    assert "In order: 7 records of '青葉市 SNS'" in result.output
    assert "注意" not in result.output


def test_without_a_checkpoint_it_says_what_it_cannot_know(exported, public):
    """
    Without a checkpoint kept elsewhere, the command says that a cut end would not show.
    """
    result = run("verify", exported, "--key", public)

    assert 0 == result.exit_code
    assert "末尾の切り捨てや全体の作り直しは分かりません" in result.output
    assert "a cut end or a chain written anew would not show" in result.output
    assert "no checkpoint covers the last 7 records yet" in result.output


def test_a_fault_is_named_with_its_line(exported, note, public):
    """
    A changed record makes the exit status 1, with file and line in both languages.
    """
    exported.write_bytes(exported.read_bytes().replace("佐賀 花子 3".encode(), "佐賀 太郎 3".encode()))
    result = run("verify", exported, "--key", public, "--checkpoint", note)

    assert 1 == result.exit_code
    assert f"異常があります。{exported} 4 行目: 記録 3 の本文" in result.output
    assert f"Not in order. {exported}, line 4: The body or the salt of record 3" in result.output


def test_a_cut_export_is_told_by_the_checkpoint(pairs, exported, note, public):
    """
    Records cut off at the end make the exit status 1 against a checkpoint kept elsewhere.
    """
    write(pairs[:5], exported, programme=NAME)
    result = run("verify", exported, "--key", public, "--checkpoint", note)

    assert 1 == result.exit_code
    assert "The records from 6 on are missing; the checkpoint has 7." in result.output


def test_a_checkpoint_with_other_line_ends_is_not_the_one_signed(exported, note, public):
    """
    A mail program that changed the line ends broke the signature, and the command names the checkpoint.
    """
    note.write_bytes(note.read_bytes().replace(b"\n", b"\r\n"))
    result = run("verify", exported, "--key", public, "--checkpoint", note)

    assert 1 == result.exit_code
    assert f"{note}: チェックポイントの形式ではありません。" in result.output


def test_a_checkpoint_that_is_no_text_is_refused(exported, note, public):
    """
    A picture given for a checkpoint is an error that names the file.
    """
    note.write_bytes(b"\xff\xd8\xff")
    result = run("verify", exported, "--key", public, "--checkpoint", note)

    assert str(note) == result.exception.place


def test_a_wrong_option_is_status_2(exported, public):
    """
    Without a key, or for a file that is not there, nothing is verified and the status is 2.
    """
    assert 2 == run("verify", exported).exit_code
    assert 2 == run("verify", exported.parent / "nowhere", "--key", public).exit_code


def test_keygen_makes_a_pair_and_shows_the_public_half(tmp_path):
    """
    A new key is made, the private half is not shown, and a second run overwrites nothing.
    """
    path = tmp_path / "new.pem"
    result = run("keygen", path)
    secret = path.read_text().splitlines()[1]

    assert 0 == result.exit_code
    assert secret not in result.output
    assert "秘密鍵" in result.output
    assert run("keygen", path).exit_code
    assert secret == path.read_text().splitlines()[1]


def test_keygen_says_where_it_cannot_write(tmp_path):
    """
    A directory that is not there is one sentence, with the path.
    """
    result = run("keygen", tmp_path / "nowhere" / "new.pem")

    assert str(tmp_path / "nowhere" / "new.pem") == result.exception.place
