"""The manual collector's share, once. Cron starts this."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import praw

from config import settings
from core import collection, cutover

reddit = praw.Reddit(
    client_id=settings.REDDIT_PUBLIC, client_secret=settings.REDDIT_SECRET, user_agent=settings.REDDIT_USER_AGENT
)
sys.exit(0 if collection.collect_data(reddit, None, {}, cutover.subreddits("manual"), 10) else 1)
