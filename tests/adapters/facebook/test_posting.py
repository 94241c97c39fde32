"""Posts on the practice Facebook, through the real SDK over a real socket."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from civicsns.adapters.facebook.publishing import address, unpublished
from civicsns.errors import AuthorizationLost, Outcome, OutcomeUnknown, Refused, Unavailable, UnknownReason
from civicsns.model import CredentialKind, Proof, Secret
from civicsns.testing.clock import WORKDAY
from civicsns.testing.sandbox import Fault


def operations(town):
    return [call.operation for call in town.graph.calls]


def test_a_text_is_published_by_one_call(town):
    """
    The Page holds the post; the receipt has its id, its address, the time and what is left of the allowance.
    """
    receipt = town.publish("避難所を開設しました。")
    (post,) = town.posts

    assert ("避難所を開設しました。", post.id, town.graph.app.id) == (post.message, receipt.post_id, post.app_id)
    assert f"https://www.facebook.com/{post.id}" == receipt.url
    assert (WORKDAY, Proof.ANSWERED) == (receipt.at, receipt.proof)
    assert ["pages"] == [one.window for one in receipt.allowances]
    assert ["feed"] == operations(town)


def test_a_link_is_shared(town):
    """
    The link is a part of the post.
    """
    town.publish("詳しくはこちら", link="https://www.city.takeo.lg.jp/")

    assert "https://www.city.takeo.lg.jp/" == town.posts[0].link


def test_pictures_go_up_first_with_their_alt_texts(town, picture):
    """
    Each picture with its alternative text, in the author's order, in one post.
    """
    pictures = (picture(1, "桜"), picture(2, "城"), picture(3, None))
    receipt = town.publish("花見", media=pictures)
    (post,) = town.posts

    assert ("桜", "城", "") == post.alt_texts
    assert [one.content for one in pictures] == [town.graph.media_bytes(one)[0] for one in post.attached]
    assert ["photos", "photos", "photos", "feed"] == operations(town)
    assert post.id == receipt.post_id


def test_the_same_picture_twice_goes_up_twice(town, picture):
    """
    One upload is attached to one place.
    """
    town.publish("二枚", media=(picture(1, "一"), picture(1, "二")))

    assert ("一", "二") == town.posts[0].alt_texts


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_picture_that_fails_stops_the_post(town, picture, number):
    """
    No post goes out with a picture too few, and nothing about it is unknown.
    """
    town.graph.faults.order(Fault.SERVER_ERROR, on="photos", skip=number)
    with pytest.raises(Unavailable):
        town.publish("花見", media=tuple(picture(one) for one in range(3)))

    assert () == town.posts
    assert "feed" not in operations(town)


def test_a_file_that_facebook_cannot_read_is_refused(town, picture):
    """
    Bytes that are no picture come back as a refusal, before the post is made.
    """
    broken = attrs.evolve(picture(), content=b"not a picture")
    with pytest.raises(Refused) as raised:
        town.publish("花見", media=(broken,))

    assert "324" == raised.value.code


def test_uploads_that_are_there_are_not_repeated(town, picture):
    """
    After `upload`, `publish` makes the post by exactly one call, and a second `upload` makes none.
    """
    ready = town.adapter.upload(town.prepare("花見", media=(picture(1), picture(2))), town.credential)
    before = len(town.graph.calls)
    again = town.adapter.upload(ready, town.credential)
    town.adapter.publish(again, town.credential)

    assert ready == again
    assert ["feed"] == operations(town)[before:]


def test_an_upload_goes_on_where_it_stopped(town, picture):
    """
    What is recorded as uploaded is kept; only the rest goes up.
    """
    whole = town.prepare("花見", media=(picture(1), picture(2)))
    first = town.adapter.upload(attrs.evolve(whole, media=whole.media[:1]), town.credential)
    ready = town.adapter.upload(attrs.evolve(whole, uploads=first.uploads), town.credential)

    assert first.uploads == ready.uploads[:1]
    assert ["photos", "photos"] == operations(town)


def test_one_upload_does_not_stand_for_two_places(town, picture):
    """
    Of the same picture twice, one recorded upload leaves one to send.
    """
    whole = town.prepare("二枚", media=(picture(1), picture(1)))
    first = town.adapter.upload(attrs.evolve(whole, media=whole.media[:1]), town.credential)
    town.adapter.publish(attrs.evolve(whole, uploads=first.uploads), town.credential)

    assert ["photos", "photos", "feed"] == operations(town)
    assert 2 == len(set(town.posts[0].attached))


def test_a_film_goes_up_in_pieces_and_is_published_by_the_last_call(town, film):
    """
    `start` and `transfer` publish nothing; `finish` does, with the text and the title.
    """
    town.graph.limits = attrs.evolve(town.graph.limits, chunk_bytes=1000)
    rendition = town.prepare("防災訓練", media=(film(2500),), extra={"facebook": {"title": "訓練"}})
    ready = town.adapter.upload(rendition, town.credential)
    before = town.posts
    calls = len(town.graph.calls)
    receipt = town.adapter.publish(ready, town.credential)
    (post,) = town.posts

    assert () == before
    assert 4 == calls
    assert ["videos"] == operations(town)[calls:]
    assert (receipt.post_id,) == post.attached
    assert rendition.media[0].content == town.graph.media_bytes(receipt.post_id)[0]
    assert f"https://www.facebook.com/{town.page.id}/videos/{receipt.post_id}/" == receipt.url


def test_a_scheduled_post_waits_on_the_network(town, clock):
    """
    Facebook holds it until its time; the receipt says when.
    """
    receipt = town.publish("明日は休館日です", publish_at=WORKDAY + timedelta(hours=2))
    before = town.posts
    clock.advance(timedelta(hours=2))

    assert WORKDAY + timedelta(hours=2) == receipt.scheduled_for
    assert () == before
    assert [receipt.post_id] == [post.id for post in town.posts]


def test_a_time_that_has_become_too_near_is_refused_by_the_network(town, clock):
    """
    A rendition that waited too long is refused, and not published at another time.
    """
    rendition = town.prepare(publish_at=WORKDAY + timedelta(minutes=11))
    clock.advance(timedelta(minutes=5))
    with pytest.raises(Refused):
        town.adapter.publish(rendition, town.credential)

    assert () == town.graph.posts(town.page, published=False)


def test_what_is_scheduled_is_listed(town, film):
    """
    Posts and films that wait for their time are listed with it; what is out is not, nor what was deleted.
    """
    at = WORKDAY + timedelta(hours=2)
    receipt = town.publish("明日は休館日です", publish_at=at)
    gone = town.publish("取りやめ", publish_at=at)
    town.publish("訓練", media=(film(),), publish_at=at)
    town.publish("本日は開館しています")
    town.adapter.delete(gone, town.credential)
    listed = town.adapter.scheduled(town.account, town.credential)

    assert 2 == len(listed)
    assert [at, at] == [one.scheduled_for for one in listed]
    assert receipt.post_id in {one.post_id for one in listed}


def test_a_scheduled_film_waits_too(town, film, clock):
    """
    `finish` carries the time.
    """
    town.publish("訓練", media=(film(),), publish_at=WORKDAY + timedelta(hours=1))
    before = town.posts
    clock.advance(timedelta(hours=1))

    assert (0, 1) == (len(before), len(town.posts))


# --- refusals of the network ------------------------------------------------------------------------------------


def test_the_same_text_again_is_a_duplicate_of_unknown_origin(town):
    """
    Facebook's 506 may be about our own earlier attempt.
    """
    town.publish("同じ文")
    with pytest.raises(OutcomeUnknown) as raised:
        town.publish("同じ文")

    assert UnknownReason.DUPLICATE is raised.value.reason
    assert 1 == len(town.posts)


def test_a_link_that_cannot_be_fetched_is_refused(town):
    """
    1609005 is about the content.
    """
    town.graph.unreachable_hosts.add("nowhere.example")
    with pytest.raises(Refused) as raised:
        town.publish(link="https://nowhere.example/")

    assert "1609005" == raised.value.code


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467])
def test_a_dead_token_holds_the_account(town, subcode):
    """
    Each way in which a token dies is a lost authorization.
    """
    town.graph.expire(town.token.reveal(), subcode)
    with pytest.raises(AuthorizationLost) as raised:
        town.publish()

    assert f"190/{subcode}" == raised.value.code


def test_a_token_without_the_permission_holds_the_account(town):
    """
    pages_manage_posts is missing.
    """
    token = town.graph.page_token(town.page, town.staff, scopes=("pages_show_list", "pages_read_engagement"))
    weak = attrs.evolve(town.credential, secrets={"access_token": Secret(token)})
    with pytest.raises(AuthorizationLost):
        town.adapter.publish(town.prepare(), weak)


def test_a_person_who_lost_the_task_holds_the_account(town):
    """
    The person behind the Page's token may no longer create content.
    """
    town.graph.set_tasks(town.page, town.staff, ("ANALYZE",))
    with pytest.raises(AuthorizationLost):
        town.publish()


@pytest.mark.parametrize(
    ("subcode", "kind"),
    [(1390008, "RateLimited"), (4854002, "AuthorizationLost"), (1346003, "Refused"), (1404082, "OutcomeUnknown")],
)
def test_a_stopped_page_says_why(town, subcode, kind):
    """
    368 means four things.
    """
    town.graph.block(town.page, subcode)
    with pytest.raises(Outcome) as raised:
        town.publish()

    assert kind == type(raised.value).__name__


# --- whose token ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["publish", "upload", "find", "delete", "edit", "mentions", "metrics"])
@pytest.mark.parametrize("fault", ["a person's", "another Page's", "another network's", "none"])
def test_a_wrong_token_is_refused_before_the_network(town, picture, call, fault):
    """
    A person's token, another Page's, another network's or none: nothing is sent, whatever the call.
    """
    receipt = town.publish()
    wrong = {
        "a person's": attrs.evolve(town.credential, kind=CredentialKind.FACEBOOK_USER),
        "another Page's": attrs.evolve(town.credential, subject="999"),
        "another network's": attrs.evolve(town.credential, platform="x"),
        "none": attrs.evolve(town.credential, secrets={}),
    }[fault]
    rendition = town.prepare("次", media=(picture(),))
    before = len(town.graph.calls)
    adapter = town.adapter
    act = {
        "publish": lambda: adapter.publish(rendition, wrong),
        "upload": lambda: adapter.upload(rendition, wrong),
        "find": lambda: adapter.find(rendition, wrong, since=WORKDAY),
        "delete": lambda: adapter.delete(receipt, wrong),
        "edit": lambda: adapter.edit(receipt, rendition, wrong),
        "mentions": lambda: adapter.mentions(town.account, wrong, since=WORKDAY),
        "metrics": lambda: adapter.metrics(town.account, wrong, []),
    }[call]
    with pytest.raises(AuthorizationLost):
        act()

    assert before == len(town.graph.calls)


def test_an_account_without_an_id_posts_as_its_token(town):
    """
    Where the account's id is not known yet, the token's Page is used.
    """
    nameless = attrs.evolve(town.account, network_id="")
    receipt = town.adapter.publish(town.adapter.prepare(town.draft(), nameless), town.credential)
    unnamed = attrs.evolve(town.credential, subject="")
    other = town.adapter.publish(town.adapter.prepare(town.draft("別の文"), nameless), unnamed)

    assert [receipt.post_id, other.post_id] == [post.id for post in town.posts]


# --- later ------------------------------------------------------------------------------------------------------


def test_an_edit_replaces_the_text(town):
    """
    The post keeps its id and address.
    """
    receipt = town.publish("誤った日付")
    edited = town.adapter.edit(receipt, town.prepare("正しい日付"), town.credential)

    assert ["正しい日付"] == [post.message for post in town.posts]
    assert receipt == attrs.evolve(edited, allowances=receipt.allowances)


def test_a_film_s_text_is_edited_too(town, film):
    """
    A film's text is its description.
    """
    receipt = town.publish("誤り", media=(film(),))
    town.adapter.edit(receipt, town.prepare("正しい", media=(film(),)), town.credential)

    assert ["object_edit"] == operations(town)[-1:]


def test_an_edit_of_another_app_s_post_is_no_success(town):
    """
    Facebook lets an app edit its own posts alone.
    """
    by_hand = town.graph.post_as("市民", town.page, "手で書いた")
    receipt = attrs.evolve(town.publish(), post_id=by_hand.id)
    with pytest.raises(Outcome):
        town.adapter.edit(receipt, town.prepare("書き換え"), town.credential)


def test_a_deleted_post_is_gone(town):
    """
    The network confirmed it.
    """
    town.adapter.delete(town.publish(), town.credential)

    assert () == town.posts
    assert ["feed", "object_delete"] == operations(town)


def test_a_deleted_film_is_gone(town, film):
    """
    A film is deleted by its own id.
    """
    town.adapter.delete(town.publish("訓練", media=(film(),)), town.credential)

    assert () == town.posts


def test_what_is_gone_already_is_a_success(town):
    """
    Facebook answers alike for what does not exist and what the token may not see; the Page's own token sees all of it.
    """
    receipt = town.publish()
    town.adapter.delete(receipt, town.credential)
    town.adapter.delete(receipt, town.credential)

    assert ["object_delete", "me"] == operations(town)[-2:]


def test_a_post_that_the_token_cannot_see_is_not_taken_for_gone(town):
    """
    A token of another Page proves nothing, also where the credential names no subject.
    """
    receipt = town.publish()
    other = town.graph.add_page("別のページ", tasks={town.staff: ("CREATE_CONTENT", "MODERATE")})
    token = Secret(town.graph.page_token(other, town.staff))
    foreign = attrs.evolve(town.credential, subject="", secrets={"access_token": token})
    gone = attrs.evolve(receipt, post_id=f"{town.page.id}_1")
    for one in (receipt, gone):
        with pytest.raises(AuthorizationLost):
            town.adapter.delete(one, foreign)

    assert 1 == len(town.posts)


def test_a_gone_post_that_cannot_be_confirmed_is_unknown(town):
    """
    The confirming read fails.
    """
    receipt = town.publish()
    town.adapter.delete(receipt, town.credential)
    town.graph.faults.order(Fault.SERVER_ERROR, on="me")
    with pytest.raises(OutcomeUnknown) as raised:
        town.adapter.delete(receipt, town.credential)

    assert UnknownReason.UNCONFIRMED is raised.value.reason


@pytest.mark.parametrize("answer", [{"success": False}, {}, {"id": "1"}, {"success": "true"}])
def test_a_deletion_without_success_is_unknown(desk, reply, answer):
    """
    Only `{"success": true}` confirms.
    """
    desk.say(reply.json({"id": "100_1"}))
    receipt = desk.publish()
    desk.say(reply.json(answer))
    with pytest.raises(OutcomeUnknown):
        desk.adapter.delete(receipt, desk.credential)


@pytest.mark.parametrize("answer", [{"success": True}, {"id": ""}, {"id": 1}, {"id": None}, {"post_id": "1"}])
def test_a_post_without_an_id_is_unknown(desk, reply, answer):
    """
    A success that names no post is no receipt.
    """
    desk.say(reply.json(answer))
    with pytest.raises(OutcomeUnknown) as raised:
        desk.publish()

    assert UnknownReason.UNCONFIRMED is raised.value.reason


def test_an_unknown_post_names_its_pictures(desk, reply, picture):
    """
    A person who looks for the post knows what is attached to it.
    """
    desk.say(reply.json({"id": "11"}), reply.json({"id": "12"}), reply.error(2, status=500))
    with pytest.raises(OutcomeUnknown) as raised:
        desk.publish(media=(picture(1), picture(2)))

    assert {"upload_0": "11", "upload_1": "12", "fbtrace_id": "Atrace"} == dict(raised.value.evidence)


@pytest.mark.parametrize(
    "answers",
    [
        [{"upload_session_id": "1", "video_id": "2", "start_offset": "0", "end_offset": "10"}, {"start_offset": "0", "end_offset": "10"}],
        [{"upload_session_id": "1", "video_id": "2", "start_offset": "0", "end_offset": "0"}],
        [{"upload_session_id": "1", "video_id": "2", "start_offset": "x", "end_offset": "0"}],
        [{"upload_session_id": "../me", "video_id": "2", "start_offset": "0", "end_offset": "9"}],
        [{"video_id": "2", "start_offset": "0", "end_offset": "9"}],
        [{}],
    ],
)  # fmt: skip
def test_an_upload_that_makes_no_sense_ends(desk, reply, film, answers):
    """
    Offsets that stand still or miss, and ids that are none, end the upload; nothing was published.
    """
    desk.say(*(reply.json(answer) for answer in answers))
    with pytest.raises(Unavailable):
        desk.publish(media=(film(),))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("/100/videos/1/", "https://www.facebook.com/100/videos/1/"),
        ("https://www.facebook.com/1", "https://www.facebook.com/1"),
        ("javascript:alert(1)", ""),
        ("http://[", ""),
        (None, ""),
        ({"a": 1}, ""),
    ],
)
def test_an_address_is_one_that_a_browser_may_open(given, shown):
    """
    Addresses without a host belong to Facebook; anything but the web's is left out.
    """
    assert shown == address(given)


# --- scheduled pictures -----------------------------------------------------------------------------------------


def test_scheduled_pictures_are_temporary(desk, reply, picture):
    """
    Pictures of a post for later go up as temporary, as the reference of Page photos asks.
    """
    desk.say(reply.json({"id": "11"}), reply.json({"id": "100_1"}))
    desk.publish(media=(picture(),), publish_at=WORKDAY + timedelta(hours=1))
    photo, post = desk.seen

    assert ("true", "false") == (photo.form["temporary"], photo.form["published"])
    assert ("SCHEDULED", "false") == (post.form["unpublished_content_type"], post.form["published"])
    assert str(int((WORKDAY + timedelta(hours=1)).timestamp())) == post.form["scheduled_publish_time"]


def test_scheduled_pictures_are_published_at_their_time(town, picture, clock):
    """
    The practice network, too, publishes scheduled attachments only where they are named as scheduled.
    """
    receipt = town.publish("花見", media=(picture(1), picture(2)), publish_at=WORKDAY + timedelta(hours=1))
    before = town.posts
    clock.advance(timedelta(hours=1))

    assert () == before
    assert [(receipt.post_id, 2)] == [(post.id, len(post.attached)) for post in town.posts]


# --- in two phases ----------------------------------------------------------------------------------------------


def test_two_phases_make_the_post_before_it_is_published(make_town):
    """
    `upload` makes it unpublished, `publish` publishes it by its id.
    """
    town = make_town(two_phase=True)
    ready = town.adapter.upload(town.prepare(), town.credential)
    before = town.posts
    receipt = town.adapter.publish(ready, town.credential)

    assert () == before
    assert [receipt.post_id] == [post.id for post in town.posts]
    assert ["feed", "object_edit"] == operations(town)


def test_two_phases_are_safe_to_repeat(make_town):
    """
    Publishing by id again makes no second post.
    """
    town = make_town(two_phase=True)
    ready = town.adapter.upload(town.prepare(), town.credential)
    town.graph.faults.order(Fault.TIMEOUT, on="object_edit")
    with pytest.raises(OutcomeUnknown) as raised:
        town.hasty.publish(ready, town.credential)
    town.adapter.publish(ready, town.credential)

    assert 1 == len(town.posts)
    assert {"upload_0": unpublished(ready)} == dict(raised.value.evidence)


def test_two_phases_are_found_by_id(make_town):
    """
    The post itself says whether it is public; the ranked list is not asked.
    """
    town = make_town(two_phase=True)
    ready = town.adapter.upload(town.prepare(), town.credential)
    before = town.adapter.find(ready, town.credential, since=WORKDAY)
    receipt = town.adapter.publish(ready, town.credential)
    town.graph.omit(town.posts[0])
    found = town.adapter.find(ready, town.credential, since=WORKDAY)

    assert before is None
    assert found is not None
    assert (receipt.post_id, Proof.READ_BACK) == (found.post_id, found.proof)


def test_an_unpublished_post_that_is_gone_is_not_found(make_town):
    """
    Somebody deleted it on the Page.
    """
    town = make_town(two_phase=True)
    ready = town.adapter.upload(town.prepare(), town.credential)
    town.adapter._wire.delete(unpublished(ready), town.token)

    assert town.adapter.find(ready, town.credential, since=WORKDAY) is None


def test_a_failed_first_phase_is_never_unknown(make_town):
    """
    What it may have left behind is not public.
    """
    town = make_town(two_phase=True)
    town.graph.faults.order(Fault.RESET, on="feed")
    with pytest.raises(Unavailable):
        town.publish()

    assert () == town.posts


def test_scheduled_posts_have_one_phase(make_town):
    """
    They are made unpublished in any case.
    """
    town = make_town(two_phase=True)
    ready = town.adapter.upload(town.prepare(publish_at=WORKDAY + timedelta(hours=1)), town.credential)

    assert unpublished(ready) is None
    assert [] == operations(town)
