"""The values that everything else passes around: frozen, checked when made, without behaviour of their own."""

from civicsns.model.account import Account, Person
from civicsns.model.budget import BudgetSettings, Operation, SimilarSettings
from civicsns.model.calendar import Calendar
from civicsns.model.context import Context, MediaFacts
from civicsns.model.credential import Credential, CredentialKind, Secret
from civicsns.model.delivery import (
    Allowance,
    Delivery,
    DeliveryState,
    Failure,
    Handoff,
    Marks,
    Proof,
    Receipt,
    Record,
    Rendition,
    Upload,
)
from civicsns.model.draft import Capacity, Draft, Lane, Poll, PostRef, ReplySettings
from civicsns.model.fact import Fact
from civicsns.model.limits import (
    Idempotency,
    Limits,
    MediaLimits,
    Rate,
    ReadBack,
    ScheduleLimits,
    TextLimits,
)
from civicsns.model.media import Media, MediaKind
from civicsns.model.publication import Correction, Publication
from civicsns.model.reading import (
    AuthorizationRequest,
    DiscoveredAccount,
    Mention,
    Metrics,
    Profile,
    TokenStatus,
)
from civicsns.model.sealed import Held, SealedCredential
from civicsns.model.verdict import Decision, Finding, Fix, Question, Severity, Skipped, Span, Verdict, Waiver

__all__ = [
    "Account",
    "Allowance",
    "AuthorizationRequest",
    "BudgetSettings",
    "Calendar",
    "Capacity",
    "Context",
    "Correction",
    "Credential",
    "CredentialKind",
    "Decision",
    "Delivery",
    "DeliveryState",
    "DiscoveredAccount",
    "Draft",
    "Fact",
    "Failure",
    "Finding",
    "Fix",
    "Handoff",
    "Held",
    "Idempotency",
    "Lane",
    "Limits",
    "Marks",
    "Media",
    "MediaFacts",
    "MediaKind",
    "MediaLimits",
    "Mention",
    "Metrics",
    "Operation",
    "Person",
    "Poll",
    "PostRef",
    "Profile",
    "Proof",
    "Publication",
    "Question",
    "Rate",
    "ReadBack",
    "Receipt",
    "Record",
    "Rendition",
    "ReplySettings",
    "ScheduleLimits",
    "SealedCredential",
    "Secret",
    "Severity",
    "SimilarSettings",
    "Skipped",
    "Span",
    "TextLimits",
    "TokenStatus",
    "Upload",
    "Verdict",
    "Waiver",
]
