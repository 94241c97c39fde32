"""
The pages of one person's way: who one is, the rules, a practice post, the network, and back.

A page that comes too early or too late leads to the one whose turn it is. Whatever changes something is a POST with the
session's own mark; the one exception is the network's answer, which is bound to its sign-in and to this browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs
from starlette.responses import RedirectResponse

from civicsns.accounts.enrolment import Stage
from civicsns.accounts.refusals import LinkError, LinkReason, SignInError, WrongAccount, WrongPerson
from civicsns.enrolment import PageChoice, state_in
from civicsns.errors import BadInput, ConfigurationError, Outcome, VaultError
from civicsns.model import Severity
from civicsns.web.guard import FORM
from civicsns.web.sessions import News, Session
from civicsns.web.throttle import TEN_MINUTES, Throttle
from civicsns.web.turned import Turned
from civicsns.web.words import NETWORKS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from civicsns.accounts.enrolment import Invitation
    from civicsns.model import Account, Finding
    from civicsns.program import Program
    from civicsns.web.guard import Site
    from civicsns.web.practising import Practice
    from civicsns.web.rules import Rules
    from civicsns.web.sessions import Sessions
    from civicsns.web.throttle import Strays
    from civicsns.web.view import View

#: Sign-ins at the network, with one link, in ten minutes.
_SIGN_INS: Final = 20


class Way:
    """
    Answers for one person's way.

    Args:
        program: Whose accounts are connected.
        site: Where people reach the pages.
        sessions: What browsers keep.
        view: Makes HTML for a request.
        rules: The conduct rules, as they are now.
        practice: Where a first post goes; None where there is no practice.
        strays: Counts links that do not exist.
    """

    def __init__(
        self,
        program: Program,
        *,
        site: Site,
        sessions: Sessions,
        view: Callable[[Request], View],
        rules: Callable[[], Rules],
        practice: Practice | None,
        strays: Strays,
    ) -> None:
        self._program = program
        self._enrolments = program.enrolments
        self._site = site
        self._sessions = sessions
        self._view = view
        self._rules = rules
        self._practice = practice
        self._strays = strays
        self._sign_ins = Throttle(_SIGN_INS, TEN_MINUTES)
        self.steps = ("who", "rules", *(("practice",) if practice else ()), "connect")

    # --- the link ----------------------------------------------------------------------------------------------------

    def link(self, request: Request) -> Response:
        """Open a link: the browser keeps it, sealed, and the address bar forgets it. Nothing is put on record yet."""
        token, now = str(request.path_params["token"]), self._enrolments.desk.now
        try:
            self._enrolments.look(token)
        except LinkError as error:
            if error.reason is LinkReason.UNKNOWN:
                self._strays.refuse(request, now)
            raise
        try:
            session = self._sessions.of(request)
        except (VaultError, ConfigurationError):
            # Whatever the browser had, whoever holds the link may begin anew.
            session = None
        if session is None or session.token != token:
            session = self._sessions.begin(token)
        return self._sessions.keep(self._to("who"), session)

    def start(self, request: Request) -> Response:
        """Lead to the page whose turn it is."""
        session = self._sessions.of(request)
        if session is not None and session.done:
            return self._to("done")
        session, invitation = self._came(request)
        return self._to(self._turn(session, invitation))

    # --- who ---------------------------------------------------------------------------------------------------------

    def who(self, request: Request) -> Response:
        """Ask whose browser this is."""
        session, invitation = self._came(request)
        if invitation.confirmed(session.id):
            return self._to(self._turn(session, invitation))
        return self._page(request, "who.html", session, current="who", wrong=None)

    def say_who(self, request: Request) -> Response:
        """Hear the personnel number; the session that it counts for is a new one, which nobody can have planted."""
        session, form = self._sent(request)
        new = attrs.evolve(self._sessions.begin(session.token), news=None)
        self._enrolments.opened(session.token)
        try:
            invitation = self._enrolments.confirm(session.token, form.get("number", ""), session=new.id)
        except WrongPerson as error:
            return self._page(request, "who.html", session, current="who", wrong=error, status=422)
        return self._sessions.keep(self._to(self._turn(new, invitation)), new)

    # --- the rules ---------------------------------------------------------------------------------------------------

    def rules(self, request: Request) -> Response:
        """Show the conduct rules."""
        session, invitation = self._came(request)
        if (turn := self._turn(session, invitation)) != "rules":
            return self._to(turn)
        return self._rules_page(request, session, invitation, wrong="")

    def agree(self, request: Request) -> Response:
        """Hear that the person agrees, to the rules as they were shown."""
        session, form = self._sent(request)
        rules = self._rules()
        shown, ticked = form.get("rules", ""), form.get("agree", "") == "yes"
        if shown != rules.digest or not ticked:
            wrong = "agree_missing" if shown == rules.digest else "rules_changed"
            invitation = self._confirmed(session)
            return self._rules_page(request, session, invitation, wrong=wrong, status=422)
        invitation = self._enrolments.agreed(session.token, rules.digest, session=session.id)
        return self._to(self._turn(session, invitation))

    def _rules_page(
        self, request: Request, session: Session, invitation: Invitation, *, wrong: str, status: int = 200
    ) -> Response:
        person = self._program.roster.person(invitation.person)
        values = {"rules": self._rules(), "person": person, "wrong": wrong}
        return self._page(request, "rules.html", session, current="rules", status=status, **values)

    # --- practice ----------------------------------------------------------------------------------------------------

    def practice(self, request: Request) -> Response:
        """Ask for a first post."""
        session, invitation = self._came(request)
        if (turn := self._turn(session, invitation)) != "practice":
            return self._to(turn)
        return self._practice_page(request, session, text="", wrong="")

    def post(self, request: Request) -> Response:
        """Check the first post as every post is checked, and send it to the practice network."""
        session, form = self._sent(request)
        invitation = self._confirmed(session)
        if (turn := self._turn(session, invitation)) != "practice" or self._practice is None:
            return self._to(turn)
        view, text = self._view(request), form.get("text", "").replace("\r\n", "\n").strip()
        if not text:
            return self._practice_page(request, session, text="", wrong=view.text("practice_empty"), status=422)
        person, account = self._program.roster.person(invitation.person), self._program.account(invitation.account)
        try:
            findings, receipt = self._practice.post(person, account, text, check=self._program.check)
        except (BadInput, Outcome) as error:
            said = f"{view.say(error.what)} {view.say(error.mend)}"
            return self._practice_page(request, session, text=text, wrong=said, status=422)
        if receipt is None:
            stopping = [one for one in findings if one.severity is Severity.BLOCK]
            wrong = view.text("practice_stopped")
            return self._practice_page(request, session, text=text, wrong=wrong, findings=stopping, status=422)
        self._enrolments.practised(session.token, receipt, session=session.id)
        return self._sessions.keep(self._to("connect"), attrs.evolve(session, news=News(what=TEXTS["practice_done"])))

    def _practice_page(
        self,
        request: Request,
        session: Session,
        *,
        text: str,
        wrong: str,
        findings: Sequence[Finding] = (),
        status: int = 200,
    ) -> Response:
        values = {"text": text, "wrong": wrong, "findings": findings}
        return self._page(request, "practice.html", session, current="practice", status=status, **values)

    # --- the network -------------------------------------------------------------------------------------------------

    def connect(self, request: Request) -> Response:
        """Say what is to be connected, and why it did not come about the last time."""
        session, invitation = self._came(request)
        if (turn := self._turn(session, invitation)) != "connect":
            return self._to(turn)
        return self._connect_page(request, session, invitation, session.news)

    def begin(self, request: Request) -> Response:
        """Begin the sign-in, and lead to the network."""
        session, _ = self._sent(request)
        invitation, now = self._confirmed(session), self._enrolments.desk.now
        if (turn := self._turn(session, invitation)) != "connect":
            return self._to(turn)
        if self._sign_ins.full(invitation.link, now):
            raise Turned("too_often", mend="wait", status=429)
        self._sign_ins.note(invitation.link, now)
        try:
            url = self._enrolments.begin(session.token, redirect_uri=self._back, session=session.id)
        except Outcome as error:
            news = News(what=error.what, mend=error.mend)
            return self._connect_page(request, session, invitation, news, status=502)
        if not _leads_to_a_network(url):
            raise Turned("strange_network", mend="later", status=502)
        network = NETWORKS.get(invitation.platform, invitation.platform)
        page = self._view(request).html("away.html", url=url, network=network)
        return self._sessions.keep(page, attrs.evolve(session, news=None))

    def callback(self, request: Request) -> Response:
        """End the sign-in with what the network has answered, and take that answer out of the address bar."""
        session = self._session(request)
        # The address is the one that the network knows, whatever stands between it and here.
        url = f"{self._back}?{request.url.query}"
        try:
            ended = self._enrolments.complete(state_in(url), url, session=session.id)
        except WrongAccount as error:
            news = News(what=error.what, mend=error.mend, named=error.connected)
            return self._sessions.keep(self._back_to("connect"), attrs.evolve(session, news=news))
        except (SignInError, BadInput, Outcome) as error:
            if not session.token:
                raise
            news = News(what=error.what, mend=error.mend)
            return self._sessions.keep(self._back_to("connect"), attrs.evolve(session, news=news))
        if isinstance(ended, PageChoice):
            return self._sessions.keep(self._back_to("choose"), attrs.evolve(session, news=None))
        return self._finished(ended.account, ended.name or ended.handle)

    def choose(self, request: Request) -> Response:
        """Show what the sign-in has opened."""
        session, _ = self._came(request)
        return self._choose_page(request, session, wrong="")

    def chosen(self, request: Request) -> Response:
        """Connect one of them."""
        session, form = self._sent(request)
        view, page = self._view(request), form.get("page", "")
        if not page:
            return self._choose_page(request, session, wrong=view.text("choose_missing"), status=422)
        try:
            ended = self._enrolments.choose(session.token, page, session=session.id)
        except WrongAccount as error:
            news = News(what=error.what, mend=error.mend, named=error.connected)
            return self._sessions.keep(self._to("connect"), attrs.evolve(session, news=news))
        except (SignInError, Outcome) as error:
            news = News(what=error.what, mend=error.mend)
            return self._sessions.keep(self._to("connect"), attrs.evolve(session, news=news))
        except BadInput as error:
            wrong = f"{view.say(error.what)} {view.say(error.mend)}"
            return self._choose_page(request, session, wrong=wrong, status=422)
        return self._finished(ended.account, ended.name or ended.handle)

    def _choose_page(self, request: Request, session: Session, *, wrong: str, status: int = 200) -> Response:
        try:
            choice = self._enrolments.choice(session.token, session=session.id)
        except (SignInError, Outcome) as error:
            news = News(what=error.what, mend=error.mend)
            return self._sessions.keep(self._to("connect"), attrs.evolve(session, news=news))
        return self._page(
            request, "choose.html", session, current="connect", status=status, pages=choice.pages, wrong=wrong
        )

    def _connect_page(
        self, request: Request, session: Session, invitation: Invitation, news: News | None, *, status: int = 200
    ) -> Response:
        account = self._program.account(invitation.account)
        wrong = news if news is not None and news.mend is not None else None
        if wrong is None and invitation.stage is Stage.FAILED and invitation.why is not None:
            wrong = News(what=invitation.why, mend=invitation.mend)
        page = self._page(
            request,
            "connect.html",
            session,
            current="connect",
            status=status,
            account=account,
            network=NETWORKS.get(account.platform, account.platform),
            invitation=invitation,
            wrong=wrong,
            news=news,
        )
        return self._sessions.keep(page, attrs.evolve(session, news=None)) if session.news else page

    # --- ends --------------------------------------------------------------------------------------------------------

    def done(self, request: Request) -> Response:
        """Say that the account is connected."""
        session = self._session(request)
        if not session.done:
            return self._to("")
        account = self._program.account(session.done)
        named = (session.news.named if session.news else "") or account.handle or account.id
        network = NETWORKS.get(account.platform, account.platform)
        view, profiles = self._view(request), self._program.profiles
        text = profiles.introduction(account.id)[view.language] if profiles.asks(account) else None
        return view.html("done.html", named=named, network=network, profile=text)

    def leave(self, request: Request) -> Response:
        """Let the browser forget everything."""
        self._sent(request)
        return self._sessions.end(self._to("left"))

    def left(self, request: Request) -> Response:
        """Say that nothing is left here."""
        view = self._view(request)
        return view.html("problem.html", title=view.text("left"), what=view.text("left_text"), mend="")

    def _finished(self, account: Account, named: str) -> Response:
        shown = f"@{account.handle}" if account.handle else named
        news = News(what=TEXTS["done"], named=shown)
        session = attrs.evolve(self._sessions.begin(""), done=account.id, news=news)
        return self._sessions.keep(self._back_to("done"), session)

    # --- parts ---------------------------------------------------------------------------------------------------------

    @property
    def _back(self) -> str:
        return f"{self._site.origin}{self._site.path}/callback"

    def _to(self, step: str) -> Response:
        # Within these pages only: no part of where it leads was ever sent by anybody.
        return RedirectResponse(f"{self._site.path}/{step}", status_code=303)

    def _back_to(self, step: str) -> Response:
        # Facebook ends its answer with `#_=_`, which browsers take along unless there is another fragment.
        return RedirectResponse(f"{self._site.path}/{step}#", status_code=303)

    def _turn(self, session: Session, invitation: Invitation) -> str:
        """Give the page whose turn it is."""
        if not invitation.confirmed(session.id):
            return "who"
        if invitation.agreed != self._rules().digest:
            return "rules"
        return "practice" if self._practice and not invitation.practised else "connect"

    def _session(self, request: Request) -> Session:
        session = self._sessions.of(request)
        if session is None:
            raise Turned("no_session", mend="open_again", status=403)
        return session

    def _came(self, request: Request) -> tuple[Session, Invitation]:
        """Find the session of a request, and what its link is for."""
        session = self._session(request)
        if not session.token:
            raise Turned("no_session", mend="open_again", status=403)
        return session, self._enrolments.look(session.token)

    def _sent(self, request: Request) -> tuple[Session, dict[str, str]]:
        """Find the session of a form, which must be one of ours, made for it."""
        session = self._session(request)
        form: dict[str, str] = request.scope[FORM]
        if not session.owns(form):
            raise Turned("foreign", mend="open_again", status=403)
        return session, form

    def _confirmed(self, session: Session) -> Invitation:
        """Ask that the browser has said whose it is before anything of the person's is shown."""
        if not session.token:
            raise Turned("no_session", mend="open_again", status=403)
        invitation = self._enrolments.look(session.token)
        if not invitation.confirmed(session.id):
            raise Turned("no_session", mend="open_again", status=403)
        return invitation

    def _page(
        self, request: Request, template: str, session: Session, *, current: str, status: int = 200, **values: object
    ) -> Response:
        return self._view(request).html(
            template, status=status, session=session, steps=self.steps, current=current, **values
        )


def _leads_to_a_network(url: str) -> bool:
    """Whether an address is one of the web; at home, where networks are practised, plain http will do."""
    parts = urlsplit(url)
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return bool(parts.hostname) and parts.scheme in ({"https", "http"} if here else {"https"})
