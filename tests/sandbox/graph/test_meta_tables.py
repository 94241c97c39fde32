"""What the practice network accepts, held against the tables that Meta's own SDK carries."""

from __future__ import annotations

import ast
import importlib
import inspect

import pytest

from civicsns.testing.sandbox.graph.nodes import FIELDS
from civicsns.testing.sandbox.graph.parameters import FILES, PARAMETERS

#: Where Meta's SDK has the call: the classes (each must know every parameter) and the method.
CALLS = {
    ("feed", "page"): (("page.Page",), "create_feed"),
    ("photos", "page"): (("page.Page",), "create_photo"),
    ("videos", "page"): (("page.Page",), "create_video"),
    ("object_edit", "post"): (("pagepost.PagePost",), "api_update"),
    ("object_edit", "video"): (("advideo.AdVideo",), "api_update"),
    ("object_edit", "comment"): (("comment.Comment",), "api_update"),
    ("published_posts", "page"): (("page.Page",), "get_published_posts"),
    ("feed_read", "page"): (("page.Page",), "get_feed"),
    ("comments_read", "post"): (
        ("pagepost.PagePost", "photo.Photo", "advideo.AdVideo", "comment.Comment"),
        "get_comments",
    ),
    ("comments_write", "post"): (
        ("pagepost.PagePost", "photo.Photo", "advideo.AdVideo", "comment.Comment"),
        "create_comment",
    ),
    ("insights", "page"): (("page.Page",), "get_insights"),
    ("insights", "post"): (("pagepost.PagePost",), "get_insights"),
    ("permissions_delete", "user"): (("user.User",), "delete_permissions"),
}
NODES = {
    "page": "page.Page",
    "post": "pagepost.PagePost",
    "photo": "photo.Photo",
    "video": "advideo.AdVideo",
    "comment": "comment.Comment",
    "user": "user.User",
    "app": "application.Application",
}


def sdk(name):
    module, _, kind = name.partition(".")
    return getattr(importlib.import_module(f"facebook_business.adobjects.{module}"), kind)


def table(name, method):
    """Read `param_types` out of the source of a method of Meta's SDK."""
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(getattr(sdk(name), method))))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "param_types":
            return ast.literal_eval(node.value)
    pytest.fail(f"{name}.{method} has no param_types any more")


def test_every_call_is_held_against_a_table():
    """A call that is added here must be looked up there."""
    assert set(CALLS) == set(PARAMETERS)


@pytest.mark.parametrize("call", sorted(PARAMETERS), ids=" of ".join)
def test_every_parameter_is_meta_s(call):
    """Name and type; an enumeration is a string on the wire."""
    names, method = CALLS[call]
    for name in names:
        theirs = {one: kind.partition("<")[0] for one, kind in table(name, method).items()}
        theirs = {one: "string" if kind.endswith("_enum") else kind for one, kind in theirs.items()}
        ours = dict(PARAMETERS[call])

        assert ours == {one: theirs.get(one) for one in ours}


def test_files_are_those_that_meta_documents():
    """The film's parts are in the table; the photo's `source` is documented outside it."""
    assert FILES["videos"] <= set(table("page.Page", "create_video"))
    assert {"source"} == FILES["photos"]


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_every_field_is_meta_s(kind):
    """A field of the node, or an edge that it has."""
    node = sdk(NODES[kind])
    fields = {value for name, value in vars(node.Field).items() if not name.startswith("_")}
    edges = {name.removeprefix("get_") for name in vars(node) if name.startswith("get_")}

    assert set() == set(FIELDS[kind]) - fields - edges


@pytest.mark.parametrize("edge", ["feed", "photos", "videos"])
def test_what_meta_knows_and_the_practice_network_does_not_is_refused(city, refusal, edge, png):
    """Nothing is taken and dropped: every other name of Meta's table is refused, too."""
    method = {"feed": "create_feed", "photos": "create_photo", "videos": "create_video"}[edge]
    others = sorted(set(table("page.Page", method)) - set(PARAMETERS[edge, "page"]) - FILES.get(edge, frozenset()))
    answers = {refusal(city.post(f"/{city.page.id}/{edge}", message="a", **{name: "1"})) for name in others[::8]}

    assert len(others) > 20
    assert {(400, 100, 0)} == answers
