"""Budgets, breakers and like texts over the practice networks: their own headers and answers, over real sockets."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.errors import BadInput, NotPermitted
from civicsns.model import Decision, DeliveryState, Draft, Lane, Severity
from civicsns.program import Program
from civicsns.testing.sandbox import Fault, Sandbox, programme
from civicsns.testing.sandbox.x import Allowance, XUser

NAMES = ("hanako", "taro", "jiro")
PEOPLE = "number,name,section\n1001,佐賀 花子,観光課\n"
ACCOUNTS = "id,platform,handle,section,steward,personal\n" + "".join(
    f"x:{name},x,saga_{name},観光課,1001,yes\nfacebook:{name},facebook,{name},観光課,1001,no\n" for name in NAMES
)
TEXTS = {
    "hanako": "佐賀牛は本日分が売り切れました。",
    "taro": "駅前の図書館は夜九時まで開いています。",
    "jiro": "道路工事のため迂回をお願いします。",
}


@pytest.fixture
def practice(tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    with Sandbox() as sandbox:
        settings = programme.write(
            sandbox, people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", into=tmp_path / "practice"
        )
        yield sandbox, settings


@contextmanager
def opened(settings, more=""):
    text = settings.read_text(encoding="utf-8").partition("\n# test\n")[0]
    settings.write_text(f"{text}\n# test\n{more}", encoding="utf-8")
    with Program.open(settings) as program:
        yield program


def post(program, account, *, lane=Lane.ROUTINE, text="", **more):
    text = text or TEXTS[account.partition(":")[2]]
    draft = Draft(author="1001", text=text, accounts=[account], lane=lane)
    (result,) = program.publish(draft, patience=timedelta(0), **more).results
    return result


def why(result):
    return result.failure.outcome if result.failure else ""


def test_spent_credits_stop_the_app_until_somebody_reopens_it(practice):
    """
    HTTP 402 on one account stops X for all, and Facebook for none; whoever has paid reopens it, on record.
    """
    sandbox, settings = practice
    sandbox.x.credits = 0
    with opened(settings) as program:
        first, second = post(program, "x:hanako"), post(program, "x:taro")
        page = post(program, "facebook:taro")
        asked = sum(call.operation == "create" for call in sandbox.x.calls)

    assert ("BudgetSpent", "HeldBack", 1) == (why(first), why(second), asked)
    assert DeliveryState.DELIVERED is page.state
    shown = CliRunner().invoke(cli, ["budget", "-c", str(settings)])
    assert "遮断中" in shown.output
    sandbox.x.credits = None
    reopened = CliRunner().invoke(cli, ["budget", "-c", str(settings), "reopen", "x", "--by", "1001"])
    assert 0 == reopened.exit_code, reopened.output
    with opened(settings) as program:
        program.dispatch()
        assert DeliveryState.DELIVERED is program.store.get(second.id).state
        assert DeliveryState.DELIVERED is post(program, "x:jiro").state
        assert ["gate.shut", "gate.opened"] == [record.event for record in program.store.records("x")]


def test_an_app_that_x_refuses_waits(practice):
    """
    An app that X admits to nothing stops as a whole; its posts are not at fault, and wait.
    """
    sandbox, settings = practice
    app = sandbox.x.register_app(name="登録前", callback_uris=(), enrolled=False)
    keys = settings.parent / "secrets"
    (keys / "x-consumer-key").write_text(app.consumer_key, encoding="utf-8")
    (keys / "x-consumer-secret").write_text(app.consumer_secret, encoding="utf-8")
    tokens = settings.parent / "credentials.json"
    content = tokens.read_text(encoding="utf-8")
    with opened(settings) as program:
        for name in NAMES:
            account = program.account(f"x:{name}")
            old = program.vault.get(account)
            user = XUser(id=account.network_id, handle=account.handle, name=name, created_at=datetime.now(UTC))
            token, secret = sandbox.x.oauth1_token(user, app=app)
            content = content.replace(old.secret("access_token"), token)
            content = content.replace(old.secret("access_token_secret"), secret)
    tokens.write_text(content, encoding="utf-8")
    with opened(settings) as program:
        first, second = post(program, "x:hanako"), post(program, "x:taro")

    assert ("Refused", DeliveryState.PENDING) == (why(first), first.state)
    assert ("HeldBack", DeliveryState.PENDING) == (why(second), second.state)


def test_one_accounts_limit_stops_that_account_alone(practice):
    """
    HTTP 429 for one account: its next post waits without asking again, the others go out.
    """
    sandbox, settings = practice
    sandbox.x.faults.order(Fault.RATE_LIMITED, on="create")
    with opened(settings) as program:
        limited = post(program, "x:hanako")
        again = post(program, "x:hanako", text="次の入荷は明日の朝十時です。")
        other = post(program, "x:taro")
        asked = sum(call.operation == "create" for call in sandbox.x.calls)

    assert ("RateLimited", "HeldBack") == (why(limited), why(again))
    assert DeliveryState.DELIVERED is other.state
    assert 2 == asked


def test_the_last_of_xs_day_is_for_emergencies(practice):
    """
    X's own headers say how much of the app's day is left; routine leaves the last share to an emergency.
    """
    sandbox, settings = practice
    sandbox.x.allow("create", Allowance(user=100, app_day=3))
    with opened(settings, "[budget.x]\nreserved_for_emergency = 0.3\n") as program:
        first, second, third = (post(program, f"x:{name}") for name in NAMES)
        urgent = post(program, "x:jiro", lane=Lane.EMERGENCY, text="大雨警報。川に近づかないでください。")
        over = post(program, "x:taro", lane=Lane.EMERGENCY, text="避難所を三か所に開設しました。")

    assert [DeliveryState.DELIVERED] * 2 == [first.state, second.state]
    assert (DeliveryState.PENDING, "HeldBack") == (third.state, why(third))
    assert DeliveryState.DELIVERED is urgent.state
    assert (DeliveryState.PENDING, "HeldBack") == (over.state, why(over))
    assert 3 == len(sandbox.x.posts())


def test_facebooks_usage_concerns_the_page(practice):
    """
    A Page whose usage is at 95% leaves the rest to emergencies; another Page goes on.
    """
    sandbox, settings = practice
    sandbox.graph.usage["call_count"] = 95
    with opened(settings) as program:
        post(program, "facebook:hanako")
        sandbox.graph.usage.clear()
        routine = post(program, "facebook:hanako", text="次の入荷は明日の朝十時です。")
        other = post(program, "facebook:taro")
        urgent = post(program, "facebook:hanako", lane=Lane.EMERGENCY, text="大雨警報です。")

    assert "HeldBack" == why(routine)
    assert [DeliveryState.DELIVERED] * 2 == [other.state, urgent.state]


def test_money_is_counted_as_x_counts_it(practice):
    """
    What was counted, at X's prices, is what the practice X has charged.
    """
    sandbox, settings = practice
    prices = "price = { publish = 0.015, publish_with_link = 0.20 }"
    with opened(settings, f"[budget.x]\nmonthly_money = 0.5\nreserved_for_emergency = 0\n{prices}\n") as program:
        post(program, "x:hanako")
        post(program, "x:taro", text="詳しくはこちら https://example.jp/toshokan")
        post(program, "x:taro", text="続報はこちら https://example.jp/zokuhou")
        last = post(program, "x:jiro", text="地図はこちら https://example.jp/chizu")

    assert "HeldBack" == why(last)
    with opened(settings, f"[budget.x]\nmonthly_money = 0.5\n{prices}\n") as program:
        used = program.budgets.balances()[0].usage.total
    assert (3, sandbox.x.spent * 1_000_000) == (used.calls, used.micros)


def test_the_command_shows_what_is_left(practice):
    """
    `civicsns budget` shows what was used and left, in both languages, and as JSON for programs.
    """
    _, settings = practice
    limits = "[budget.x]\nmonthly_calls = 100\naccount_daily_calls = 10\n"
    with opened(settings, limits) as program:
        post(program, "x:hanako")
    shown = CliRunner().invoke(cli, ["budget", "-c", str(settings)], terminal_width=200)
    listed = CliRunner().invoke(cli, ["budget", "-c", str(settings), "--json"])

    assert 0 == shown.exit_code, shown.output
    assert "残り" in shown.output
    assert '"left": {\n        "routine": {\n          "calls": 89' in listed.output
    assert '"account": "x:hanako"' in listed.output


def test_without_budgets_nothing_is_counted(practice):
    """
    A programme without budgets has nothing to show, and writes nothing for it.
    """
    _, settings = practice
    with opened(settings) as program:
        post(program, "x:hanako")
        assert [] == program.store.facts("budget/x")
    shown = CliRunner().invoke(cli, ["budget", "-c", str(settings)])

    assert "No budget is set" in shown.output
    nothing = CliRunner().invoke(cli, ["budget", "-c", str(settings), "reopen", "x", "--by", "1001"])
    assert "Nothing was stopped" in nothing.output


@pytest.mark.parametrize(
    "wrong",
    [
        "[budget.x]\nmonthly_money = 10\n",
        "[budget.x]\nmonthly_calls = -1\n",
        "[budget.x]\nreserved_for_emergency = 1\n",
        "[budget.x]\nprice = { create = 0.1 }\n",
        "[budget.x]\nmonthly_money = inf\nprice = { publish = 1 }\n",
        "[similar]\nnear = 0\n",
        "[similar]\ndays = 0\n",
        "[budget.instagram]\nmonthly_calls = 1\n",
    ],
)
def test_wrong_settings_are_refused(practice, wrong):
    """
    A budget that could never hold, or never be counted, is found before anything happens.
    """
    _, settings = practice
    with pytest.raises(BadInput), opened(settings, wrong):
        pass


# --- the same text ---------------------------------------------------------------------------------------------


def test_one_text_for_all_is_refused_on_x_alone(practice):
    """
    The same text for three accounts: X forbids it, so nothing goes out; Facebook does not mind.
    """
    sandbox, settings = practice
    with opened(settings) as program:
        with pytest.raises(NotPermitted, match="SIM001"):
            program.publish(Draft(author="1001", text=TEXTS["hanako"], accounts=[f"x:{name}" for name in NAMES]))
        assert [] == list(sandbox.x.posts())
        pages = Draft(author="1001", text=TEXTS["hanako"], accounts=[f"facebook:{name}" for name in NAMES])
        assert 3 == len(program.publish(pages).delivered)


def test_what_another_account_has_posted(practice):
    """
    The same again from another account is refused; nearly the same goes out once somebody has decided, with a reason.
    """
    _, settings = practice
    nearly = Draft(author="1001", text="佐賀牛は明日分が売り切れました。", accounts=["x:taro"])
    with opened(settings) as program:
        post(program, "x:hanako")
        with pytest.raises(NotPermitted, match="SIM001"):
            post(program, "x:taro", text=TEXTS["hanako"] + " #佐賀牛")
        with pytest.raises(NotPermitted, match="SIM002"):
            program.publish(nearly)
        decided = Decision(by="1001", digest=nearly.digest, reason="別の日の分です")
        assert 1 == len(program.publish(nearly, decision=decided).delivered)
        assert ["SIM002"] == [
            finding.rule
            for finding in program.check(nearly).findings
            if finding.family == "SIM" and "taro" not in finding.message.en
        ]


def test_the_same_words_again_under_one_account(practice):
    """
    Asked about before X refuses them, however short they are; with a reason, on record, they are sent. Facebook is not
    asked about, nor other words, nor the same a day later.
    """
    sandbox, settings = practice
    again = Draft(author="1001", text="完売しました", accounts=["x:hanako"])
    with opened(settings) as program:
        program.publish(again)
        with pytest.raises(NotPermitted, match="SIM003"):
            program.publish(again)
        later = attrs.evolve(again, not_before=datetime.now(UTC) + timedelta(hours=25))
        seen = [
            [finding.rule for finding in program.check(draft).findings if finding.family == "SIM"]
            for draft in (again, later, attrs.evolve(again, text="本日は完売しました"))
        ]
        decided = Decision(by="1001", digest=again.digest, reason="午後の分も完売したため")
        (refused,) = program.publish(again, decision=decided, patience=timedelta(0)).results
        events = [
            (one.event, one.facts.get("reason", one.facts.get("found"))) for one in program.store.records(again.digest)
        ]

    assert [["SIM003"], [], []] == seen
    assert (DeliveryState.UNKNOWN, 1) == (refused.state, len(sandbox.x.posts()))
    assert ("draft.decided", "午後の分も完売したため") in events
    assert any(event == "draft.checked" and "SIM003" in found for event, found in events)


def test_the_command_finds_it_before_anything_is_sent(practice):
    """
    `civicsns check` says so, and exits with 1.
    """
    _, settings = practice
    given = ["check", "-c", str(settings), "-a", "1001", "-t", "x:hanako", "-t", "x:taro", TEXTS["hanako"]]
    result = CliRunner().invoke(cli, given)

    assert 1 == result.exit_code
    assert "SIM001" in result.output


def test_the_severity_is_the_citys(practice):
    """
    A city that has settled it with X may let it pass with advice.
    """
    sandbox, settings = practice
    with opened(settings, '[policy.severity]\nSIM001 = "advise"\nSIM003 = "advise"\n') as program:
        everybody = Draft(author="1001", text=TEXTS["hanako"], accounts=[f"x:{name}" for name in NAMES])
        program.publish(everybody)
        again = [finding.severity for finding in program.check(everybody).findings if finding.rule == "SIM003"]

    assert (3, [Severity.ADVISE]) == (len(sandbox.x.posts()), again)
