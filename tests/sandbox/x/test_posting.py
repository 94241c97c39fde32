"""What X takes and refuses when one posts, edits and deletes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import tweepy

API = "https://api.x.com"
#: 2010-11-04T01:42:54.657Z in milliseconds: where X's ids begin.
SNOWFLAKE_EPOCH = 1288834974657


def detail(answer):
    return answer.json()["detail"]


def test_posts_reads_and_deletes_with_tweepy(network, user, client_for):
    """
    The real tweepy posts, reads back and deletes with OAuth 1.0a.
    """
    client = client_for(user)

    made = client.create_tweet(text="今日の広報です https://www.city.example.lg.jp/news")
    listed = client.get_users_tweets(user.id, user_auth=True, tweet_fields=["source", "created_at", "entities"])
    client.delete_tweet(made.data["id"])

    assert made.data["id"] == str(listed.data[0].id)
    assert listed.data[0].source == network.app.name
    assert listed.data[0].text.startswith("今日の広報です https://t.co/")
    assert network.posts() == ()
    assert [call.operation for call in network.calls] == ["create", "timeline", "delete"]
    assert {call.account for call in network.calls} == {user.id}


def test_a_signature_for_another_app_is_refused(network, user, client_for):
    """
    A token proves nothing together with another app's secret.
    """
    client = client_for(user)
    client.consumer_secret = network.register_app(name="other").consumer_secret

    with pytest.raises(tweepy.Unauthorized):
        client.create_tweet(text="x")


def test_tweepy_sees_the_sentence_about_duplicates(user, client_for):
    """
    The same text again is refused with 403 and the sentence that clients look for.
    """
    client = client_for(user)
    client.create_tweet(text="避難所を開設しました")

    with pytest.raises(tweepy.Forbidden) as caught:
        client.create_tweet(text=" 避難所を開設しました ")

    assert "You are not allowed to create a Tweet with duplicate content." in str(caught.value)


def test_ids_are_snowflakes_of_19_digits(user, poster):
    """
    An id is a string of 19 digits that holds its time, and each is greater than the one before.
    """
    before = datetime.now(UTC).timestamp()
    ids = [poster(user, text=str(number)).json()["data"]["id"] for number in range(3)]
    after = datetime.now(UTC).timestamp()

    assert {19} == {len(post_id) for post_id in ids}
    assert sorted(ids) == ids
    assert all(int(before * 1000) <= (int(post_id) >> 22) + SNOWFLAKE_EPOCH <= int(after * 1000) + 1 for post_id in ids)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"text": "x", "nonsense": 1}, "$.nonsense"),
        ({"text": 1}, "$.text"),
        ({"text": None}, "$.text"),
        ({"text": "\ud800"}, "$.text"),
        ({}, "$.text"),
        ({"text": "  "}, "$.text"),
        ({"text": "x", "made_with_ai": "true"}, "$.made_with_ai"),
        ({"text": "x", "nullcast": 1}, "$.nullcast"),
        ({"text": "x", "reply_settings": "everyone"}, "$.reply_settings"),
        ({"text": "x", "media": {}}, "$.media.media_ids"),
        ({"text": "x", "media": {"media_ids": []}}, "$.media.media_ids"),
        ({"text": "x", "media": {"media_ids": ["1", "2", "3", "4", "5"]}}, "$.media.media_ids"),
        ({"text": "x", "media": {"media_ids": [1]}}, "$.media.media_ids[0]"),
        ({"text": "x", "media": {"media_ids": ["1"], "tagged_user_ids": ["1"] * 11}}, "$.media.tagged_user_ids"),
        ({"text": "x", "poll": {"options": ["a"], "duration_minutes": 5}}, "$.poll.options"),
        ({"text": "x", "poll": {"options": ["a", "b" * 26], "duration_minutes": 5}}, "$.poll.options[1]"),
        ({"text": "x", "poll": {"options": ["a", ""], "duration_minutes": 5}}, "$.poll.options[1]"),
        ({"text": "x", "poll": {"options": ["a", "b"], "duration_minutes": 4}}, "$.poll.duration_minutes"),
        ({"text": "x", "poll": {"options": ["a", "b"], "duration_minutes": 10081}}, "$.poll.duration_minutes"),
        ({"text": "x", "poll": {"options": ["a", "b"], "duration_minutes": True}}, "$.poll.duration_minutes"),
        ({"text": "x", "quote_tweet_id": "12345678901234567890"}, "$.quote_tweet_id"),
        ({"text": "x", "reply": {"in_reply_to_tweet_id": "x"}}, "$.reply.in_reply_to_tweet_id"),
        ({"text": "x", "reply": {}}, "$.reply.in_reply_to_tweet_id"),
        ({"text": "x", "reply": []}, "$.reply"),
        ({"text": "x", "edit_options": {"previous_post_id": "1", "more": 1}}, "$.edit_options.more"),
        ({"text": "x", "geo": {"place_id": "Saga"}}, "$.geo.place_id"),
        ({"text": "x", "card_uri": "https://x"}, "$.card_uri"),
        ({"text": "x", "direct_message_deep_link": "https://evil.example"}, "$.direct_message_deep_link"),
    ],
)
def test_what_the_body_may_not_be(network, user, poster, body, path):
    """
    Every field is typed and bounded, and nothing unknown is let through; X names the place of the fault.
    """
    answer = poster(user, **body)

    assert 400 == answer.status_code
    assert "https://api.x.com/2/problems/invalid-request" == answer.json()["type"]
    assert path in answer.json()["errors"][0]["parameters"]
    assert "application/problem+json" in answer.headers["content-type"]
    assert () == network.posts()


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'"x"', b"\xff", b'{"text": NaN}', '{"text": "x"}'.encode("utf-16"), b"[" * 100_000],
)
def test_what_is_no_json_object_is_refused(user, bearer_for, raw):
    """
    The body must be a JSON object in UTF-8.
    """
    headers = {"Content-Type": "application/json"}

    assert 400 == bearer_for(user).post(f"{API}/2/tweets", data=raw, headers=headers).status_code


def test_the_body_must_say_that_it_is_json(user, bearer_for):
    """
    The right text as a form is refused; so is a query beside the body.
    """
    session = bearer_for(user)

    assert 400 == session.post(f"{API}/2/tweets", data={"text": "x"}).status_code
    assert 400 == session.post(f"{API}/2/tweets?text=x", json={"text": "x"}).status_code


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("あ" * 140, 201),
        ("あ" * 141, 400),
        ("a" * 280, 201),
        ("a" * 281, 400),
        ("a" * 257 + "https://www.city.example.lg.jp/" + "x" * 200, 400),
        ("a" * 256 + " https://www.city.example.lg.jp/" + "x" * 200, 201),
    ],
)
def test_length_is_weighted(user, poster, text, status):
    """
    280 units at most: Japanese counts double, and a link counts 23 however long it is.
    """
    answer = poster(user, text=text)

    assert status == answer.status_code
    if status == 400:
        assert "too long" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("text", ["$A and $B", "今日の $ABC と $XYZ"])
def test_one_cashtag_at_most(network, user, poster, text):
    """
    Self-serve apps may use one cashtag; Enterprise may use more.
    """
    enterprise = network.register_app(name="enterprise", enterprise=True)

    assert [403, 201] == [poster(user, text=text).status_code, poster(user, enterprise, text=text).status_code]
    assert 201 == poster(user, text="$A only").status_code


def test_duplicates_are_per_account_and_for_a_while(network, user, citizen, poster, clock):
    """
    Another account may say the same; the same account may after a day, or once the first post is gone.
    """
    first = poster(user, text="x").json()["data"]["id"]

    assert 403 == poster(user, text="x").status_code
    assert 201 == poster(citizen, text="x").status_code
    clock.move(hours=24)
    assert 201 == poster(user, text="x").status_code
    assert first != network.posts(user)[-1].id


def test_a_deleted_text_may_be_posted_again(user, poster, bearer_for):
    """
    What was deleted is no duplicate.
    """
    first = poster(user, text="x").json()["data"]["id"]
    bearer_for(user).delete(f"{API}/2/tweets/{first}")

    assert 201 == poster(user, text="x").status_code


def test_the_same_words_with_another_file_are_no_duplicate(user, poster, uploaded, pictures):
    """
    X sees the media's short link as a part of the text, so a file uploaded again makes a second post.
    """
    ids = [uploaded(user, pictures(1)) for _ in range(2)]

    statuses = [poster(user, text="x", media={"media_ids": [each]}).status_code for each in (*ids, ids[0])]

    assert [201, 201, 403] == statuses


def test_only_who_was_summoned_may_answer(network, user, citizen, poster):
    """
    Self-serve apps may answer who named, answered or quoted the account, and the account itself; nobody else.
    """
    enterprise = network.register_app(name="enterprise", enterprise=True)
    own = network.post_as(user, "お知らせ")
    cold = network.post_as(citizen, "佐賀はいいところ")
    named = network.post_as(citizen, "@Saga_Hanako 質問です")
    answered = network.post_as(citizen, "なるほど", reply_to=own)
    quoting = poster(citizen, enterprise, text="これです", quote_tweet_id=own.id).json()["data"]["id"]

    def reply(post_id, app=None):
        return poster(user, app, text=f"回答 {post_id} {app}", reply={"in_reply_to_tweet_id": post_id})

    refused = reply(cold.id)
    assert 403 == refused.status_code
    assert detail(refused).startswith("Reply to this conversation is not allowed because you have not been mentioned")
    assert [201] * 4 == [reply(each).status_code for each in (own.id, named.id, answered.id, quoting)]
    assert 201 == reply(cold.id, enterprise).status_code


def test_who_may_answer_can_be_narrowed(network, user, citizen, poster):
    """
    Also an Enterprise app may not answer where the author has closed the conversation, unless it is named.
    """
    enterprise = network.register_app(name="enterprise", enterprise=True)
    closed = poster(citizen, text="限定", reply_settings="mentionedUsers").json()["data"]["id"]
    open_to_us = poster(citizen, text="@saga_hanako 限定", reply_settings="mentionedUsers").json()["data"]["id"]

    statuses = [
        poster(user, enterprise, text=f"re {each}", reply={"in_reply_to_tweet_id": each}).status_code
        for each in (closed, open_to_us)
    ]

    assert [403, 201] == statuses


def test_what_is_gone_cannot_be_answered_or_quoted(network, user, poster):
    """
    A reply or a quote needs a post that is there.
    """
    enterprise = network.register_app(name="enterprise", enterprise=True)

    replied = poster(user, text="x", reply={"in_reply_to_tweet_id": "1"})
    quoted = poster(user, enterprise, text="x", quote_tweet_id="1")

    assert [403, 403] == [replied.status_code, quoted.status_code]
    assert "deleted or not visible" in detail(replied)


def test_quotes_are_for_enterprise(network, user, poster):
    """
    Self-serve apps may not quote.
    """
    own = network.post_as(user, "x")

    assert 403 == poster(user, text="y", quote_tweet_id=own.id).status_code


def test_one_thing_is_attached_at_a_time(network, user, poster, uploaded, pictures):
    """
    Media, poll, quote, card and deep link exclude each other.
    """
    enterprise = network.register_app(name="enterprise", enterprise=True)
    parts = {
        "media": {"media_ids": [uploaded(user, pictures())]},
        "poll": {"options": ["a", "b"], "duration_minutes": 5},
        "quote_tweet_id": network.post_as(user, "q").id,
        "card_uri": "card://1",
        "direct_message_deep_link": "https://x.com/messages/compose?recipient_id=1",
    }
    names = list(parts)

    for index, name in enumerate(names):
        other = names[index - 1]
        both = poster(user, enterprise, text=f"{name} {other}", **{name: parts[name], other: parts[other]})
        alone = poster(user, enterprise, text=name, **{name: parts[name]})
        assert [400, 201] == [both.status_code, alone.status_code]


def test_films_and_animations_stand_alone(network, user, poster, uploaded, pictures, films, clock):
    """
    Four pictures, or one film, or one animation; each only once it is processed, and each only once in a post.
    """
    photos = [uploaded(user, pictures(shade)) for shade in range(4)]
    gif = uploaded(user, films["gif"], "tweet_gif")
    film = uploaded(user, films["mp4"], "tweet_video")

    def status(*ids):
        return poster(user, text=" ".join(ids), media={"media_ids": list(ids)}).status_code

    assert [400, 400] == [status(gif), status(film)]
    clock.move(seconds=2)
    assert [201, 201, 201] == [status(*photos), status(gif), status(film)]
    assert [400, 400, 400] == [status(gif, photos[0]), status(film, gif), status(photos[0], photos[0])]
    assert ("3", "16", "7") == tuple(post.media_keys[0].split("_")[0] for post in network.posts(user))


def test_media_must_be_ones_own_and_fresh(user, citizen, poster, uploaded, pictures, clock):
    """
    Another's file, an unknown one, one for messages and one that has expired are all "invalid".
    """
    own, others = uploaded(user, pictures()), uploaded(citizen, pictures())
    for_messages = uploaded(user, pictures(), "dm_image")

    answers = [poster(user, text="x", media={"media_ids": [each]}) for each in (others, "1", for_messages)]
    clock.move(hours=24)
    answers.append(poster(user, text="x", media={"media_ids": [own]}))

    assert {400} == {answer.status_code for answer in answers}
    assert {"Your media IDs are invalid."} == {answer.json()["errors"][0]["message"] for answer in answers}


def test_tagged_people_must_exist(user, citizen, poster, uploaded, pictures):
    """
    Only people who have an account can be tagged in a picture.
    """
    media = {"media_ids": [uploaded(user, pictures())]}

    unknown = poster(user, text="x", media=media | {"tagged_user_ids": ["1"]})
    known = poster(user, text="x", media=media | {"tagged_user_ids": [citizen.id]})

    assert [400, 201] == [unknown.status_code, known.status_code]


@pytest.mark.parametrize("name", ["community_id", "for_super_followers_only", "share_with_followers"])
def test_what_the_account_does_not_have_is_refused(user, poster, name):
    """
    There are no communities and no paying followers here.
    """
    value = "1" if name == "community_id" else True

    assert 403 == poster(user, text="x", **{name: value}).status_code


def test_declarations_are_kept(network, user, poster):
    """
    What was declared about a post stays with it.
    """
    poster(user, text="x", made_with_ai=True, paid_partnership=False, reply_settings="following")

    post = network.posts(user)[0]
    assert {"made_with_ai": True, "paid_partnership": False} == dict(post.extra)
    assert ("following", network.app.name) == (post.reply_settings, post.source)


def test_an_edit_makes_a_new_version(network, user, poster, bearer_for):
    """
    An edited post gets a new id, remembers the old ones, and replaces them in the timeline.
    """
    first = poster(user, text="tpyo").json()["data"]["id"]

    second = poster(user, text="typo", edit_options={"previous_post_id": first}).json()["data"]

    assert [first, second["id"]] == second["edit_history_tweet_ids"]
    assert ["typo"] == [post.text for post in network.posts(user)]
    old = bearer_for(user).get(f"{API}/2/tweets/{first}").json()["data"]
    assert ("tpyo", [first, second["id"]]) == (old["text"], old["edit_history_tweet_ids"])


def test_an_edit_has_its_bounds(network, user, citizen, poster, clock):
    """
    One's own latest version, five times, within the hour, and neither polls nor answers to others.
    """

    def edit(post_id, by=user, **more):
        return poster(by, text=f"{post_id} {len(network.posts())} {more}", edit_options={"previous_post_id": post_id})

    first = latest = poster(user, text="0").json()["data"]["id"]
    poll = poster(user, text="p", poll={"options": ["a", "b"], "duration_minutes": 5}).json()["data"]["id"]
    question = network.post_as(citizen, "@saga_hanako ?")
    reply = poster(user, text="r", reply={"in_reply_to_tweet_id": question.id}).json()["data"]["id"]
    late = poster(user, text="late").json()["data"]["id"]

    assert {403} == {edit(each).status_code for each in ("1", question.id, poll, reply)}
    assert 403 == edit(first, by=citizen).status_code
    for count in range(5):
        answer = poster(user, text=f"version {count}", edit_options={"previous_post_id": latest})
        assert 201 == answer.status_code
        latest = answer.json()["data"]["id"]
    assert {403} == {edit(each).status_code for each in (latest, first)}
    clock.move(hours=1)
    assert 403 == edit(late).status_code


def test_deleting_any_version_deletes_all(network, user, poster, bearer_for):
    """
    A post goes with all its versions.
    """
    session = bearer_for(user)
    first = poster(user, text="a").json()["data"]["id"]
    second = poster(user, text="b", edit_options={"previous_post_id": first}).json()["data"]["id"]

    answer = session.delete(f"{API}/2/tweets/{first}")

    assert (200, {"data": {"deleted": True}}) == (answer.status_code, answer.json())
    assert () == network.posts()
    assert {"errors"} == set(session.get(f"{API}/2/tweets/{second}").json())


def test_only_ones_own_posts_can_be_deleted(network, user, citizen, bearer_for):
    """
    Another's post stays; one that is not there is reported as deleted.
    """
    session = bearer_for(user)
    others = network.post_as(citizen, "x")

    assert 403 == session.delete(f"{API}/2/tweets/{others.id}").status_code
    assert (others,) == network.posts()
    assert {"data": {"deleted": True}} == session.delete(f"{API}/2/tweets/1").json()
    assert 400 == session.delete(f"{API}/2/tweets/abc").status_code


def test_a_read_only_token_may_not_write(user, client_for):
    """
    A token with the permission to read only gets 403, with the problem that asks for new tokens.
    """
    client = client_for(user, permissions="read")

    with pytest.raises(tweepy.Forbidden) as caught:
        client.create_tweet(text="x")

    assert caught.value.response.json()["type"].endswith("/oauth1-permissions")
    assert user.handle == client.get_me().data.username


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/2/nothing", 404), ("GET", "/1.1/statuses/update.json", 404), ("PUT", "/2/tweets", 405)],
)
def test_other_addresses_lead_nowhere(user, bearer_for, method, path, status):
    """
    What X does not have, the practice network does not have.
    """
    answer = bearer_for(user).request(method, f"{API}{path}")

    assert (status, status) == (answer.status_code, answer.json()["status"])
