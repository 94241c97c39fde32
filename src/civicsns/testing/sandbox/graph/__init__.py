"""
A practice Facebook: the part of the Graph API that a municipality's Pages need, as strict as the real one.

```python
clock = SystemClock()
with GraphNetwork(clock=clock) as graph:
    person = graph.add_person("佐賀花子")
    page = graph.add_page("佐賀市", tasks={person: ("CREATE_CONTENT", "MODERATE", "ANALYZE")})
    token = graph.page_token(page, person)
    print(graph.url, page.id)
```
"""

from __future__ import annotations

from civicsns.testing.sandbox.graph.limits import GraphLimits
from civicsns.testing.sandbox.graph.model import GraphApp, GraphComment, GraphPage, GraphPerson, GraphPost
from civicsns.testing.sandbox.graph.network import GraphNetwork

__all__ = [
    "GraphApp",
    "GraphComment",
    "GraphLimits",
    "GraphNetwork",
    "GraphPage",
    "GraphPerson",
    "GraphPost",
]
