"""What reading calls give: the timeline, mentions, posts by id, and oneself."""

from __future__ import annotations

from datetime import timedelta

import pytest

API = "https://api.x.com"


@pytest.fixture
def get(user, bearer_for):
    """Give a function that reads as the user."""
    session = bearer_for(user)

    def read(path, **parameters):
        return session.get(
            f"{API}{path}", params={name.replace("__", "."): value for name, value in parameters.items()}
        )

    return read


@pytest.fixture
def many(network, user, clock):
    """Twelve posts, a minute apart, oldest first."""
    made = []
    for number in range(12):
        made.append(network.post_as(user, f"その{number}"))
        clock.move(minutes=1)
    return made


def ids(answer):
    return [post["id"] for post in answer.json().get("data", [])]


def test_a_timeline_without_posts_has_no_data(user, get):
    """
    An empty list is shown by `result_count`, and `data` is left out.
    """
    assert {"meta": {"result_count": 0}} == get(f"/2/users/{user.id}/tweets").json()


def test_a_post_shows_little_unless_asked(network, user, get):
    """
    Id, text and history always come, and the source only when it is asked for.
    """
    post = network.post_as(user, "x")

    plain = get(f"/2/tweets/{post.id}").json()["data"]
    asked = get(f"/2/tweets/{post.id}", tweet__fields="source,author_id,created_at,conversation_id,lang").json()["data"]

    assert {"id": post.id, "text": "x", "edit_history_tweet_ids": [post.id]} == plain
    assert ("X Web App", user.id, post.id, "en") == tuple(
        asked[name] for name in ("source", "author_id", "conversation_id", "lang")
    )
    assert (
        post.created_at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{post.created_at.microsecond // 1000:03d}Z"
        == asked["created_at"]
    )


def test_pages_go_back_and_forth(user, many, get):
    """
    Newest first, ten at a time, with tokens to the next and the previous page.
    """
    path = f"/2/users/{user.id}/tweets"

    first = get(path)
    second = get(path, pagination_token=first.json()["meta"]["next_token"])
    back = get(path, pagination_token=second.json()["meta"]["previous_token"])
    nearest = get(path, pagination_token=second.json()["meta"]["previous_token"], max_results="5")

    newest = [post.id for post in reversed(many)]
    assert newest == ids(first) + ids(second)
    assert ids(first) == ids(back)
    assert newest[5:10] == ids(nearest)
    assert {"result_count": 2, "newest_id": newest[10], "oldest_id": newest[11]}.items() <= second.json()[
        "meta"
    ].items()
    assert "next_token" not in second.json()["meta"]
    assert "previous_token" not in first.json()["meta"]


def test_bounds(network, user, many, get, clock):
    """
    Ids are exclusive at both ends; a time is inclusive at the start and exclusive at the end.
    """
    path = f"/2/users/{user.id}/tweets"

    by_id = get(path, since_id=many[2].id, until_id=many[5].id)
    start = (many[2].created_at + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    end = (many[5].created_at + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    by_time = get(path, start_time=start, end_time=end)

    exact = many[4].created_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    clock.stand(many[4].created_at.replace(microsecond=0))
    on_the_second = network.post_as(user, "ちょうど")

    assert [on_the_second.id] == ids(get(path, start_time=exact, until_id="9" * 19, since_id=many[11].id))
    assert on_the_second.id not in ids(get(path, end_time=exact, max_results="100"))
    assert [many[4].id, many[3].id] == ids(by_id)
    assert [many[5].id, many[4].id, many[3].id] == ids(by_time)
    assert 5 == len(ids(get(path, max_results="5")))


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_results": "4"},
        {"max_results": "101"},
        {"max_results": "ten"},
        {"max_results": "５"},
        {"since_id": "x"},
        {"since_id": "12345678901234567890"},
        {"since_id": "5", "until_id": "5"},
        {"start_time": "2026-08-01"},
        {"start_time": "2026-08-01T00:00:00+09:00"},
        {"start_time": "2026-13-01T00:00:00Z"},
        {"start_time": "2010-11-05T00:00:00Z"},
        {"start_time": "2026-08-02T00:00:00Z", "end_time": "2026-08-01T00:00:00Z"},
        {"pagination_token": "nonsense"},
        {"pagination_token": "dg"},
        {"exclude": "quotes"},
        {"tweet__fields": "nonsense"},
        {"tweet__fields": "id,id"},
        {"tweet__fields": ""},
        {"expansions": "author"},
        {"user__fields": "password"},
        {"media__fields": "x"},
        {"poll__fields": "x"},
        {"place__fields": "x"},
        {"nonsense": "1"},
        {"tweet__fields": "text", "post__fields": "text"},
        {"tweet__fields": "text", "expansions": "referenced_posts"},
        {"post__fields": "referenced_tweets"},
    ],
)
def test_what_the_query_may_not_be(user, get, parameters):
    """
    Every parameter is checked, and X says which one it does not take.
    """
    answer = get(f"/2/users/{user.id}/tweets", **parameters)

    assert 400 == answer.status_code
    assert "Invalid Request" == answer.json()["title"]
    names = {name.replace("__", ".") for name in parameters}
    assert set(answer.json()["errors"][0]["parameters"]) <= names


def test_a_parameter_may_be_there_once(user, bearer_for):
    """
    The same parameter twice is refused.
    """
    address = f"{API}/2/users/{user.id}/tweets?max_results=5&max_results=6"

    assert 400 == bearer_for(user).get(address).status_code


def test_a_user_who_is_not_there(get):
    """
    An unknown user's timeline is an error beside no data, with 200.
    """
    answer = get("/2/users/1/tweets")

    assert 200 == answer.status_code
    assert ["user"] == [error["resource_type"] for error in answer.json()["errors"]]
    assert 400 == get("/2/users/me2/tweets").status_code


def test_lookups_say_what_is_missing(network, user, get):
    """
    What is not there is listed under `errors`, with 200, beside what is.
    """
    post = network.post_as(user, "x")

    both = get("/2/tweets", ids=f"{post.id},1").json()
    single = get("/2/tweets/1").json()

    assert [post.id] == [each["id"] for each in both["data"]]
    assert ["1"] == [error["resource_id"] for error in both["errors"]]
    assert "https://api.x.com/2/problems/resource-not-found" == single["errors"][0]["type"]
    assert "data" not in single


@pytest.mark.parametrize("wrong", ["", "x", ",".join(str(number) for number in range(101))])
def test_lookups_take_one_to_a_hundred_ids(get, wrong):
    """
    A list of ids has between one and a hundred.
    """
    assert 400 == get("/2/tweets", ids=wrong).status_code


def test_links_are_shortened_and_characters_escaped(network, user, get):
    """
    Links become `https://t.co/…` of 23 characters, `&<>` are escaped, and the entities say what stood there.
    """
    text = "A&B <防災> https://www.city.example.lg.jp/a?b=1&c=2 と saga.example.jp #防災 @saga_hanako @nobody $ABC"
    post = network.post_as(user, text)

    shown = get(f"/2/tweets/{post.id}", tweet__fields="entities,display_text_range").json()["data"]

    entities = shown["entities"]
    urls = entities["urls"]
    assert shown["text"].startswith("A&amp;B &lt;防災&gt; https://t.co/")
    assert [23, 23] == [len(url["url"]) for url in urls]
    assert ["https://www.city.example.lg.jp/a?b=1&c=2", "http://saga.example.jp"] == [
        url["expanded_url"] for url in urls
    ]
    assert ["防災"] == [tag["tag"] for tag in entities["hashtags"]]
    assert ["ABC"] == [tag["tag"] for tag in entities["cashtags"]]
    assert [("saga_hanako", user.id), ("nobody", None)] == [
        (at["username"], at.get("id")) for at in entities["mentions"]
    ]
    for each, sign in (*((url, "https://t.co/") for url in urls), *((tag, "#") for tag in entities["hashtags"])):
        assert shown["text"][each["start"] : each["end"]].startswith(sign)
    assert [0, len(shown["text"])] == shown["display_text_range"]


def test_the_same_link_gets_another_short_one_in_another_post(network, user, get):
    """
    Short links differ between posts and stay the same for a post.
    """
    posts = [network.post_as(user, "https://www.city.example.lg.jp/") for _ in range(2)]

    read = [[get(f"/2/tweets/{post.id}").json()["data"]["text"] for post in posts] for _ in range(2)]

    assert read[0] == read[1]
    assert read[0][0] != read[0][1]


def test_media_stand_at_the_end(network, user, get, poster, uploaded, pictures):
    """
    All media share one link at the end; expanding gives their keys, types and alternative texts.
    """
    media = [uploaded(user, pictures(shade)) for shade in range(2)]
    made = poster(user, text="写真", media={"media_ids": media}).json()["data"]

    answer = get(
        f"/2/tweets/{made['id']}",
        tweet__fields="entities,attachments",
        expansions="attachments.media_keys",
        media__fields="type,alt_text,url",
    ).json()

    keys = [f"3_{each}" for each in media]
    urls = answer["data"]["entities"]["urls"]
    assert made["text"] == answer["data"]["text"] == f"写真 {urls[0]['url']}"
    assert keys == [url["media_key"] for url in urls] == answer["data"]["attachments"]["media_keys"]
    assert [("photo", key) for key in keys] == [
        (each["type"], each["media_key"]) for each in answer["includes"]["media"]
    ]
    assert "".join(pictures(1).hex()) == network.media_bytes(keys[1]).hex()


def test_an_answer_begins_with_the_handle_it_answers(network, user, citizen, get, poster):
    """
    X puts the handle before an answer to somebody else, unless the author is left out or written already.
    """
    question = network.post_as(citizen, "@saga_hanako 質問")
    target = {"in_reply_to_tweet_id": question.id}
    own = network.post_as(user, "親")

    made = [
        poster(user, text="一", reply=target).json()["data"],
        poster(user, text="@Citizen 二", reply=target).json()["data"],
        poster(user, text="三", reply=target | {"exclude_reply_user_ids": [citizen.id]}).json()["data"],
        poster(user, text="四", reply={"in_reply_to_tweet_id": own.id}).json()["data"],
    ]
    shown = get(
        f"/2/tweets/{made[0]['id']}",
        tweet__fields="display_text_range,in_reply_to_user_id,referenced_tweets,conversation_id",
    ).json()["data"]

    assert ["@citizen 一", "@Citizen 二", "三", "四"] == [each["text"] for each in made]
    assert ([9, 10], citizen.id, question.id) == (
        shown["display_text_range"],
        shown["in_reply_to_user_id"],
        shown["conversation_id"],
    )
    assert [{"type": "replied_to", "id": question.id}] == shown["referenced_tweets"]


def test_mentions(network, user, citizen, get):
    """
    Who names or answers the account is listed, newest first; the account's own posts are not.
    """
    own = network.post_as(user, "お知らせ @saga_hanako")
    named = network.post_as(citizen, "@SAGA_HANAKO こんにちは")
    answer = network.post_as(citizen, "はい", reply_to=own)
    network.post_as(citizen, "@saga_hanako2 ちがう人")

    assert [answer.id, named.id] == ids(get(f"/2/users/{user.id}/mentions"))
    assert [answer.id] == ids(get(f"/2/users/{user.id}/mentions", since_id=named.id))
    assert 400 == get(f"/2/users/{user.id}/mentions", exclude="replies").status_code


def test_expansions_bring_in_people_and_posts(network, user, citizen, get):
    """
    Authors, those named, and the posts that are answered come once each.
    """
    question = network.post_as(citizen, "質問")
    network.post_as(user, "@citizen 一", reply_to=question)
    network.post_as(user, "@citizen 二", reply_to=question)

    body = get(
        f"/2/users/{user.id}/tweets",
        expansions="author_id,entities.mentions.username,referenced_tweets.id",
        user__fields="username,public_metrics",
        tweet__fields="public_metrics",
    ).json()

    assert {user.id, citizen.id} == {each["id"] for each in body["includes"]["users"]}
    assert [question.id] == [each["id"] for each in body["includes"]["tweets"]]
    assert 2 == body["includes"]["tweets"][0]["public_metrics"]["reply_count"]
    assert {2, 1} == {each["public_metrics"]["tweet_count"] for each in body["includes"]["users"]}


def test_authors_of_what_is_answered_can_be_brought_in_alone(network, user, citizen, get):
    """
    `referenced_tweets.id.author_id` brings the author of the other post, and that post.
    """
    question = network.post_as(citizen, "質問")
    reply = network.post_as(user, "答", reply_to=question)

    includes = get(f"/2/tweets/{reply.id}", expansions="referenced_tweets.id.author_id").json()["includes"]

    assert ([citizen.id], [question.id]) == tuple(
        [each["id"] for each in includes[name]] for name in ("users", "tweets")
    )


def test_polls(network, user, get, poster, clock):
    """
    A poll is open for as long as it was made for.
    """
    poll = {"options": ["はい", "いいえ"], "duration_minutes": 5}
    made = poster(user, text="どちら？", poll=poll).json()["data"]["id"]

    def read():
        answer = get(
            f"/2/tweets/{made}", expansions="attachments.poll_ids", poll__fields="voting_status,duration_minutes"
        )
        return answer.json()["includes"]["polls"][0]

    assert ("open", 5, ["はい", "いいえ"]) == (
        read()["voting_status"],
        read()["duration_minutes"],
        [option["label"] for option in read()["options"]],
    )
    clock.move(minutes=5)
    assert "closed" == read()["voting_status"]


def test_private_figures_are_for_the_author(network, user, citizen, get):
    """
    Figures that only the author may see come for own posts, and as an error for others'.
    """
    own, others = network.post_as(user, "a"), network.post_as(citizen, "b")

    body = get("/2/tweets", ids=f"{own.id},{others.id}", tweet__fields="non_public_metrics").json()

    assert ["non_public_metrics" in each for each in body["data"]] == [True, False]
    assert [("non_public_metrics", others.id)] == [(each["field"], each["resource_id"]) for each in body["errors"]]


def test_replies_can_be_left_out(network, user, get):
    """
    `exclude=replies` leaves answers out.
    """
    first = network.post_as(user, "a")
    network.post_as(user, "b", reply_to=first)

    assert [first.id] == ids(get(f"/2/users/{user.id}/tweets", exclude="replies"))


def test_what_is_kept_out_of_the_timeline(user, get, poster):
    """
    A `nullcast` post can be read by id and is in no list.
    """
    made = poster(user, text="x", nullcast=True).json()["data"]["id"]

    assert [] == ids(get(f"/2/users/{user.id}/tweets"))
    assert made == get(f"/2/tweets/{made}").json()["data"]["id"]


def test_oneself(network, user, get):
    """
    `me` tells for whom the token speaks, and more only when asked.
    """
    post = network.post_as(user, "x")

    plain = get("/2/users/me").json()
    asked = get("/2/users/me", user__fields="created_at,verified", expansions="most_recent_tweet_id").json()

    assert {"data": {"id": user.id, "name": "佐賀花子", "username": "saga_hanako"}} == plain
    assert {"created_at", "verified", "most_recent_tweet_id"} <= set(asked["data"])
    assert [post.id] == [each["id"] for each in asked["includes"]["tweets"]]
    assert 400 == get("/2/users/me", max_results="5").status_code


def test_a_new_post_may_stay_unseen_for_a_while(network, user, get, poster):
    """
    With `visibility_lag` a new post is in no answer for that many reads.
    """
    network.visibility_lag = 2
    made = poster(user, text="x").json()["data"]["id"]

    read = [ids(get(f"/2/users/{user.id}/tweets")), get(f"/2/tweets/{made}").json().get("data")]

    assert [[], None] == read
    assert [made] == ids(get(f"/2/users/{user.id}/tweets"))


def test_a_timeline_reaches_back_so_far(user, network, get, monkeypatch):
    """
    Lists end after their depth, however many posts there are.
    """
    monkeypatch.setattr("civicsns.testing.sandbox.x.timelines.TIMELINE_DEPTH", 3)
    posts = [network.post_as(user, str(number)) for number in range(5)]

    assert [post.id for post in reversed(posts[2:])] == ids(get(f"/2/users/{user.id}/tweets"))


@pytest.mark.parametrize("host", ["api.x.com", "api.twitter.com"])
def test_problem_types_follow_the_host(user, bearer_for, host):
    """
    The host in a problem's type is the one that was asked.
    """
    body = bearer_for(user).get(f"https://{host}/2/tweets/1").json()

    assert f"https://{host}/2/problems/resource-not-found" == body["errors"][0]["type"]
