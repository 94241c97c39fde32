"""Nothing secret of an enrolment is found outside the sealed columns."""

from __future__ import annotations

import base64
import contextlib
import logging
import pickle
import traceback
from datetime import timedelta

import pytest
from enrolling import open_city, token_of

from civicsns.accounts.refusals import WrongAccount
from civicsns.adapters.x import Enrolment
from civicsns.enrolment import state_in
from civicsns.enrolment.signins import LIFE
from civicsns.errors import CivicsnsError
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Fault


def written(secret: str) -> list[str]:
    """Give how a secret would stand somewhere: as it is, or in the middle of base64, wherever that begins."""
    plain = secret.encode()
    return [secret, *(base64.b64encode(plain[skipped:-3]).decode().rstrip("=")[:-2] for skipped in range(3))]


@pytest.mark.parametrize("enrolment", list(Enrolment))
def test_secrets_of_an_enrolment_are_kept_nowhere(sandbox, hanako, other, tmp_path, caplog, enrolment):
    """
    Links, sessions, states and tokens, of ways that end well, in the wrong account, and in a network that is down: not
    in the database's files, a log at DEBUG, an exception with its causes, a repr or a pickle.
    """
    caplog.set_level(logging.DEBUG)
    store = SqlStore(tmp_path / "civicsns.db")
    session = "session-5f0c-unguessable"
    secrets, said = {session}, []
    with contextlib.closing(store):
        for city in open_city(sandbox, store, enrolment=enrolment):
            for user, fault in ((other, None), (hanako, Fault.HTML_503), (hanako, None)):
                link = city.enrolments.invite("x:hanako", by="1")
                said.append(repr(link))
                token = token_of(link)
                said.append(repr(city.enrolments.confirm(token, "1001", session=session)))
                city.enrolments.agreed(token, "rules-1", session=session)
                came = city.back_from_x(token, user, session=session)
                secrets |= {token, state_in(came)}
                if fault:
                    city.x.faults.order(fault, on="me")
                try:
                    said.append(repr(city.complete(came, session=session)))
                except CivicsnsError as error:
                    assert isinstance(error, WrongAccount) or fault  # noqa: PT017 -- it ends as laid down
                    said += ["".join(traceback.format_exception(error)), pickle.dumps(error).decode("latin-1")]
                state = city.x._state
                secrets |= {text for one in state.oauth1.values() for text in (one.token, one.secret)}
                secrets |= set(state.access) | set(state.refresh)
                city.clock.advance(LIFE + timedelta(minutes=1))
                city.enrolments.resume()
                said.append(repr([dict(fact.value) for fact in city.store.facts("invitation")]))
            assert hanako.id == city.account("x:hanako").network_id
        files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).decode("latin-1")
    everything = files + caplog.text + "\n".join(said)

    assert len(secrets) > 6
    assert [] == [one for one in secrets if any(form in everything for form in written(one))]
    assert "invitation.connected" in everything
