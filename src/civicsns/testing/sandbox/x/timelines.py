"""Reading: posts by id, a user's posts, mentions of a user, and who am I."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from civicsns.testing.sandbox.x import limits, problems, queries, texts, views

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from werkzeug.wrappers import Response

    from civicsns.testing.sandbox.x.exchange import Exchange
    from civicsns.testing.sandbox.x.queries import Wanted
    from civicsns.testing.sandbox.x.values import XPost

#: How far back the lists reach (X documentation, timelines).
TIMELINE_DEPTH = 3200
MENTIONS_DEPTH = 800


def lookup(exchange: Exchange) -> Response:
    """Give posts by id; what is not there is an error beside the data."""
    single = "id" in exchange.arguments
    values = queries.only(exchange.request, (*queries.post_parameters(), *(() if single else ("ids",))))
    wanted = queries.wanted(values, expansions=queries.POST_EXPANSIONS)
    name = "id" if single else "ids"
    ids = [exchange.arguments["id"]] if single else values.get("ids", "").split(",")
    if len(ids) > 100 or ids == [""]:
        raise problems.invalid_parameter("ids", ",".join(ids), "The `ids` query parameter takes 1 to 100 values")
    for post_id in ids:
        queries.identifier(name, post_id)
    exchange.purse.check(limits.OWNED_READ)
    state = exchange.state
    found = [post for post_id in dict.fromkeys(ids) if (post := state.posts.get(post_id)) and state.shows(post)]
    present = {post.id for post in found}
    data, rest = views.listing(exchange, found, wanted)
    missing = [
        problems.completed(problems.missing("tweet", name, post_id), exchange.base)
        for post_id in dict.fromkeys(ids)
        if post_id not in present
    ]
    if missing:
        rest["errors"] = [*missing, *rest.get("errors", [])]
    _pay(exchange, found)
    body: dict[str, Any] = {"data": data[0] if single else data} if data else {}
    return exchange.answer(body | rest)


def timeline(exchange: Exchange) -> Response:
    """Give what a user posted, newest first."""
    user_id = exchange.arguments["id"]

    def listed(post: XPost, values: dict[str, str]) -> bool:
        answers = bool(post.reply_to) and "replies" in values.get("exclude", "").split(",")
        return post.user_id == user_id and not answers and not post.extra.get("nullcast")

    return _list(exchange, listed, depth=TIMELINE_DEPTH, further=("exclude",))


def mentions(exchange: Exchange) -> Response:
    """Give what others wrote to a user, newest first."""
    user = exchange.state.users.get(exchange.arguments["id"])

    def listed(post: XPost, _values: dict[str, str]) -> bool:
        if user is None or post.user_id == user.id or post.extra.get("nullcast"):
            return False
        return texts.addresses(post, user, exchange.state)

    return _list(exchange, listed, depth=MENTIONS_DEPTH)


def me(exchange: Exchange) -> Response:
    """Tell for whom the token speaks."""
    values = queries.only(exchange.request, ("user.fields", "expansions", "tweet.fields", "post.fields"))
    wanted = queries.wanted(values, expansions=queries.USER_EXPANSIONS)
    exchange.purse.check(limits.OWNED_READ)
    user = exchange.state.users[exchange.who.user_id]
    body: dict[str, Any] = {"data": views.user_view(exchange, user, wanted)}
    recent = body["data"].get(f"most_recent_{wanted.words}_id")
    if f"most_recent_{wanted.words}_id" in wanted.expansions and recent:
        body["includes"] = {f"{wanted.words}s": [views.post_view(exchange, exchange.state.posts[recent], wanted)]}
    exchange.purse.pay(limits.OWNED_READ)
    return exchange.answer(body)


def _list(
    exchange: Exchange,
    listed: Callable[[XPost, dict[str, str]], bool],
    *,
    depth: int,
    further: tuple[str, ...] = (),
) -> Response:
    names = ("max_results", "pagination_token", "start_time", "end_time", "since_id", "until_id", *further)
    values = queries.only(exchange.request, (*names, *queries.post_parameters()))
    wanted = queries.wanted(values, expansions=queries.POST_EXPANSIONS)
    user_id = queries.identifier("id", exchange.arguments["id"])
    most = queries.whole("max_results", values.get("max_results", "10"), least=5, most=100)
    within = _bounds(values)
    if not set(values.get("exclude", "replies").split(",")) <= {"replies", "retweets"}:
        message = f"The `exclude` query parameter value [{values['exclude']}] is not one of [replies,retweets]"
        raise problems.invalid_parameter("exclude", values["exclude"], message)
    direction, start = (
        queries.page("pagination_token", values["pagination_token"])
        if ("pagination_token" in values)
        else ("n", "9" * 19)
    )
    exchange.purse.check(limits.OWNED_READ)
    if user_id not in exchange.state.users:
        missing = problems.completed(problems.missing("user", "id", user_id), exchange.base)
        return exchange.answer({"errors": [missing]})
    mine = [post for post in exchange.state.current() if listed(post, values) and exchange.state.shows(post)]
    mine = [post for post in sorted(mine, key=_number, reverse=True)[:depth] if within(post)]
    if direction == "n":
        found = [post for post in mine if _number(post) < int(start)][:most]
    else:
        found = [post for post in mine if _number(post) > int(start)][-most:]
    return _page(exchange, mine, found, wanted)


def _page(exchange: Exchange, mine: list[XPost], found: list[XPost], wanted: Wanted) -> Response:
    data, rest = views.listing(exchange, found, wanted)
    meta: dict[str, Any] = {"result_count": len(found)}
    if found:
        meta |= {"newest_id": found[0].id, "oldest_id": found[-1].id}
        if found[-1] is not mine[-1]:
            meta["next_token"] = queries.token("n", found[-1].id)
        if found[0] is not mine[0]:
            meta["previous_token"] = queries.token("p", found[0].id)
    _pay(exchange, found)
    body: dict[str, Any] = {"data": data} if data else {}
    return exchange.answer({**body, **rest, "meta": meta})


def _bounds(values: dict[str, str]) -> Callable[[XPost], bool]:
    """Read the bounds: ids are exclusive, `start_time` is inclusive, `end_time` is exclusive."""
    since = int(queries.identifier("since_id", values.get("since_id", "0")))
    until = int(queries.identifier("until_id", values.get("until_id", "9" * 19)))
    start, end = (_time(values, name) for name in ("start_time", "end_time"))
    if "since_id" in values and "until_id" in values and since >= until:
        raise problems.invalid_parameter("since_id", values["since_id"], "`since_id` must be less than `until_id`")
    if start and end and start >= end:
        message = "`start_time` must be earlier than `end_time`"
        raise problems.invalid_parameter("start_time", values["start_time"], message)
    return lambda post: (
        since < _number(post) < until
        and (start is None or post.created_at >= start)
        and (end is None or post.created_at < end)
    )


def _time(values: dict[str, str], name: str) -> datetime | None:
    return queries.moment(name, values[name]) if name in values else None


def _number(post: XPost) -> int:
    return int(post.id)


def _pay(exchange: Exchange, posts: list[XPost]) -> None:
    """Pay for each post that was read; one's own cost less."""
    for post in posts:
        exchange.purse.pay(limits.OWNED_READ if post.user_id == exchange.who.user_id else limits.OTHER_READ)
