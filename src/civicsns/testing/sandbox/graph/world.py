"""The state of the practice Facebook. It lives in memory and is touched only while the network's lock is held."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.testing.sandbox.graph.limits import GraphLimits
from civicsns.testing.sandbox.graph.model import (
    GraphApp,
    GraphComment,
    GraphPage,
    GraphPerson,
    GraphPhoto,
    GraphPost,
    GraphVideo,
)
from civicsns.testing.sandbox.graph.tokens import TokenBook
from civicsns.testing.sandbox.graph.usage import Meter
from civicsns.testing.sandbox.graph.versions import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_APP: Final = 770_000_000_000_001
_PAGE: Final = 100_000_000_000_001
_PERSON: Final = 10_220_000_000_000_001
#: Posts, photos, films and comments draw from one row of numbers, as the real ones seem to.
_OBJECT: Final = 122_100_000_000_000_001

Node = GraphPage | GraphPerson | GraphApp | GraphPost | GraphPhoto | GraphVideo | GraphComment


@attrs.frozen(kw_only=True)
class Code:
    """A code of the login, for one exchange."""

    app_id: str
    person_id: str
    pages: tuple[str, ...]
    scopes: tuple[str, ...]
    redirect_uri: str
    issued_at: datetime
    used: bool = False


@attrs.frozen(kw_only=True)
class Upload:
    """A resumable upload."""

    id: str
    video_id: str
    page_id: str
    app_id: str
    size: int
    content: bytes = attrs.field(default=b"", repr=False)
    begun_at: datetime
    done: bool = False


class World:
    """Everything that the network knows."""

    def __init__(self) -> None:
        self.limits = GraphLimits()
        self.versions: dict[str, datetime | None] = dict(VERSIONS)
        self.apps: dict[str, GraphApp] = {}
        self.people: dict[str, GraphPerson] = {}
        self.pages: dict[str, GraphPage] = {}
        self.posts: dict[str, GraphPost] = {}
        self.photos: dict[str, GraphPhoto] = {}
        self.videos: dict[str, GraphVideo] = {}
        self.comments: dict[str, GraphComment] = {}
        self.codes: dict[str, Code] = {}
        self.uploads: dict[str, Upload] = {}
        self.tokens = TokenBook(self.apps)
        self.meter = Meter()
        #: Posts that no list shows.
        self.omitted: set[str] = set()
        #: Posts that so many reads of a list do not show yet.
        self.hidden_reads: dict[str, int] = {}
        #: Pages that may not post, and the subcode that says why.
        self.blocked: dict[str, int] = {}
        #: Hosts of links that cannot be fetched.
        self.unreachable_hosts: set[str] = set()
        #: Figures of posts and Pages by (id, metric).
        self.figures: dict[tuple[str, str], int] = {}
        #: The last published text of each Page, and when: (message, link, attached).
        self.last: dict[str, tuple[tuple[str, str, tuple[str, ...]], datetime]] = {}
        self._apps = itertools.count(_APP)
        self._pages = itertools.count(_PAGE)
        self._people = itertools.count(_PERSON)
        self._objects = itertools.count(_OBJECT)

    def add_app(self, name: str, *, redirect_uris: tuple[str, ...], require_appsecret_proof: bool) -> GraphApp:
        """Register an app."""
        app = GraphApp(
            id=str(next(self._apps)),
            secret=secrets.token_hex(16),
            name=name,
            redirect_uris=redirect_uris,
            require_appsecret_proof=require_appsecret_proof,
        )
        self.apps[app.id] = app
        return app

    def add_person(self, name: str) -> GraphPerson:
        """Register a person."""
        person = GraphPerson(id=str(next(self._people)), name=name)
        self.people[person.id] = person
        return person

    def add_page(self, name: str, category: str, tasks: dict[str, tuple[str, ...]]) -> GraphPage:
        """Register a Page."""
        page = GraphPage(id=str(next(self._pages)), name=name, category=category, tasks=tasks)
        self.pages[page.id] = page
        return page

    def number(self) -> str:
        """Give the next number of an object."""
        return str(next(self._objects))

    def node(self, object_id: str) -> Node | None:
        """Give what has that id; None where there is nothing."""
        for kind in (self.posts, self.pages, self.people, self.photos, self.videos, self.comments, self.apps):
            if found := kind.get(object_id):
                return found
        return None

    def put(self, post: GraphPost) -> None:
        """Keep a new or changed post; its photos go public with it."""
        self.posts[post.id] = post
        for photo_id in post.attached:
            photo = self.photos.get(photo_id)
            if photo is not None and not photo.post_id:
                self.photos[photo_id] = attrs.evolve(photo, post_id=post.id, expires_at=None)

    def publish(self, post: GraphPost, at: datetime) -> GraphPost:
        """Make a post visible as of *at*."""
        seen = attrs.evolve(post, published=True, scheduled_for=None, created_at=at, updated_at=at)
        self.posts[post.id] = seen
        return seen

    def drop_post(self, post_id: str) -> None:
        """Forget a post, with its comments, and the photos and films that only it showed."""
        del self.posts[post_id]
        for photo_id in [one.id for one in self.photos.values() if one.post_id == post_id]:
            self.drop_comments(photo_id)
            del self.photos[photo_id]
        for video_id in [one.id for one in self.videos.values() if one.post_id == post_id]:
            self.drop_comments(video_id)
            del self.videos[video_id]
        self.drop_comments(post_id)

    def drop_comments(self, object_id: str) -> None:
        """Forget the comments under an object, and the answers to them."""
        for comment in self.under(object_id):
            self.drop_comments(comment.id)
            del self.comments[comment.id]

    def under(self, object_id: str) -> tuple[GraphComment, ...]:
        """Give the comments directly under an object, oldest first."""
        return tuple(one for one in self.comments.values() if one.object_id == object_id)

    def settle(self, now: datetime) -> None:
        """Let happen what the clock has brought: scheduled posts, converted films, photos that nobody used."""
        for post in self._due(now):
            self.publish(post, post.scheduled_for or now)
        for video in list(self.videos.values()):
            post = self.posts[video.post_id]
            if video.published and video.ready_at <= now and not post.published and post.scheduled_for is None:
                self.publish(post, video.ready_at)
        for photo in list(self.photos.values()):
            if photo.expires_at is not None and photo.expires_at <= now:
                del self.photos[photo.id]

    def _due(self, now: datetime) -> Iterator[GraphPost]:
        for post in list(self.posts.values()):
            if post.scheduled_for is not None and post.scheduled_for <= now and not post.published:
                yield post
