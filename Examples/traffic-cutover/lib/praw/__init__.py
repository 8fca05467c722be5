"""Not PRAW, but the three names of it that harbor uses, on this world's own Reddit (REDDIT_API_URL in praw.ini beside this).

Like PRAW it signs in with a client's id and secret when it first needs to, and reads a subreddit's newest submissions.
"""

import base64
import json
import os
import urllib.error
import urllib.parse
import urllib.request

with open(os.path.join(os.path.dirname(__file__), "praw.ini"), encoding="utf-8") as file:
    API = file.read().partition("=")[2].strip()


class RedditError(Exception):
    """Reddit does not answer, or not what was asked for."""


class Submission:
    def __init__(self, fields):
        self.id, self.title, self.created_utc = fields["id"], fields["title"], fields["created_utc"]


class Subreddit:
    def __init__(self, reddit, name):
        self.reddit, self.name = reddit, name

    def new(self, limit=100):
        listing = self.reddit.request(f"/r/{urllib.parse.quote(self.name)}/new?limit={int(limit)}")
        return (Submission(child["data"]) for child in listing["data"]["children"])


class Reddit:
    def __init__(self, client_id, client_secret, user_agent):
        self.client, self.user_agent, self.token = f"{client_id}:{client_secret}", user_agent, None

    def subreddit(self, name):
        return Subreddit(self, name)

    def request(self, path):
        if self.token is None:
            basic = base64.b64encode(self.client.encode()).decode()
            self.token = self.send("/api/v1/access_token", "Basic " + basic, b"grant_type=client_credentials")["access_token"]
        return self.send(path, "Bearer " + self.token)

    def send(self, path, authorization, body=None):
        request = urllib.request.Request(
            API + path, body, {"Authorization": authorization, "User-Agent": self.user_agent})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RedditError(f"received {error.code} HTTP response") from None
        except OSError as error:
            raise RedditError(f"error with request {error}") from None
