"""Reading back, comments, mentions and figures, on the practice Facebook."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from civicsns.adapters.facebook.reading import when
from civicsns.errors import AuthorizationLost, OutcomeUnknown, Refused
from civicsns.model import PostRef, Proof, Secret
from civicsns.testing.clock import WORKDAY
from civicsns.testing.sandbox import Fault

LINK = "https://www.city.takeo.lg.jp/"


def find(town, rendition, since=WORKDAY):
    return town.adapter.find(rendition, town.credential, since=since)


@pytest.mark.parametrize(
    "kind", ["text", "padded text", "link", "bare link", "picture", "bare picture", "album", "film"]
)
def test_each_kind_of_post_is_found_among_others(town, clock, picture, film, kind):
    """
    By text, link, or the ids of what is attached; the receipt is that of the post.
    """
    made = {
        "text": lambda: town.prepare("避難所"),
        "padded text": lambda: town.prepare("避難所\r\n"),
        "link": lambda: town.prepare("避難所", link=LINK),
        "bare link": lambda: town.prepare("", link=LINK),
        "picture": lambda: town.prepare("避難所", media=(picture(1),)),
        "bare picture": lambda: town.prepare("", media=(picture(1),)),
        "album": lambda: town.prepare("避難所", media=(picture(1), picture(2))),
        "film": lambda: town.prepare("避難所", media=(film(),)),
    }[kind]()
    town.publish("別の文")
    town.publish("", link="https://example.jp/")
    town.publish("", media=(picture(9),))
    rendition = town.adapter.upload(made, town.credential)
    absent = find(town, rendition)
    receipt = town.adapter.publish(rendition, town.credential)
    clock.advance(timedelta(minutes=1))
    town.publish("もう一つ別の文")
    found = find(town, rendition)

    assert absent is None
    assert found is not None
    assert (Proof.READ_BACK, WORKDAY) == (found.proof, found.at)
    assert kind == "film" or receipt.post_id == found.post_id


def test_the_same_text_by_hand_is_not_ours(town):
    """
    What a person wrote on the Page comes from no app.
    """
    rendition = town.prepare("避難所")
    app = town.graph.register_app(name="別のアプリ")
    other = Secret(town.graph.page_token(town.page, town.staff, app=app))
    foreign = attrs.evolve(town.adapter.settings, app_id=app.id, app_secret=Secret(app.secret))
    type(town.adapter)(foreign, clock=town.graph.clock).publish(
        rendition, attrs.evolve(town.credential, secrets={"access_token": other})
    )

    assert 1 == len(town.posts)
    assert find(town, rendition) is None


def test_the_same_text_from_before_is_not_ours(town, clock):
    """
    Only what was published since the intent counts.
    """
    rendition = town.prepare("毎週のお知らせ")
    town.adapter.publish(rendition, town.credential)
    clock.advance(timedelta(days=7))

    assert find(town, rendition, since=clock.now()) is None


def test_a_second_of_the_network_s_clock_is_whole(town):
    """
    An intent at a fraction of a second does not lose a post made in that same second.
    """
    rendition = town.prepare("避難所")
    town.adapter.publish(rendition, town.credential)

    assert find(town, rendition, since=WORKDAY + timedelta(milliseconds=900)) is not None


def test_the_same_text_with_other_pictures_is_not_ours(town, picture):
    """
    Where we know what we uploaded, it must be attached.
    """
    town.publish("花見", media=(picture(1),))
    ours = town.adapter.upload(town.prepare("花見", media=(picture(1),)), town.credential)

    assert find(town, ours) is None


def test_a_post_is_found_without_its_uploads_recorded(town, picture):
    """
    A crash may lose the ids; text, app, time and the number of pictures are left.
    """
    rendition = town.prepare("花見", media=(picture(1), picture(2)))
    town.adapter.publish(rendition, town.credential)

    assert find(town, rendition) is not None
    assert find(town, attrs.evolve(rendition, media=rendition.media[:1])) is None


def test_a_post_beyond_the_first_page_of_the_list_is_found(town):
    """
    The list is read to its end, 100 at a time.
    """
    first = town.prepare("最初")
    town.adapter.publish(first, town.credential)
    for number in range(101):
        town.publish(f"{number}")

    assert find(town, first) is not None
    assert 2 == [call.operation for call in town.graph.calls].count("published_posts")


def test_a_post_that_ranking_leaves_out_is_not_found(town):
    """
    Absence proves nothing, which is why the list is declared weak.
    """
    rendition = town.prepare("避難所")
    town.adapter.publish(rendition, town.credential)
    town.graph.omit(town.posts[0])

    assert find(town, rendition) is None


def test_reading_stops_where_the_posts_are_too_old(desk, reply):
    """
    A page that reaches back beyond the intent is the last that is read.
    """
    old = {"id": "100_1", "created_time": "2026-03-31T23:59:59+0000", "message": "x"}
    desk.say(reply.json({"data": [old], "paging": {"cursors": {"after": "A"}, "next": "https://graph.facebook.com/"}}))
    found = desk.adapter.find(desk.prepare("x"), desk.credential, since=WORKDAY)

    assert found is None
    assert 1 == len(desk.seen)


def test_a_scheduled_post_is_looked_for_among_the_scheduled(desk, reply):
    """
    Until its time it stands in a list of its own, afterwards with the published ones.
    """
    post = {"id": "100_1", "created_time": "2026-04-01T00:00:05+0000", "message": "x", "application": {"id": "770"}}
    desk.say(reply.json({"data": [post]}))
    rendition = desk.prepare("x", publish_at=WORKDAY + timedelta(hours=1))
    found = desk.adapter.find(rendition, desk.credential, since=WORKDAY)
    desk.adapter._clock.advance(timedelta(hours=2))
    desk.adapter.find(rendition, desk.credential, since=WORKDAY)

    assert found is not None
    assert ("100_1", WORKDAY + timedelta(hours=1)) == (found.post_id, found.scheduled_for)
    assert ["/v26.0/100/scheduled_posts", "/v26.0/100/published_posts"] == [seen.path for seen in desk.seen]


def test_a_scheduled_post_is_found_before_and_after_its_time(town, clock):
    """
    On the practice network, in both lists.
    """
    rendition = town.prepare("明日は休館日です", publish_at=WORKDAY + timedelta(hours=1))
    receipt = town.adapter.publish(rendition, town.credential)
    before = find(town, rendition)
    clock.advance(timedelta(hours=1, minutes=1))
    after = find(town, rendition)

    assert before is not None
    assert after is not None
    assert [receipt.post_id] * 2 == [before.post_id, after.post_id]


@pytest.mark.parametrize(
    "post",
    [
        {},
        {"id": "1", "created_time": 5, "message": 7, "application": "x", "attachments": []},
        {"created_time": "2026-04-01T00:00:05+0000", "application": {"id": "770"}, "attachments": {"data": [{"target": 1}, 2]}},
        {"created_time": "9999-99-99T00:00:05+0000", "message": "x"},
    ],
)  # fmt: skip
def test_posts_that_make_no_sense_are_not_ours(desk, reply, picture, post):
    """
    Whatever the list holds, it is read without a crash.
    """
    desk.say(reply.json({"data": [post, None, 3], "paging": []}))

    assert desk.adapter.find(desk.prepare("x", media=(picture(),)), desk.credential, since=WORKDAY) is None


def test_a_read_is_never_of_unknown_outcome(desk, reply):
    """
    Not even where the network speaks of a duplicate.
    """
    desk.say(reply.error(506))
    with pytest.raises(Refused):
        desk.adapter.find(desk.prepare("x"), desk.credential, since=WORKDAY)


@pytest.mark.parametrize("text", ["2026-04-01", "", "tomorrow", None, 5, "2026-13-01T00:00:00+0000"])
def test_what_is_no_time_is_none(text):
    """
    Times are read strictly.
    """
    assert when(text) is None


# --- comments and mentions --------------------------------------------------------------------------------------


def test_comments_answers_and_tagged_posts_come_oldest_first(town, clock):
    """
    What citizens wrote since then, in the order of time, with what it answers.
    """
    post = town.publish("お知らせ")
    clock.advance(timedelta(minutes=1))
    town.graph.comment_as("市民", post.post_id, "古い質問")
    since = clock.now()
    clock.advance(timedelta(minutes=1))
    question = town.graph.comment_as("市民", post.post_id, "いつですか")
    clock.advance(timedelta(minutes=1))
    tagged = town.graph.post_as("市民", town.page, "武雄市広報へ")
    clock.advance(timedelta(minutes=1))
    answer = town.graph.comment_as("別の市民", question.id, "明日です")
    found = town.adapter.mentions(town.account, town.credential, since=since)

    assert ["いつですか", "武雄市広報へ", "明日です"] == [mention.text for mention in found]
    assert [question.id, tagged.id, answer.id] == [mention.post.id for mention in found]
    assert [post.post, None, PostRef(platform="facebook", id=question.id)] == [one.in_reply_to for one in found]
    assert "市民" == found[0].author_name
    assert all(mention.at > since for mention in found)
    assert all(mention.url.startswith("https://www.facebook.com/") for mention in found)


def test_the_page_s_own_comments_are_no_mentions(town, clock):
    """
    What the Page answered is left out.
    """
    post = town.publish("お知らせ")
    clock.advance(timedelta(minutes=1))
    town.adapter._wire.post(f"{post.post_id}/comments", town.token, fields={"message": "補足"}, changes=True)
    clock.advance(timedelta(minutes=1))

    assert [] == town.adapter.mentions(town.account, town.credential, since=WORKDAY)


def test_comments_are_looked_for_on_the_newest_posts(make_town, clock):
    """
    How many posts is a setting, since each costs a call.
    """
    town = make_town(comments_on=2)
    posts = []
    for number in range(4):
        clock.advance(timedelta(minutes=1))
        posts.append(town.publish(f"お知らせ {number}"))
        town.graph.comment_as("市民", posts[-1].post_id, f"質問 {number}")
    found = town.adapter.mentions(town.account, town.credential, since=WORKDAY)

    assert ["質問 2", "質問 3"] == [mention.text for mention in found]


def test_reading_comments_needs_its_permission(town):
    """
    Without pages_read_user_content the account is to be enrolled again.
    """
    token = town.graph.page_token(town.page, town.staff, scopes=("pages_read_engagement", "pages_manage_posts"))
    weak = attrs.evolve(town.credential, secrets={"access_token": Secret(token)})
    with pytest.raises(AuthorizationLost):
        town.adapter.mentions(town.account, weak, since=WORKDAY)


# --- figures ----------------------------------------------------------------------------------------------------


def test_figures_of_posts(town):
    """
    Each post has the figures of the settings; one by kind comes as one for each kind.
    """
    first, second = town.publish("一"), town.publish("二")
    town.graph.set_figure(first.post_id, "post_clicks", 7)
    town.graph.set_figure(first.post_id, "post_reactions_by_type_total", 3)
    found = town.adapter.metrics(town.account, town.credential, [first.post, second.post])

    assert [first.post_id, second.post_id] == [one.subject for one in found]
    assert (7, 3) == (found[0].values["post_clicks"], found[0].values["post_reactions_by_type_total.like"])
    assert 0 == found[1].values["post_clicks"]
    assert WORKDAY == found[0].at


def test_figures_of_the_page(town):
    """
    Without posts, the Page's own of the last day.
    """
    town.graph.set_figure(town.page.id, "page_follows", 5012)
    (found,) = town.adapter.metrics(town.account, town.credential, [])

    assert (town.page.id, 5012) == (found.subject, found.values["page_follows"])


def test_a_withdrawn_figure_is_refused(make_town):
    """
    Meta withdraws figures; the refusal says so, and the names are settings.
    """
    town = make_town(page_metrics=("page_impressions",))
    with pytest.raises(Refused):
        town.adapter.metrics(town.account, town.credential, [])


@pytest.mark.parametrize(
    "data",
    [None, [], [{"name": "a"}], [{"name": "a", "values": []}], [{"values": [{"value": "many"}]}], [{"name": "a", "values": [{"value": True}]}]],
)  # fmt: skip
def test_figures_that_are_none_are_left_out(desk, reply, data):
    """
    Only whole numbers are figures.
    """
    desk.say(reply.json({"data": data}))
    (found,) = desk.adapter.metrics(desk.account, desk.credential, [])

    assert {} == dict(found.values)


def test_an_unknown_outcome_is_settled_with_its_pictures(town, picture):
    """
    The uploads that the ledger keeps find the post whose answer was lost.
    """
    ready = town.adapter.upload(town.prepare("", media=(picture(1), picture(2))), town.credential)
    town.graph.faults.order(Fault.RESET, on="feed")
    with pytest.raises(OutcomeUnknown):
        town.adapter.publish(ready, town.credential)
    found = find(town, ready)

    assert found is not None
    assert town.posts[0].id == found.post_id
