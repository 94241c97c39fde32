from __future__ import annotations

import json
from datetime import timedelta

import attrs
import pytest


def test_a_published_photo_makes_a_post(city, png):
    """POST photos answers with the photo and the post, and keeps bytes, text and alt text."""
    answer = city.photo(published="true", message="桜", alt_text_custom="満開の桜").json()
    (post,) = city.graph.posts(city.page)

    assert {"id", "post_id"} == set(answer)
    assert (answer["post_id"], "桜", (answer["id"],), ("満開の桜",)) == (
        post.id,
        post.message,
        post.attached,
        post.alt_texts,
    )
    assert (png, "image/png") == city.graph.media_bytes(answer["id"])


def test_an_unpublished_photo_makes_none(city):
    """It waits for a post that shows it."""
    answer = city.photo().json()

    assert {"id"} == set(answer)
    assert ((), ()) == (city.graph.posts(city.page), city.graph.posts(city.page, published=False))


def test_a_temporary_photo_goes_away_unless_it_is_used(city, practice_clock, refusal):
    """temporary=true keeps an unpublished photo for 24 hours."""
    unused = city.photo(temporary="true").json()["id"]
    used = city.photo(temporary="true").json()["id"]
    city.publish("a", attached_media=json.dumps([{"media_fbid": used}]))
    practice_clock.advance(timedelta(hours=24))

    assert (400, 100, 33) == refusal(city.get(f"/{unused}"))
    assert 200 == city.get(f"/{used}").status_code


@pytest.mark.parametrize("content", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7\n"])
def test_a_file_that_is_no_image_is_refused_by_its_bytes(city, refusal, content):
    """The name and the type that the client claims do not count: (#324)."""
    assert (400, 324, 0) == refusal(city.photo(content=content))


def test_a_photo_without_a_file_or_too_large_is_refused(city, refusal, png):
    """No source is (#324); more bytes than allowed is 100 with subcode 1366046."""
    assert (400, 324, 0) == refusal(city.post(f"/{city.page.id}/photos", published="false"))
    city.graph.limits = attrs.evolve(city.graph.limits, photo_bytes=len(png) - 1)
    assert (400, 100, 1366046) == refusal(city.photo())


def test_a_file_under_another_name_is_refused(city, refusal, png):
    """A part that the network would not look at must not pass."""
    answer = city.call("POST", f"/{city.page.id}/photos", files={"sorce": ("a.png", png), "source": ("b.png", png)})

    assert (400, 100, 0) == refusal(answer)


def test_a_photo_says_what_it_is(city):
    """Alt text, caption and post can be read back; a field that photos do not have is refused."""
    photo = city.photo(published="true", caption="桜", alt_text_custom="満開の桜").json()
    shown = city.get(f"/{photo['id']}", fields="name,alt_text_custom,page_story_id").json()

    assert {"name": "桜", "alt_text_custom": "満開の桜", "page_story_id": photo["post_id"], "id": photo["id"]} == shown
    assert 400 == city.get(f"/{photo['id']}", fields="message").status_code


def test_deleting_a_photo_takes_it_out_of_its_post(city):
    """Of two photos one stays; a post of one photo goes with it."""
    ids = [city.photo(alt_text_custom=str(n)).json()["id"] for n in range(2)]
    city.publish("a", attached_media=json.dumps([{"media_fbid": one} for one in ids]))
    city.delete(f"/{ids[0]}")
    (post,) = city.graph.posts(city.page)
    alone = city.photo(published="true").json()
    city.delete(f"/{alone['id']}")

    assert ((ids[1],), ("1",)) == (post.attached, post.alt_texts)
    assert [post.id] == [one.id for one in city.graph.posts(city.page)]


def test_a_film_in_one_request_makes_a_post(city, film):
    """POST videos with source answers with the film's id; the film names its post."""
    answer = city.call(
        "POST", f"/{city.page.id}/videos", data={"description": "祭り"}, files={"source": ("a.mp4", film)}
    ).json()
    (post,) = city.graph.posts(city.page)
    shown = city.get(f"/{answer['id']}", fields="post_id,status,description").json()

    assert {"post_id": post.id, "status": {"video_status": "ready"}, "description": "祭り", "id": answer["id"]} == shown
    assert (film, "video/mp4") == city.graph.media_bytes(answer["id"])


def test_a_film_is_converted_before_it_is_seen(city, film, practice_clock):
    """Until then its status is processing and its post is not published."""
    city.graph.limits = attrs.evolve(city.graph.limits, video_processing=timedelta(minutes=2))
    film_id = city.call("POST", f"/{city.page.id}/videos", files={"source": ("a.mp4", film)}).json()["id"]
    before = city.get(f"/{film_id}", fields="status").json()["status"]["video_status"], city.graph.posts(city.page)
    practice_clock.advance(timedelta(minutes=2))
    after = city.get(f"/{film_id}", fields="status").json()["status"]["video_status"]

    assert ("processing", ()) == before
    assert ("ready", 1) == (after, len(city.graph.posts(city.page)))


def test_what_is_no_film_is_refused(city, png, refusal):
    """(#352) by the bytes."""
    answer = city.call("POST", f"/{city.page.id}/videos", files={"source": ("a.mp4", png)})

    assert (400, 352, 1363024) == refusal(answer)


def test_a_film_goes_up_in_parts(city, film):
    """Start gives a session and what is wanted, transfer takes it, finish publishes."""
    city.graph.limits = attrs.evolve(city.graph.limits, chunk_bytes=50)
    videos = f"/{city.page.id}/videos"
    begun = city.post(videos, upload_phase="start", file_size=len(film)).json()
    wanted = begun
    while wanted["start_offset"] != wanted["end_offset"]:
        start, end = int(wanted["start_offset"]), int(wanted["end_offset"])
        wanted = city.call(
            "POST",
            videos,
            data={
                "upload_phase": "transfer",
                "upload_session_id": begun["upload_session_id"],
                "start_offset": start,
            },
            files={"video_file_chunk": ("part", film[start:end])},
        ).json()
    done = city.post(videos, upload_phase="finish", upload_session_id=begun["upload_session_id"], description="祭り")

    assert {"success": True} == done.json()
    assert (film, "video/mp4") == city.graph.media_bytes(begun["video_id"])
    assert ["祭り"] == [post.message for post in city.graph.posts(city.page)]


def test_an_upload_of_an_earlier_day_is_over(city, film, practice_clock, refusal):
    """A session does not live for ever."""
    videos = f"/{city.page.id}/videos"
    begun = city.post(videos, upload_phase="start", file_size=len(film)).json()
    practice_clock.advance(timedelta(hours=24, seconds=1))
    answer = city.post(videos, upload_phase="finish", upload_session_id=begun["upload_session_id"])

    assert (400, 6000, 1363033) == refusal(answer)


def test_a_parameter_of_another_phase_is_refused(city, refusal):
    """Description with start would be lost."""
    answer = city.post(f"/{city.page.id}/videos", upload_phase="start", file_size=10, description="a")

    assert (400, 100, 0) == refusal(answer)


def test_a_film_can_be_renamed_and_deleted(city, film):
    """POST /{video} changes its texts; DELETE takes its post along."""
    film_id = city.call("POST", f"/{city.page.id}/videos", files={"source": ("a.mp4", film)}).json()["id"]
    changed = city.post(f"/{film_id}", description="訂正").json()
    text = city.graph.posts(city.page)[0].message
    deleted = city.delete(f"/{film_id}").json()

    assert ({"success": True}, "訂正", {"success": True}) == (changed, text, deleted)
    assert () == city.graph.posts(city.page)
