"""
What the practice X answers and accepts, against X's own OpenAPI document.

The document is X's and does not come with the project: `CIVICSNS_X_OPENAPI` names the file.
"""

from __future__ import annotations

import copy
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox.x import Allowance, XNetwork, exchange, limits, media, posts, queries, values

pytestmark = pytest.mark.openapi

API = "https://api.x.com"
#: Paths and the operations by which the practice network knows them.
OPERATIONS = {
    ("post", "/2/tweets"): "create",
    ("delete", "/2/tweets/{id}"): "delete",
    ("get", "/2/tweets"): "lookup",
    ("get", "/2/tweets/{id}"): "lookup",
    ("get", "/2/users/me"): "me",
    ("get", "/2/users/{id}/tweets"): "timeline",
    ("get", "/2/users/{id}/mentions"): "mentions",
    ("post", "/2/media/upload"): "upload",
    ("get", "/2/media/upload"): "upload_status",
    ("post", "/2/media/upload/initialize"): "upload_initialize",
    ("post", "/2/media/upload/{id}/append"): "upload_append",
    ("post", "/2/media/upload/{id}/finalize"): "upload_finalize",
    ("post", "/2/media/metadata"): "metadata",
}


@pytest.fixture(scope="module")
def document():
    return json.loads(Path(os.environ["CIVICSNS_X_OPENAPI"]).read_text(encoding="utf-8"))


def as_json_schema(schema, *, closed):
    """
    Turn a schema of OpenAPI 3.0 into JSON Schema: `nullable` becomes a choice.

    With *closed*, objects may have no properties but those that are listed, so that a misspelt one is seen.
    """
    if isinstance(schema, list):
        return [as_json_schema(each, closed=closed) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: as_json_schema(value, closed=closed) for name, value in schema.items() if name != "nullable"}
    if closed and isinstance(made.get("properties"), dict) and made.get("type") == "object" and made["properties"]:
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


def validator_for(document, name, *, closed=False):
    components = as_json_schema(copy.deepcopy(document["components"]), closed=closed)
    resource = DRAFT7.create_resource({"components": components})
    registry = Registry().with_resource("urn:x", resource)
    return Draft7Validator({"$ref": f"urn:x#/components/schemas/{name}"}, registry=registry)


def answer_schema(document, method, path):
    answers = document["paths"][path][method]["responses"]
    success = next(status for status in answers if status.startswith("2"))
    reference = answers[success]["content"]["application/json"]["schema"]["$ref"]
    return int(success), reference.rsplit("/", 1)[-1]


@pytest.fixture
def call(document, network, user, bearer_for):
    """Give a function that calls, and holds a successful answer to the document."""

    def send(method, path, *, id_=None, closed=True, **more):
        answer = bearer_for(user).request(method, API + path.replace("{id}", id_ or ""), **more)
        status, schema = answer_schema(document, method, path)
        assert status == answer.status_code, answer.text
        validator_for(document, schema, closed=closed).validate(answer.json())
        return answer.json()

    return send


def test_every_answer_is_as_the_document_has_it(network, user, citizen, call, pictures, films, clock, uploaded):
    """
    Successful answers of all calls, in the document's own vocabulary and with every field that it knows.

    `edit_history_tweet_ids` of a created post is what X answers; the document has `edit_history_post_ids`.
    """
    network.settings.processing = timedelta(seconds=4)
    everything = {
        "post.fields": ",".join(sorted(queries.POST_FIELDS[queries.Words.POST])),
        "expansions": ",".join(sorted(queries.POST_EXPANSIONS[queries.Words.POST])),
        "user.fields": ",".join(
            sorted(queries.USER_FIELDS - {"affiliation", "most_recent_tweet_id", "pinned_tweet_id"})
        ),
        "media.fields": ",".join(sorted(queries.MEDIA_FIELDS)),
        "poll.fields": ",".join(sorted(queries.POLL_FIELDS)),
        "place.fields": ",".join(sorted(queries.PLACE_FIELDS)),
    }
    picture = pictures()
    begun = call(
        "post",
        "/2/media/upload/initialize",
        json={"media_type": "video/mp4", "total_bytes": len(films["mp4"]), "media_category": "tweet_video"},
    )["data"]["id"]
    call("post", "/2/media/upload/{id}/append", id_=begun, data={"segment_index": "0"}, files={"media": films["mp4"]})
    call("post", "/2/media/upload/{id}/finalize", id_=begun)
    for _ in range(3):
        call("get", "/2/media/upload", params={"media_id": begun, "command": "STATUS"})
        clock.move(seconds=2)
    image = call("post", "/2/media/upload", data={"media_category": "tweet_image"}, files={"media": picture})["data"][
        "id"
    ]
    call("post", "/2/media/metadata", json={"id": image, "metadata": {"alt_text": {"text": "写真"}}})
    question = network.post_as(citizen, "@saga_hanako 質問 $ABC #防災 https://www.city.example.lg.jp/")

    def create(**body):
        return call("post", "/2/tweets", json=body, closed=False)["data"]["id"]

    made = [
        create(text="写真 #佐賀", media={"media_ids": [image]}, paid_partnership=True),
        create(text="動画", media={"media_ids": [begun]}, geo={"place_id": "0" * 16}),
        create(text="答え", reply={"in_reply_to_tweet_id": question.id}),
        create(text="どちら", poll={"options": ["a", "b"], "duration_minutes": 5}),
    ]
    made.append(create(text="写真 #佐賀市", edit_options={"previous_post_id": made[0]}))

    listed = call("get", "/2/users/{id}/tweets", id_=user.id, params=everything | {"max_results": "5"})
    call("get", "/2/users/{id}/tweets", id_="1", params=everything)
    call("get", "/2/users/{id}/mentions", id_=user.id, params=everything)
    call("get", "/2/tweets", params=everything | {"ids": ",".join([*made, question.id, "1"])})
    call("get", "/2/tweets/{id}", id_=made[0], params=everything)
    call("get", "/2/tweets/{id}", id_="1", params=everything)
    network.set_profile(user, description="一覧 https://example.jp/ #佐賀 @saga", url="https://example.jp/sns/")
    call(
        "get",
        "/2/users/me",
        params={"user.fields": everything["user.fields"], "expansions": "most_recent_post_id", "post.fields": "text"},
    )
    call("delete", "/2/tweets/{id}", id_=made[0])

    assert 4 == listed["meta"]["result_count"]
    assert {"users", "media", "polls", "posts"} == set(listed["includes"])


