"""
What goes on record 証跡 of a draft and of each step of a delivery.

What is said in the city's name is on record with its text, since that is what a citizen may ask to see (開示請求).
Of what somebody says in a private capacity only the fact is on record: that a draft was looked at, and that a delivery
moved. No author, no account, no text, no finding: records are read by superiors, and that is not their business
(公益通報者保護法).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from civicsns.model import Capacity, Record
from civicsns.policy.waiver import used

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from civicsns.model import Decision, Delivery, Draft, PostRef, Verdict

_PRIVATE = {"capacity": Capacity.PRIVATE.value}


def opening(
    draft: Draft, verdict: Verdict, decision: Decision | None, deliveries: Sequence[Delivery] = (), *, at: datetime
) -> list[Record]:
    """
    Put on record that a draft goes on its way: what it says, what the rules say, who let it pass, what is planned.

    Args:
        draft: What is to be said.
        verdict: What the rules found in it.
        decision: Who let it pass, where somebody did.
        deliveries: What is planned.
        at: When.
    """
    official = draft.capacity is Capacity.OFFICIAL
    records = [_of(draft, "made", at=at, digest=verdict.digest, **_said(draft))] if official else []
    records.append(_checked(draft, verdict, at=at))
    if decision is not None:
        by, reason = (decision.by, {"reason": decision.reason} if decision.reason else {}) if official else ("", {})
        records.append(_of(draft, "decided", at=at, by=by, digest=verdict.digest, **reason))
        records += [
            _of(draft, "waived", at=at, by=waiver.by, digest=verdict.digest, rule=waiver.rule, reason=waiver.reason)
            for waiver in used(verdict, decision.waivers)
        ]
    records += [_planned(delivery, at=at) for delivery in deliveries]
    return records


def refusal(draft: Draft, verdict: Verdict, decision: Decision | None, *, at: datetime) -> list[Record]:
    """
    Put on record that the rules did not let a draft pass; of a private one nothing.

    Its text is not in it: it may be just what must not be kept, such as an Individual Number 個人番号.
    """
    if draft.capacity is not Capacity.OFFICIAL:
        return []
    asked = {"decided_by": decision.by} if decision else {}
    if decision and decision.waivers:
        asked["waived"] = ", ".join(f"{waiver.rule} {waiver.by}" for waiver in decision.waivers)
    return [_checked(draft, verdict, at=at), _of(draft, "refused", at=at, digest=verdict.digest, **asked)]


def handed_off(draft: Draft, account: str, *, at: datetime) -> Record:
    """Put on record that a draft was given to a person, to be shared by hand from *account*."""
    return _of(draft, "handed_off", at=at, account=account)


def shared(draft: Draft, account: str, *, by: str, url: str, at: datetime) -> Record:
    """Put on record that a person shared a draft by hand."""
    return _of(draft, "shared", at=at, by=by, account=account, **({"url": url} if url else {}))


def was_handed_off(records: Iterable[Record], account: str) -> bool:
    """Tell whether a draft with these records was handed off for *account*; a private one does not say for which."""
    return any(
        record.event == "draft.handed_off" and record.facts.get("account", account) == account for record in records
    )


def record(
    delivery: Delivery,
    *,
    at: datetime,
    by: str = "",
    reason: str = "",
    event: str = "",
    was: Delivery | None = None,
) -> Record:
    """
    Put a step on record; no texts and no secrets are in it.

    Args:
        delivery: As it stands after the step.
        at: When.
        by: The personnel number of the person who took the step; empty for the program itself.
        reason: Why, where a person said so.
        event: What happened, where the state alone does not tell; that it is sent again although it may be out already
            is told by itself.
        was: As it stood before the step.
    """
    facts = _PRIVATE if delivery.capacity is Capacity.PRIVATE else _step(delivery, was, reason)
    risked = was is not None and delivery.risked > was.risked
    event = event or ("risked" if risked else delivery.state)
    return Record(at=at, subject=delivery.id, event=f"delivery.{event}", by=by, facts=facts)


def _step(delivery: Delivery, was: Delivery | None, reason: str) -> dict[str, str]:
    facts = {
        "account": delivery.rendition.account,
        "rendition": delivery.rendition.digest,
        "attempts": str(delivery.attempts),
    }
    if was is not None:
        facts["was"] = was.state
        if delivery.rendition.uploads != was.rendition.uploads:
            facts["uploads"] = ",".join(_character(upload.id) for upload in delivery.rendition.uploads)
    if delivery.risked:
        facts["risked"] = str(delivery.risked)
    if delivery.not_before is not None:
        facts["next"] = delivery.not_before.isoformat()
    if delivery.failure is not None:
        facts["outcome"] = delivery.failure.outcome
    if delivery.receipt is not None:
        facts["post"] = _character(delivery.receipt.post_id)
        facts["proof"] = delivery.receipt.proof
    if reason:
        facts["reason"] = reason
    return facts


def _planned(delivery: Delivery, *, at: datetime) -> Record:
    facts = _PRIVATE
    if delivery.capacity is not Capacity.PRIVATE:
        facts = {"draft": delivery.draft, "platform": delivery.rendition.platform, "lane": delivery.lane}
        facts |= _step(delivery, None, "")
        if delivery.prefer_duplicate:
            facts["prefer_duplicate"] = "yes"
        if delivery.follows is not None:
            facts["follows"] = delivery.follows
    return Record(at=at, subject=delivery.id, event="delivery.planned", facts=facts)


def _checked(draft: Draft, verdict: Verdict, *, at: datetime) -> Record:
    found = ",".join(sorted({finding.rule for finding in verdict.findings}))
    skipped = {f"skipped.{one.rule}": str(one.reason) for one in verdict.skipped}
    severity = {"severity": verdict.severity} if verdict.severity else {}
    asked = {"asked": ",".join(question.rule for question in verdict.questions)} if verdict.questions else {}
    ran = ",".join(verdict.ran)
    return _of(draft, "checked", at=at, digest=verdict.digest, ran=ran, found=found, **asked, **severity, **skipped)


def _of(
    draft: Draft, event: str, *, at: datetime, by: str | None = None, digest: str | None = None, **facts: str
) -> Record:
    """Put on record what happened to a draft; *digest* is its own, where somebody knows it already."""
    event, subject = f"draft.{event}", digest or draft.digest
    if draft.capacity is not Capacity.OFFICIAL:
        return Record(at=at, subject=subject, event=event, facts=_PRIVATE)
    facts = {"capacity": draft.capacity, **facts}
    return Record(at=at, subject=subject, event=event, by=draft.author if by is None else by, facts=facts)


def _said(draft: Draft) -> dict[str, str]:
    """Give all that the digest of a draft covers, by name."""
    said = {"text": draft.text, "accounts": ",".join(draft.accounts), "lane": draft.lane}
    said |= {f"text.{platform}": text for platform, text in draft.variants.items()}
    for number, item in enumerate(draft.media, 1):
        said[f"media.{number}"] = f"{item.media_type} {item.digest}"
        if item.alt_text is not None:
            said[f"alt.{number}"] = item.alt_text
    optional = {
        "link": draft.link,
        "reply_to": _post(draft.reply_to),
        "quote": _post(draft.quote),
        "poll": " / ".join(draft.poll.options) + f" ({draft.poll.minutes} min)" if draft.poll else None,
        "reply_settings": draft.reply_settings,
        "not_before": draft.not_before.isoformat() if draft.not_before else None,
        "not_after": draft.not_after.isoformat() if draft.not_after else None,
        "publish_at": draft.publish_at.isoformat() if draft.publish_at else None,
        "prefer_duplicate": "yes" if draft.prefer_duplicate else None,
        "thread": "yes" if draft.thread else None,
        "corrects": draft.corrects,
    }
    said |= {name: value for name, value in optional.items() if value is not None}
    for platform, fields in draft.extra.items():
        said[f"extra.{platform}"] = json.dumps(dict(fields), ensure_ascii=False, sort_keys=True, default=str)
    return {name: _character(value) for name, value in said.items()}


def _post(post: PostRef | None) -> str | None:
    return f"{post.platform} {post.id}" if post else None


def _character(text: str) -> str:
    """Replace halves of surrogate pairs: a record has no place for them, and a step must never fail for one."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
