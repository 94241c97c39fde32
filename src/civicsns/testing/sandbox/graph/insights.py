"""`GET /{page}/insights` and `GET /{post}/insights` (Graph API reference, Insights)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.model import GraphPage, GraphPost
from civicsns.testing.sandbox.graph.nodes import stamp

if TYPE_CHECKING:
    from civicsns.testing.sandbox.graph.exchange import Exchange

_PERIODS: Final = ("day", "week", "days_28", "lifetime", "month", "total_over_range")

#: Metrics in force after 2025-11-15 and the periods of each. `page_impressions`, `page_fans`, `post_impressions` and
#: their kin were withdrawn by then and are refused (Pages API, Deprecated Metrics).
PAGE_METRICS: Final = {
    "page_follows": ("day",),
    "page_daily_follows_unique": ("day", "week", "days_28"),
    "page_daily_unfollows_unique": ("day", "week", "days_28"),
    "page_media_view": ("day", "week", "days_28"),
    "page_total_media_view_unique": ("day", "week", "days_28"),
    "page_post_engagements": ("day", "week", "days_28"),
    "page_views_total": ("day", "week", "days_28"),
    "page_actions_post_reactions_total": ("day",),
    "page_video_views": ("day", "week", "days_28"),
}
POST_METRICS: Final = {
    "post_media_view": ("lifetime",),
    "post_total_media_view_unique": ("lifetime",),
    "post_clicks": ("lifetime",),
    "post_reactions_like_total": ("lifetime",),
    "post_reactions_by_type_total": ("lifetime",),
    "post_activity_by_action_type": ("lifetime",),
    "post_video_views": ("lifetime",),
}
#: Metrics whose value is a table of counts by kind.
_BY_KIND: Final = {
    "page_actions_post_reactions_total": "like",
    "post_reactions_by_type_total": "like",
    "post_activity_by_action_type": "share",
}
#: The longest stretch between since and until (Insights, "Time-based pagination").
_LONGEST: Final = timedelta(days=92)


def insights(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """
    Give figures of a Page or of a post.

    Raises:
        GraphError: If a metric is unknown or withdrawn (100), or the caller may not see them (10, 210).
    """
    node = exchange.world.node(object_id)
    if not isinstance(node, GraphPage | GraphPost):
        raise errors.missing("get", object_id)
    page_id, kind, known = (
        (node.id, "page", PAGE_METRICS) if isinstance(node, GraphPage) else (node.page_id, "post", POST_METRICS)
    )
    exchange.read(page_id, scopes=("read_insights", "pages_read_engagement"), tasks=("ANALYZE",))
    parameters = exchange.parameters(kind)
    metrics = parameters.get("metric", [])
    period = parameters.text("period")
    if not metrics or any(metric not in known for metric in metrics):
        raise errors.parameter("The value must be a valid insights metric")
    if period and period not in _PERIODS:
        raise errors.parameter(f"period must be one of {', '.join(_PERIODS)}")
    since, until = parameters.get("since"), parameters.get("until")
    if since and until and not timedelta(0) < until - since <= _LONGEST:
        raise errors.parameter(f"until must come after since, by at most {_LONGEST.days} days")
    rows = [
        _row(exchange, object_id, metric, each) for metric in metrics for each in known[metric] if period in {"", each}
    ]
    return {"data": rows}


def _row(exchange: Exchange, object_id: str, metric: str, period: str) -> dict[str, Any]:
    count = exchange.world.figures.get((object_id, metric), 0)
    value: Any = count
    if metric in _BY_KIND:
        value = {_BY_KIND[metric]: count} if count else {}
    point: dict[str, Any] = {"value": value}
    if period != "lifetime":
        # A day ends at midnight of California; which UTC hour that is does not matter to a figure.
        point["end_time"] = stamp(exchange.now.replace(hour=8, minute=0, second=0, microsecond=0))
    return {
        "name": metric,
        "period": period,
        "values": [point],
        "title": metric.replace("_", " ").capitalize(),
        "id": f"{object_id}/insights/{metric}/{period}",
    }
