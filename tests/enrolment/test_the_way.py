"""The whole way from a link to a connected account, at the practice networks."""

from __future__ import annotations

from datetime import date

import pytest

from civicsns.accounts.enrolment import Stage
from civicsns.accounts.refusals import LinkError, LinkReason
from civicsns.enrolment import Connected, PageChoice
from civicsns.model import CredentialKind
from civicsns.ports import Enrols

CHROME = "hanako's browser"


def whoami(city, account_id):
    """Ask the network whom the credential in the vault speaks for."""
    account = city.account(account_id)
    adapter = city.program.adapter(account.platform)

    assert isinstance(adapter, Enrols)
    return adapter.whoami(city.program.vault.get(account)).network_id


def test_from_the_link_to_the_vault(city, hanako):
    """
    Each step is on record; afterwards the account has the network's id, the vault a token that works, the link no use.
    """
    token = city.invited()
    connected = city.connect(token, hanako)

    assert isinstance(connected, Connected)
    assert (hanako.id, date(2026, 4, 1)) == (city.account("x:hanako").network_id, city.account("x:hanako").opened)
    assert hanako.id == whoami(city, "x:hanako")
    assert [
        "invitation.issued",
        "invitation.opened",
        "invitation.confirmed",
        "invitation.agreed",
        "invitation.signing_in",
        "invitation.connected",
        "account.connected",
    ] == [event for event in city.events("x:hanako") if event != "credential.sealed"]
    with pytest.raises(LinkError) as caught:
        city.enrolments.look(token)
    assert LinkReason.USED is caught.value.reason


def test_by_oauth_2_too(town2, hanako):
    """
    With PKCE; the tokens in the vault are those of OAuth 2.0.
    """
    town2.connect(town2.invited(), hanako)

    assert CredentialKind.X_OAUTH2 is town2.program.vault.get(town2.account("x:hanako")).kind
    assert hanako.id == whoami(town2, "x:hanako")


def test_who_brings_an_own_account_gives_it_its_name(town, other):
    """
    Where no handle was assigned, the one that was connected stands in the register.
    """
    town.connect(town.invited("x:taro"), other)

    assert ("hanako_private", other.id) == (town.account("x:taro").handle, town.account("x:taro").network_id)


def test_a_page_is_chosen(city):
    """
    Facebook's sign-in opens several Pages; the person says which, and the Page's own token goes into the vault.
    """
    person = city.graph.add_person("佐賀 花子")
    pages = [
        city.graph.add_page(name, tasks={person: ("CREATE_CONTENT",)}) for name in ("武雄市観光課", "花子のパン屋")
    ]
    token = city.invited("facebook:kanko")
    came = city.back_from_facebook(token, person, *(page.id for page in pages))
    choice = city.complete(came)

    assert isinstance(choice, PageChoice)
    assert ["武雄市観光課", "花子のパン屋"] == [page.name for page in choice.pages]
    assert choice == city.enrolments.choice(token, session=CHROME)
    assert Stage.SIGNING_IN is city.enrolments.look(token).stage
    city.enrolments.choose(token, pages[0].id, session=CHROME)
    assert pages[0].id == city.account("facebook:kanko").network_id == whoami(city, "facebook:kanko")
    assert CredentialKind.FACEBOOK_PAGE is city.program.vault.get(city.account("facebook:kanko")).kind