def test_problems_are_as_the_document_has_them(document, network, user, citizen, bearer_for):
    """
    Errors beside data, and a refused request, have exactly the members that the document gives them.
    """
    session = bearer_for(user)
    others = network.post_as(citizen, "x")
    parameters = {"ids": f"{others.id},1", "tweet.fields": "organic_metrics"}
    errors = session.get(f"{API}/2/tweets", params=parameters).json()["errors"]
    validate = validator_for(document, "Problem", closed=True)

    for each in errors:
        validate.validate(each)
    assert {"resource-not-found", "not-authorized-for-field"} == {each["type"].rsplit("/", 1)[-1] for each in errors}


def test_scopes_are_those_of_the_document(document):
    """
    Every operation asks for the scopes that the document asks for, and takes the app's own token where it does.
    """
    for (method, path), operation in OPERATIONS.items():
        security = {
            name: set(scopes) for each in document["paths"][path][method]["security"] for name, scopes in each.items()
        }
        needs = exchange.NEEDS[operation]

        assert security["OAuth2UserToken"] == needs.scopes, operation
        assert ("BearerToken" in security) == needs.app_only, operation
        assert operation in limits.ALLOWANCES

    flows = document["components"]["securitySchemes"]["OAuth2UserToken"]["flows"]
    assert set(flows["authorizationCode"]["scopes"]) == values.SCOPES


def names_in(document, name):
    return set(document["components"]["parameters"][name]["schema"]["items"]["enum"])


def test_query_words_are_those_of_the_document(document):
    """
    The fields and expansions in the document's vocabulary, and those in the older one that its streams still have.

    `affiliation`, `most_recent_tweet_id` and `pinned_tweet_id` are taken among the fields of users too, as X does.
    """
    stream = document["paths"]["/2/tweets/search/stream"]["get"]["parameters"]
    older = {
        each["name"]: set(each["schema"]["items"]["enum"]) for each in stream if each.get("name", "").endswith("fields")
    }
    sample = document["paths"]["/2/tweets/firehose/stream"]["get"]["parameters"]
    expansions = next(set(each["schema"]["items"]["enum"]) for each in sample if each.get("name") == "expansions")

    assert names_in(document, "PostFieldsParameter") == queries.POST_FIELDS[queries.Words.POST]
    assert older["tweet.fields"] == queries.POST_FIELDS[queries.Words.TWEET]
    assert names_in(document, "PostExpansionsParameter") == queries.POST_EXPANSIONS[queries.Words.POST]
    assert expansions == queries.POST_EXPANSIONS[queries.Words.TWEET]
    assert names_in(document, "UserExpansionsParameter") == queries.USER_EXPANSIONS[queries.Words.POST]
    assert names_in(document, "UserFieldsParameter") == queries.USER_FIELDS - {
        "affiliation",
        "most_recent_tweet_id",
        "pinned_tweet_id",
    }
    assert names_in(document, "MediaFieldsParameter") == queries.MEDIA_FIELDS
    assert names_in(document, "PollFieldsParameter") == queries.POLL_FIELDS
    assert names_in(document, "PlaceFieldsParameter") == queries.PLACE_FIELDS


