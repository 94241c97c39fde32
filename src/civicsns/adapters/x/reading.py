"""
Reading X: the account's own timeline, mentions, figures, and whom a token speaks for.

An answer that is not plainly a list raises `Unavailable`: taking it for an empty one would prove an absence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from civicsns.adapters.transport import failed
from civicsns.adapters.x import readback, words
from civicsns.adapters.x.rendition import is_id
from civicsns.model import Mention, Metrics, PostRef, Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from civicsns.adapters.x.wire import Answer
    from civicsns.model import Rendition

    Call = Callable[..., Answer]

_FIELDS = "attachments,author_id,created_at,entities,in_reply_to_user_id,note_tweet,referenced_tweets,source"
_PAGE = 100
#: X lists an account's latest 3,200 posts, and the latest 800 that mention it (docs.x.com, timelines).
_MOST_PAGES = 32


def find(
    call: Call, user: str, rendition: Rendition, *, since: datetime, app_name: str, apart_from: Collection[str]
) -> dict[str, Any] | None:
    """
    Give the oldest post of *user* since *since* that is what *rendition* became; None where there is none.

    Posts whose ids are in *apart_from* became of other deliveries.
    """
    ours = [
        post
        for post, _ in _pages(call, f"/2/users/{user}/tweets", {"since_id": readback.id_before(since)})
        if (readback.written_at(post) or since) >= since
        and readback.is_ours(post, rendition, app_name=app_name)
        and post["id"] not in apart_from
    ]
    return min(ours, key=lambda post: int(post["id"]), default=None)


def mentions(call: Call, user: str, *, since: datetime, site: str) -> list[Mention]:
    """Give what others wrote to *user* after *since*, oldest first."""
    found: list[Mention] = []
    query = {
        "since_id": readback.id_before(since),
        "expansions": "author_id",
        "user.fields": "name,username",
    }
    for post, people in _pages(call, f"/2/users/{user}/mentions", query):
        at = readback.written_at(post)
        author = str(post.get("author_id", ""))
        if at is None or at <= since or author == user:
            continue
        answered = readback.referenced(post, "replied_to")
        person = people.get(author, {})
        found.append(
            Mention(
                post=PostRef(platform="x", id=post["id"]),
                author_id=author,
                author_name=str(person.get("name", "")),
                text=readback.as_written(post),
                at=at,
                in_reply_to=PostRef(platform="x", id=answered) if answered else None,
                url=f"{site}/{person.get('username') or 'i'}/status/{post['id']}",
            )
        )
    return sorted(found, key=lambda one: (one.at, int(one.post.id)))


def _pages(call: Call, route: str, query: dict[str, str]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    token = ""
    for _ in range(_MOST_PAGES):
        params = {"max_results": str(_PAGE), "tweet.fields": _FIELDS, **query}
        if token:
            params["pagination_token"] = token
        answer = call("GET", route, params=params)
        posts, meta = _listed(answer)
        people = _people(answer)
        for post in posts:
            yield post, people
        token = meta.get("next_token") or ""
        if not isinstance(token, str) or not token:
            return


def _listed(answer: Answer) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    body = answer.body or {}
    found, given = body.get("data"), body.get("meta")
    meta: dict[str, Any] = given if isinstance(given, dict) else {}
    if found is None and meta.get("result_count") == 0:
        found = []
    if not isinstance(found, list) or not all(isinstance(one, dict) and is_id(one.get("id")) for one in found):
        raise failed(network="X", reason=None, how=words.UNEXPECTED, status=answer.status)
    return found, meta


def _people(answer: Answer) -> dict[str, Any]:
    includes = (answer.body or {}).get("includes")
    users = includes.get("users") if isinstance(includes, dict) else None
    listed = users if isinstance(users, list) else []
    return {str(one.get("id")): one for one in listed if isinstance(one, dict)}


def post_metrics(call: Call, ids: Sequence[str], *, now: datetime) -> list[Metrics]:
    """
    Give the figures of posts, those that only the author sees included where X gives them.

    X keeps the author's figures for 30 days and leaves a post whose figures it withholds out of the answer; such
    posts are asked for once more without them. Posts that are gone are left out.
    """
    found: dict[str, dict[str, int]] = {}
    for fields in ("public_metrics,non_public_metrics", "public_metrics"):
        missing = [one for one in dict.fromkeys(ids) if one not in found]
        for start in range(0, len(missing), _PAGE):
            batch = missing[start : start + _PAGE]
            answer = call("GET", "/2/tweets", params={"ids": ",".join(batch), "tweet.fields": fields})
            for post in _posts(answer):
                found[post["id"]] = _figures(post, "public_metrics") | _figures(post, "non_public_metrics")
    return [Metrics(subject=one, at=now, values=found[one]) for one in dict.fromkeys(ids) if one in found]


def _posts(answer: Answer) -> list[dict[str, Any]]:
    body = answer.body or {}
    if "data" not in body and isinstance(body.get("errors"), list) and _all_missing(body["errors"]):
        return []
    return _listed(answer)[0]


def _all_missing(errors: list[Any]) -> bool:
    """Tell whether *errors* are about single posts; an error about the whole call means that nothing was read."""
    return bool(errors) and all(isinstance(one, dict) and one.get("resource_id") for one in errors)


def _figures(holder: dict[str, Any], name: str) -> dict[str, int]:
    figures = holder.get(name)
    listed = figures if isinstance(figures, dict) else {}
    return {str(key): value for key, value in listed.items() if type(value) is int}


def account_metrics(call: Call, *, now: datetime) -> Metrics:
    """Give the account's own figures: followers, posts and so on."""
    data = me(call, fields="public_metrics").data
    return Metrics(subject=str(data["id"]), at=now, values=_figures(data, "public_metrics"))


def me(call: Call, *, fields: str = "") -> Answer:
    """Ask X whom the token speaks for."""
    answer = call("GET", "/2/users/me", params={"user.fields": fields} if fields else None)
    if not is_id(answer.data.get("id")):
        raise failed(network="X", reason=None, how=words.UNEXPECTED, status=answer.status)
    return answer


#: What citizens see of an account; it costs no more than the rest (docs.x.com, `GET /2/users/me`, `user.fields`).
PROFILE_FIELDS = "description,entities,protected,url"


def profile(answer: Answer, *, scopes: frozenset[str], site: str) -> Profile:
    """Make a profile of the answer of `me`."""
    data = answer.data
    handle = str(data.get("username", ""))
    description = str(data.get("description", ""))
    links: dict[str, None] = {}
    for part in ("url", "description"):
        for short, full in _links(data, part):
            links[full] = None
            # What people read on x.com is where the link leads, not `t.co`.
            description = description.replace(short, full) if part == "description" else description
    return Profile(
        platform="x",
        network_id=str(data["id"]),
        handle=handle,
        name=str(data.get("name", "")),
        scopes=scopes,
        url=f"{site}/{handle}" if handle else "",
        description=description,
        links=tuple(links),
        visible=data.get("protected") is not True,
    )


def _links(data: dict[str, Any], part: str) -> Iterator[tuple[str, str]]:
    """Give the links of a part of a profile: as X shortened them, and where they lead."""
    entities = data.get("entities")
    found = entities.get(part) if isinstance(entities, dict) else None
    urls = found.get("urls") if isinstance(found, dict) else None
    for one in urls if isinstance(urls, list) else ():
        if isinstance(one, dict) and isinstance(one.get("url"), str) and isinstance(one.get("expanded_url"), str):
            yield one["url"], one["expanded_url"]
