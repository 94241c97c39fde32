from __future__ import annotations

import pytest
import tweepy


def test_posts_reads_and_deletes_with_tweepy(network, user, client_for):
    """
    The real tweepy posts, reads back and deletes with OAuth 1.0a.
    """
    client = client_for(user)

    made = client.create_tweet(text="今日の広報です https://www.city.example.lg.jp/news")
    listed = client.get_users_tweets(user.id, user_auth=True, tweet_fields=["source", "created_at", "entities"])
    client.delete_tweet(made.data["id"])

    assert made.data["id"] == str(listed.data[0].id)
    assert listed.data[0].source == network.app.name
    assert listed.data[0].text.startswith("今日の広報です https://t.co/")
    assert network.posts() == ()
    assert [call.operation for call in network.calls] == ["create", "timeline", "delete"]
    assert {call.account for call in network.calls} == {user.id}


def test_a_signature_for_another_app_is_refused(network, user, client_for):
    """
    A token proves nothing together with another app's secret.
    """
    client = client_for(user)
    client.consumer_secret = network.register_app(name="other").consumer_secret

    with pytest.raises(tweepy.Unauthorized):
        client.create_tweet(text="x")
