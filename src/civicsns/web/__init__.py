"""
The enrolment pages 登録: a small ASGI application, to mount in the city's own site or to run by `civicsns enrol serve`.

A person opens the link, says whose it is, reads the conduct rules, makes a practice post where the city wants one, and
connects the account at its network. The pages are plain HTML in Japanese and English: no script, nothing from elsewhere.

```python
from starlette.applications import Starlette
from starlette.routing import Mount

site = Starlette(routes=[Mount("/enrol", civicsns.web.app(program))])
```
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from civicsns.accounts import register
from civicsns.accounts.refusals import LinkError, LinkReason
from civicsns.errors import BadInput, CivicsnsError, ConfigurationError, Outcome, StoreError, VaultError
from civicsns.language import Bilingual
from civicsns.log import Events

try:
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.routing import Route

    from civicsns.web import rules as conduct
    from civicsns.web.finishing import Finishing
    from civicsns.web.guard import Guard, Site, headers
    from civicsns.web.officials import Officials, Overseers
    from civicsns.web.passes import Passes
    from civicsns.web.practising import Practice, SandboxPractice
    from civicsns.web.sessions import Sessions
    from civicsns.web.throttle import Strays
    from civicsns.web.turned import Turned
    from civicsns.web.view import View, style
    from civicsns.web.way import Way
except ImportError as error:
    raise ConfigurationError(
        Bilingual(
            f"登録の画面に必要な {error.name} がありません。",
            f"The enrolment pages need {error.name}, which is not installed.",
        ),
        mend=Bilingual('pip install "civicsns[web]" を実行してください。', 'Run: pip install "civicsns[web]"'),
        place="civicsns.web",
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Scope

    from civicsns.program import Program

__all__ = ["Practice", "SandboxPractice", "app"]

_log = Events(__name__)

_OURS = ConfigurationError | StoreError | VaultError


def app(
    program: Program,
    *,
    authenticate: Callable[[Request], str | None] | None = None,
    practice: Practice | None = None,
    contact: str = "",
    prefix: str = "",
) -> ASGIApp:
    """
    Make the enrolment pages of a programme.

    `[enrolment] base_url` says where people reach them: requests under another host are refused, and the networks send
    people back to `BASE_URL/callback`, which must be registered with the city's apps there. What stands in front of the
    application has to pass `Host` on as it came, and keep `BASE_URL/link/...` and `BASE_URL/callback` out of its logs.

    Sign-ins that a crash has left are finished as pages are asked for, at the first one and then every minute.

    Args:
        program: Whose accounts are connected; with a `sealer` whose keys last, where its store does.
        authenticate: Gives the personnel number of an official who may see the overview, as the host application knows
            it, or None; without it overseers come by the passes that `civicsns enrol overview` makes.
        practice: Where a person's first post goes; it takes part where `[enrolment] practice` is set.
        contact: Whom to ask, shown at the foot of each page.
        prefix: What the paths of requests begin with, where nothing that mounts the application takes it off.

    Raises:
        ConfigurationError: If `[enrolment] base_url` is not set, there are no conduct rules to agree to, practice is
            wanted and nowhere to be done, people and accounts are in files, or what is sealed in a store that lasts
            would open no more after this process.
    """
    desk = program.enrolments.desk
    settings = desk.settings
    if settings.base_url is None:
        raise ConfigurationError(
            Bilingual("登録の画面のアドレスが設定されていません。", "Where people reach the pages is not set."),
            mend=Bilingual(
                "設定の [enrolment] に base_url を加えてください。", "Add base_url to [enrolment] in the settings."
            ),
            place="enrolment.base_url",
        )
    pack = program.pack
    if pack is None or not pack.rules:
        raise ConfigurationError(
            Bilingual("同意を求める投稿規範がありません。", "There are no conduct rules to agree to."),
            mend=Bilingual("設定の [policy] に規範パックを加えてください。", "Add a rule pack to [policy]."),
            place="policy.packs",
        )
    if settings.practice and practice is None:
        raise ConfigurationError(
            Bilingual("練習の投稿先がありません。", "There is nowhere to practise."),
            mend=Bilingual(
                "civicsns.web.app に practice を渡すか、[enrolment] practice を false にしてください。",
                "Hand practice to civicsns.web.app, or set [enrolment] practice to false.",
            ),
            place="enrolment.practice",
        )
    if not register.in_store(program.roster):
        raise ConfigurationError(
            Bilingual(
                "職員とアカウントがファイルにあります。接続できるのは、台帳のアカウントだけです。",
                "People and accounts are in files; only accounts of the register can be connected.",
            ),
            mend=Bilingual(
                "civicsns accounts import で台帳に取り込み、設定から people と accounts を除いてください。",
                "Bring them in by: civicsns accounts import; and take people and accounts out of the settings.",
            ),
            place="programme.accounts",
        )
    desk.require_lasting()
    site = Site.of(settings.base_url)
    view = partial(View, site=site, city=program.name, contact=contact, zone=program.zone)
    shown, strays = conduct.in_short(pack), Strays()
    way = Way(
        program,
        site=site,
        sessions=Sessions(desk, secure=site.secure, path=site.path),
        view=view,
        rules=lambda: shown,
        practice=practice if settings.practice else None,
        strays=strays,
    )
    answer = _Answering(view, prefix, Finishing(program))
    routes = [
        answer.route("/", "", way.start),
        answer.route("/link/{token}", "", way.link),
        answer.route("/who", "who", way.who, post=way.say_who),
        answer.route("/rules", "rules", way.rules, post=way.agree),
        answer.route("/practice", "practice", way.practice, post=way.post),
        answer.route("/connect", "connect", way.connect, post=way.begin),
        answer.route("/callback", "", way.callback),
        answer.route("/choose", "choose", way.choose, post=way.chosen),
        answer.route("/done", "done", way.done),
        answer.route("/leave", "", None, post=way.leave),
        answer.route("/left", "left", way.left),
    ]
    if authenticate is not None:
        officials = Officials(program, view=view, authenticate=authenticate)
        routes.append(answer.route("/overview", "overview", officials.overview))
    else:
        overseers = Overseers(
            program,
            site=site,
            view=view,
            sessions=Sessions(desk, secure=site.secure, path=site.path, name="civicsns-overview"),
            passes=Passes.of(program),
            strays=strays,
        )
        routes += [
            answer.route("/link/overview/{token}", "", overseers.come),
            answer.route("/overview", "overview", overseers.overview, post=overseers.enter),
            answer.route("/overview/leave", "", None, post=overseers.leave),
            answer.route("/overview/left", "overview/left", overseers.left),
        ]
    pages = Starlette(
        routes=routes,
        exception_handlers={HTTPException: answer.missing},
    )
    # It would lead to an address made from what the request says of itself.
    pages.router.redirect_slashes = False
    return Guard(pages, site=site, headers=headers(style(), secure=site.secure), refuse=answer.refused)


def _status(error: CivicsnsError) -> int:
    match error:
        case LinkError():
            return 404 if error.reason is LinkReason.UNKNOWN else 410
        case Outcome():
            return 502
        case BadInput():
            return 400
        case _:
            return 403


class _Answering:
    """Makes an answer of whatever happens, in the reader's language, and tells nobody how things are inside."""

    def __init__(self, view: Callable[[Request], View], prefix: str, finishing: Finishing) -> None:
        self._view = view
        self._prefix = prefix
        self._finishing = finishing

    def route(
        self,
        path: str,
        step: str,
        get: Callable[[Request], Response] | None,
        *,
        post: Callable[[Request], Response] | None = None,
    ) -> Route:
        """Make a route whose pages answer whatever happens."""

        def endpoint(request: Request) -> Response:
            request.scope["civicsns.step"] = step
            page = post if request.method == "POST" else get
            assert page is not None, "the route has the methods of its pages"
            response = self._answer(request, page, step)
            if self._finishing.due():
                # Once the answer is on its way, so that nobody waits for it.
                response.background = BackgroundTask(self._finishing.finish)
            return response

        methods = [*(["GET"] if get else []), *(["POST"] if post else [])]
        return Route(self._prefix + path, endpoint, methods=methods)

    def _answer(self, request: Request, page: Callable[[Request], Response], step: str) -> Response:
        try:
            return page(request)
        except Turned as turned:
            return self._said(request, turned.status, what=turned.what, mend=turned.mend)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the reader gets a page
            return self._failed(request, step, error)

    def _failed(self, request: Request, step: str, error: Exception) -> Response:
        view = self._view(request)
        if isinstance(error, CivicsnsError) and not isinstance(error, _OURS):
            connected = isinstance(error, LinkError) and error.reason is LinkReason.USED
            title, what, mend = (
                view.text("done" if connected else "problem"),
                view.say(error.what),
                view.say(error.mend),
            )
            status = _status(error)
            return view.html("problem.html", status=status, title=title, what=what, mend=mend)
        # What is wrong with our settings, our store or our keys is nothing for whoever is outside.
        _log.failed("web.failed", error, step=step)
        passing = isinstance(error, StoreError | VaultError)
        return self._said(request, 503 if passing else 500, what="broken", mend="later")

    def _said(self, request: Request, status: int, *, what: str, mend: str) -> Response:
        view = self._view(request)
        said = view.text(mend) if mend else ""
        return view.html("problem.html", status=status, title=view.text("problem"), what=view.text(what), mend=said)

    def refused(self, scope: Scope, status: int, what: str) -> Response:
        """Answer what the guard has stopped."""
        return self._said(Request(scope), status, what=what, mend="open_again")

    def missing(self, request: Request, error: Any) -> Response:
        """Answer where there is no page."""
        return self._said(request, error.status_code, what="not_found", mend="open_again")