@pytest.mark.parametrize(
    "path", ["/2/tweets", "/2/tweets/{id}", "/2/users/{id}/tweets", "/2/users/{id}/mentions", "/2/users/me"]
)
def test_query_parameters_are_those_of_the_document(document, user, bearer_for, path):
    """
    Each parameter that the document has is known, and no other.
    """
    named = document["components"]["parameters"]
    listed = [
        named[each["$ref"].rsplit("/", 1)[-1]] if "$ref" in each else each
        for each in document["paths"][path]["get"]["parameters"]
    ]
    expected = {each["name"] for each in listed if each["in"] == "query"} | {"tweet.fields"}

    answer = bearer_for(user).get(API + path.replace("{id}", user.id), params={"nonsense": "1"})

    said = answer.json()["errors"][0]["message"].partition("one of [")[2].rstrip("]").split(",")
    assert expected == set(said)


# --- bodies ------------------------------------------------------------------------------------------------------

#: Body shapes of the practice network and their schemas in the document.
SHAPES = {
    "CreatePostsRequest": posts.BODY,
    "InitializeMediaUploadRequest": media.INITIALIZE,
    "AppendMediaUploadRequest": media.APPEND,
    "MediaUploadRequest": media.UPLOAD,
    "CreateMediaMetadataRequest": media.METADATA,
}
#: Where the practice network refuses what the document allows: the field, and why.
STRICTER = {
    "InitializeMediaUploadRequest": (
        "is missing but it is required",  # X cannot begin an upload of unknown type and size
    ),
}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**40),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer()),
    st.text(max_size=30),
    st.from_regex("[0-9]{1,20}", fullmatch=True),
)
WILD = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=6,
)


def bodies_near(schema, resolve):
    """Draw values that a schema allows, now and then with something wrong in any place."""
    schema = resolve(schema)
    right = allowed(schema, resolve)
    return st.one_of(right, right, right, right, WILD)


def allowed(schema, resolve):
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | st.sampled_from(["everyone", ""])
    if "anyOf" in schema:
        return st.sampled_from(["eA==", "", "eHg="])
    kind = schema.get("type")
    if kind == "object":
        fields = {name: bodies_near(each, resolve) for name, each in schema.get("properties", {}).items()}
        needed = {name: fields.pop(name) for name in schema.get("required", ()) if name in fields}
        drawn = st.fixed_dictionaries(needed, optional=fields)
        unknown = st.dictionaries(st.sampled_from(["nonsense", "Text", "id2"]), SCALARS, max_size=1)
        return st.one_of(drawn, drawn, drawn, st.tuples(drawn, unknown).map(lambda pair: pair[0] | pair[1]))
    if kind == "array":
        most = schema.get("maxItems", 3)
        return st.lists(bodies_near(schema["items"], resolve), max_size=most + 1)
    if kind == "string":
        if "pattern" in schema:
            return st.from_regex("[0-9]{1,20}", fullmatch=True)
        return st.text(st.characters(codec="utf-8"), max_size=schema.get("maxLength", 40) % 100 + 2)
    if kind == "integer":
        least, most = schema.get("minimum", 0), schema.get("maximum", 100)
        return st.integers(least - 1, most + 1)
    return {"boolean": st.booleans(), "number": st.floats(allow_nan=False, allow_infinity=False)}[kind]


def resolver(document):
    def resolve(schema):
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    return resolve


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_agree_with_the_document(document, name):
    """
    A body that the document refuses is refused, and one that it allows has the right shape, but for what is listed.
    """
    validator = validator_for(document, name)
    resolve = resolver(document)
    seen = {True: 0, False: 0}

    @settings(max_examples=400, deadline=None)
    @given(bodies_near(document["components"]["schemas"][name], resolve))
    def agrees(body):
        body = json.loads(json.dumps(body))
        right = validator.is_valid(body)
        said = [message for _, message in SHAPES[name].faults(body, "$")]
        said = [message for message in said if not any(known in message for known in STRICTER.get(name, ()))]
        seen[right] += 1

        assert right == (not said), (body, said)

    agrees()
    assert min(seen.values()) > 20, seen


def test_what_the_document_refuses_cannot_be_posted(document):
    """
    Over a socket: no body that the document refuses makes a post, and each is answered with 400.
    """
    validator = validator_for(document, "CreatePostsRequest")
    resolve = resolver(document)

    with XNetwork(clock=PracticeClock()) as network, requests.Session() as session:
        network.allow("create", Allowance())
        user = network.add_user(handle="h", name="n")
        session.headers["Authorization"] = f"Bearer {network.oauth2_token(user)[0]}"

        @settings(max_examples=150, deadline=None)
        @given(bodies_near(document["components"]["schemas"]["CreatePostsRequest"], resolve))
        def refused(body):
            assume(not validator.is_valid(json.loads(json.dumps(body))))
            answer = session.post(f"{network.url}/2/tweets", json=body, timeout=10)

            assert (400, ()) == (answer.status_code, network.posts()), body

        refused()


def test_the_check_itself_can_fail(document):
    """
    A misspelt member of an answer is seen, and so is a wrong type.
    """
    validator = validator_for(document, "CreatePostsResponse", closed=True)
    validator.validate({"data": {"id": "1", "text": "x"}})

    wrongs: list[dict[str, Any]] = [{"dta": {}}, {"data": {"id": 1, "text": "x"}}, {"data": {"id": "1"}}]
    for wrong in wrongs:
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(wrong)
