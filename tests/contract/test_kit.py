"""The kit catches each kind of wrong adapter, and the right one passes the very same check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import broken_adapters as broken
import pytest
from noticeboard import NoticeboardAdapter
from practice_noticeboard import PracticeNoticeboard
from test_noticeboard_contract import TestNoticeboard as Contract
from test_noticeboard_contract import noticeboard_bench

from civicsns.testing.contract import Operation
from civicsns.testing.contract.table import cases

if TYPE_CHECKING:
    from civicsns.testing.clock import PracticeClock

_CASES = {str(case): case for case in cases(Contract.calls, without=frozenset())}

#: The wrong adapter, the check that must fail for it, and the case of the fault table where there are several.
WRONG: list[tuple[type[NoticeboardAdapter], str, str]] = [
    (broken.Retries, "test_fault", "publish-create-server_error-not-carried-out"),
    (broken.Retries, "test_fault", "publish-create-timeout"),
    (broken.CallsUnknownUnavailable, "test_fault", "publish-create-html_503"),
    (broken.CallsUnknownUnavailable, "test_the_ledger_can_settle_an_unknown_outcome", "publish-create-reset"),
    (broken.CallsUnknownRefused, "test_fault", "publish-create-server_error"),
    (broken.CallsUnknownRefused, "test_publish_twice_is_never_called_one_post", ""),
    (broken.CallsADuplicateSuccess, "test_publish_twice_is_never_called_one_post", ""),
    (broken.CallsADeadTokenRefused, "test_a_dead_token_is_authorization_lost", "publish"),
    (broken.LetsTheSdkThrough, "test_fault", "publish-create-reset"),
    (broken.leaks(broken.in_the_detail), "test_publish_makes_one_post_by_one_call", ""),
    (broken.leaks(broken.in_the_cause), "test_publish_makes_one_post_by_one_call", ""),
    (broken.leaks(broken.in_the_hidden_context), "test_publish_makes_one_post_by_one_call", ""),
    (broken.leaks(broken.in_the_log), "test_publish_makes_one_post_by_one_call", ""),
    (broken.leaks(broken.in_a_warning), "test_publish_makes_one_post_by_one_call", ""),
    (broken.LeaksInTheReceipt, "test_publish_makes_one_post_by_one_call", ""),
    (broken.DropsAltTextsInUpload, "test_publish_carries_pictures_with_their_alt_texts", ""),
    (broken.DropsAltTextsInPrepare, "test_prepare_never_drops_an_alt_text", ""),
    (broken.DropsWhatItCannotCarry, "test_prepare_carries_a_part_or_refuses_it", "poll"),
    (broken.DropsWhatItCannotCarry, "test_prepare_knows_when_the_network_can_publish", ""),
    (broken.CutsLongTexts, "test_prepare_takes_the_longest_text_and_refuses_one_more", ""),
    (broken.AsksTheNetworkInPrepare, "test_prepare_is_pure", ""),
    (broken.PreparesDifferentlyEachTime, "test_prepare_is_pure", ""),
    (broken.ForgetsTheLateReply, "test_publish_answers_the_post_that_is_filled_in_late", ""),
    (broken.waits_until(broken.without_a_zone), "test_fault", "publish-create-rate_limited"),
    (broken.waits_until(broken.at_once), "test_fault", "publish-create-rate_limited"),
    (broken.waits_until(broken.never), "test_fault", "publish-create-rate_limited_bare"),
    (broken.DoesNotConfirmDeletion, "test_fault", "delete-delete-html_200-not-carried-out"),
    (broken.FailsToDeleteWhatIsGone, "test_deleting_twice_is_a_success", ""),
    (broken.CallsADeadTokenDeleted, "test_delete_with_a_dead_token_is_no_success", ""),
    (broken.FindsOldPosts, "test_find_looks_only_at_posts_after_the_given_time", ""),
    (broken.FindsAnybodysPost, "test_find_gives_none_for_somebody_elses_post", ""),
    (broken.FindsTheNewestPost, "test_find_gives_none_for_what_was_not_published", ""),
    (broken.FindsWhatIsAnothers, "test_find_leaves_out_what_became_of_other_deliveries", ""),
    (broken.FindsNothing, "test_find_finds_what_was_published", ""),
    (broken.FindsNothing, "test_the_ledger_can_settle_an_unknown_outcome", "publish-create-timeout"),
    (broken.DoesNotKnowWhatItRead, "test_fault", "find-list-html_503"),
    (broken.TakesAFailedReadForNothing, "test_fault", "find-list-unreachable"),
    (broken.PublishesWhenItUploads, "test_upload_publishes_nothing_and_is_safe_to_repeat", ""),
    (broken.EditsByPostingAgain, "test_edit_changes_the_text_of_the_one_post", ""),
    (broken.GivesMentionsNewestFirst, "test_mentions_are_read_in_order_and_once", ""),
    (broken.GivesOldMentionsAgain, "test_mentions_before_the_given_time_are_left_out", ""),
    (broken.SpeaksOneLanguage, "test_a_dead_token_is_authorization_lost", "publish"),
    (broken.KeepsTheCredentialInTheError, "test_a_dead_token_is_authorization_lost", "publish"),
    (broken.WaitsForEver, "test_fault", "publish-create-slow_body"),
]


def _run(clock: PracticeClock, adapter_type: type[NoticeboardAdapter], check: str, case: str) -> None:
    arguments: dict[str, Any] = {}
    if check == "test_a_dead_token_is_authorization_lost":
        arguments = {"spoilt": Operation(case)}
    elif case in _CASES:
        arguments = {"case" if check == "test_fault" else "lost": _CASES[case]}
    elif case:
        arguments = {"part": case}
    with PracticeNoticeboard(clock=clock) as board:
        getattr(Contract(), check)(noticeboard_bench(board, clock, adapter_type), **arguments)


@pytest.mark.parametrize(("adapter_type", "check", "case"), WRONG)
def test_a_wrong_adapter_is_caught(
    practice_clock: PracticeClock, adapter_type: type[NoticeboardAdapter], check: str, case: str
) -> None:
    """
    The check fails, with an assertion that a reader can act on and not with an accident of its own.
    """
    with pytest.raises(AssertionError) as caught:
        _run(practice_clock, adapter_type, check, case)

    assert "contract" == Path(caught.traceback[-1].path).parent.name
    assert "testing" == Path(caught.traceback[-1].path).parents[1].name


@pytest.mark.parametrize(("check", "case"), sorted({(check, case) for _, check, case in WRONG}))
def test_the_right_adapter_passes_the_same_check(practice_clock: PracticeClock, check: str, case: str) -> None:
    """
    It is the fault in the adapter that fails the check, not the check.
    """
    _run(practice_clock, NoticeboardAdapter, check, case)


def test_an_operation_without_its_calls_is_noticed(practice_clock: PracticeClock) -> None:
    """
    A contract class that forgets to say what `edit` calls would prove nothing about it; that itself fails.
    """

    class Forgetful(Contract):
        calls: ClassVar = {
            operation: names for operation, names in Contract.calls.items() if operation is not Operation.EDIT
        }

    with PracticeNoticeboard(clock=practice_clock) as board, pytest.raises(AssertionError):
        Forgetful().test_the_contract_covers_the_whole_adapter(noticeboard_bench(board, practice_clock))


def test_a_call_under_a_wrong_name_is_noticed(practice_clock: PracticeClock) -> None:
    """
    A fault that is ordered for a call that never comes proves nothing, and fails.
    """
    case = next(case for case in cases({Operation.PUBLISH: ("creat",)}, without=frozenset()) if case.fault)
    with PracticeNoticeboard(clock=practice_clock) as board, pytest.raises(AssertionError):
        Contract().test_fault(noticeboard_bench(board, practice_clock), case)


def test_the_key_of_each_delivery_is_checked(practice_clock: PracticeClock) -> None:
    """
    An adapter that sends the delivery's key passes; one that makes a key of the words, or sends none, does not.
    """
    check = "test_publish_goes_by_the_key_of_each_delivery"
    _run(practice_clock, broken.Keyed, check, "")

    with pytest.raises(AssertionError, match="taken for another"):
        _run(practice_clock, broken.KeyedByItsWords, check, "")
    with pytest.raises(AssertionError, match="made two posts"):
        _run(practice_clock, broken.KeyedAnew, check, "")


def test_checks_for_what_the_adapter_cannot_do_are_not_collected() -> None:
    """
    The board signs nobody in: the checks of `Enrols` are no tests of its contract, those of `Edits` are.
    """
    collected = {name: callable(getattr(Contract, name)) for name in dir(Contract)}

    assert not collected["test_whoami_names_whom_the_token_speaks_for"]
    assert collected["test_edit_changes_the_text_of_the_one_post"]
