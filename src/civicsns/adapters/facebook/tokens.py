"""Whose token a call needs: what belongs elsewhere is refused before the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.adapters.facebook.rendition import PLATFORM
from civicsns.errors import AuthorizationLost, Refused, Unsupported
from civicsns.language import Bilingual
from civicsns.model import CredentialKind

if TYPE_CHECKING:
    from civicsns.model import Credential, Rendition, Secret

_AGAIN = Bilingual("アカウントを登録し直してください。", "Enrol the account again.")
_PERSON = Bilingual(
    "サインインした本人のトークンで実行してください。", "Do it with the token of the person who signed in."
)


def page_of(rendition: Rendition, credential: Credential) -> tuple[str, Secret]:
    """
    Give the Page on which *rendition* goes out, and the token that posts there.

    Raises:
        AuthorizationLost: If the token is not that Page's.
        Refused: If the rendition answers a post, which a Page's post cannot.
    """
    if rendition.reply_to is not None:
        raise Refused(
            Bilingual("Facebook ページの投稿に返信は付けられません。", "A Page's post cannot answer another."),
            mend=Bilingual("返信先を外してください。", "Leave out what it answers."),
            place=rendition.account,
        )
    token = posting(credential, page=rendition.network_id)
    return rendition.network_id or credential.subject or "me", token


def posting(credential: Credential, *, page: str) -> Secret:
    """
    Give the token that acts as *page*; any Page's where *page* is empty.

    A person's token here is the most common mistake with the Graph API: it posts nowhere, or as the person.

    Raises:
        AuthorizationLost: If it is a person's token, another Page's, or another network's.
    """
    if credential.platform != PLATFORM or credential.kind is not CredentialKind.FACEBOOK_PAGE:
        raise AuthorizationLost(
            Bilingual(
                "Facebook ページのトークンではありません（本人のトークンではページとして投稿できません）。",
                "This is no Page's token; a person's token does not post as a Page.",
            ),
            mend=Bilingual(
                "ページの一覧（discover）から、そのページのトークンを登録してください。",
                "Enrol the Page's own token, from the list of Pages (discover).",
            ),
            place=credential.subject,
        )
    if credential.subject and page and credential.subject != page:
        raise AuthorizationLost(
            Bilingual("トークンが別のページのものです。", "The token is the one of another Page."),
            mend=_AGAIN,
            place=page,
        )
    return held(credential)


def signing_in(credential: Credential, why: Bilingual, *, mend: Bilingual = _PERSON) -> Secret:
    """
    Give the token of the person who signed in.

    Args:
        credential: Whatever token there is.
        why: Why a Page's does not do.
        mend: What to do with a Page's instead.

    Raises:
        Unsupported: If it is a Page's, for the reason *why*.
        AuthorizationLost: If the credential holds no token.
    """
    if credential.kind is not CredentialKind.FACEBOOK_USER:
        raise Unsupported(why, mend=mend, place=credential.subject)
    return held(credential)


def held(credential: Credential) -> Secret:
    """
    Give the access token.

    Raises:
        AuthorizationLost: If the credential holds none.
    """
    token = credential.secrets.get("access_token")
    if not token:
        raise AuthorizationLost(
            Bilingual("登録情報に access_token がありません。", "The credential holds no access_token."),
            mend=_AGAIN,
            place=credential.subject,
        )
    return token


def owner_of(post_id: str) -> str:
    """Give the Page's id out of a post's, which is `page_post`; empty for a film, whose id stands alone."""
    page, joined, _ = post_id.partition("_")
    return page if joined else ""
