"""The life of posts and of uploads, in every order that hypothesis can think of, each over a real socket."""

from __future__ import annotations

from datetime import timedelta

import attrs
import requests
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox.graph import GraphNetwork

FILM = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(64))
CHUNK = 16


class _Machine(RuleBasedStateMachine):
    """A Page, its token, and calls."""

    def __init__(self):
        super().__init__()
        self.clock = PracticeClock()
        self.graph = GraphNetwork(clock=self.clock)
        self.graph.start()
        self.http = requests.Session()
        self.http.trust_env = False
        person = self.graph.add_person("佐賀花子")
        self.page = self.graph.add_page("佐賀市", tasks={person: ("CREATE_CONTENT",)})
        self.http.headers["Authorization"] = f"Bearer {self.graph.page_token(self.page, person)}"

    def call(self, method, path, **rest):
        return self.http.request(method, f"{self.graph.url}/v26.0/{path}", timeout=10, **rest)

    def teardown(self):
        self.http.close()
        self.graph.stop()


class PostLife(_Machine):
    """
    Posts are made published, unpublished or scheduled, edited, published and deleted, while time passes.

    The model knows of each living post its text, whether it can be seen, and when it will be.
    """

    def __init__(self):
        super().__init__()
        self.model = {}
        self.gone = []
        self.number = 0

    def make(self, **data):
        self.number += 1
        answer = self.call("POST", f"{self.page.id}/feed", data={"message": str(self.number), **data})
        assert answer.status_code == 200, answer.text
        return answer.json()["id"], str(self.number)

    def one(self, data):
        return data.draw(st.sampled_from(sorted(self.model)))

    @rule(published=st.booleans())
    def create(self, published):
        post_id, text = self.make(published=published)
        self.model[post_id] = [text, published, None]

    @rule(minutes=st.integers(10, 200))
    def schedule(self, minutes):
        at = self.clock.now() + timedelta(minutes=minutes)
        post_id, text = self.make(published=False, scheduled_publish_time=int(at.timestamp()))
        self.model[post_id] = [text, False, at]

    @rule(minutes=st.integers(1, 100))
    def wait(self, minutes):
        self.clock.advance(timedelta(minutes=minutes))
        for state in self.model.values():
            if state[2] is not None and state[2] <= self.clock.now():
                state[1:] = [True, None]

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def edit(self, data):
        post_id = self.one(data)
        self.number += 1
        assert {"success": True} == self.call("POST", post_id, data={"message": str(self.number)}).json()
        self.model[post_id][0] = str(self.number)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), published=st.booleans())
    def toggle(self, data, published):
        post_id = self.one(data)
        answer = self.call("POST", post_id, data={"is_published": published})
        if self.model[post_id][1] and not published:
            assert 100 == answer.json()["error"]["code"]
            return
        assert {"success": True} == answer.json()
        if published:
            self.model[post_id][1:] = [True, None]

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete(self, data):
        post_id = self.one(data)
        assert {"success": True} == self.call("DELETE", post_id).json()
        del self.model[post_id]
        self.gone.append(post_id)

    @precondition(lambda self: self.gone)
    @rule(data=st.data(), method=st.sampled_from(["GET", "POST", "DELETE"]))
    def touch_what_is_gone(self, data, method):
        answer = self.call(method, data.draw(st.sampled_from(self.gone)))
        assert (100, 33) == (answer.json()["error"]["code"], answer.json()["error"]["error_subcode"])

    @invariant()
    def the_list_shows_what_can_be_seen(self):
        shown = self.call("GET", f"{self.page.id}/published_posts", params={"limit": 100, "fields": "message"}).json()
        assert {post_id: state[0] for post_id, state in self.model.items() if state[1]} == {
            one["id"]: one["message"] for one in shown["data"]
        }

    @invariant()
    def the_control_side_agrees(self):
        for published in (True, False):
            held = {post.id: post.scheduled_for for post in self.graph.posts(self.page, published=published)}
            assert {post_id: state[2] for post_id, state in self.model.items() if state[1] is published} == held


class UploadLife(_Machine):
    """
    A film goes up in parts; parts are repeated, skipped, too long or empty; it is finished early or twice.

    The network takes exactly the bytes that it asked for, in order, and makes one post from exactly those.
    """

    def __init__(self):
        super().__init__()
        self.graph.limits = attrs.evolve(self.graph.limits, chunk_bytes=CHUNK)
        self.sent = 0
        self.finished = False
        begun = self.step(upload_phase="start", file_size=len(FILM)).json()
        self.session, self.film = begun["upload_session_id"], begun["video_id"]
        assert ("0", str(CHUNK)) == (begun["start_offset"], begun["end_offset"])

    def step(self, part=None, **data):
        files = None if part is None else {"video_file_chunk": ("part", part)}
        return self.call("POST", f"{self.page.id}/videos", data=data, files=files)

    @property
    def wanted(self):
        return {"start_offset": str(self.sent), "end_offset": str(min(len(FILM), self.sent + CHUNK))}

    @rule(offset=st.integers(0, len(FILM)), length=st.integers(0, 2 * CHUNK), right=st.booleans())
    def transfer(self, offset, length, right):
        start = self.sent if right else offset
        part = FILM[start : start + length]
        answer = self.step(part, upload_phase="transfer", upload_session_id=self.session, start_offset=start)
        if self.finished:
            assert 1363033 == answer.json()["error"]["error_subcode"]
        elif start != self.sent:
            error = answer.json()["error"]
            assert (1363037, self.wanted) == (error["error_subcode"], error["error_data"])
        elif not 0 < len(part) <= CHUNK:
            assert 1363019 == answer.json()["error"]["error_subcode"]
        else:
            self.sent += len(part)
            assert self.wanted == answer.json()

    @rule()
    def send_all_that_is_left(self):
        while self.sent < len(FILM):
            self.transfer(offset=0, length=CHUNK, right=True)

    @rule()
    def finish(self):
        answer = self.step(upload_phase="finish", upload_session_id=self.session, description="祭り")
        if self.finished:
            assert 1363033 == answer.json()["error"]["error_subcode"]
        elif self.sent < len(FILM):
            assert 1363041 == answer.json()["error"]["error_subcode"]
        else:
            self.finished = True
            assert {"success": True} == answer.json()

    @invariant()
    def there_is_one_post_when_it_is_finished_and_none_before(self):
        posts = self.graph.posts(self.page)
        assert ([((self.film,), "祭り")] if self.finished else []) == [(one.attached, one.message) for one in posts]
        if self.finished:
            assert FILM == self.graph.media_bytes(self.film)[0]


_SETTINGS = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestPostLife = PostLife.TestCase
TestPostLife.settings = _SETTINGS
TestUploadLife = UploadLife.TestCase
TestUploadLife.settings = _SETTINGS
