"""The DLT pipeline's share, once. Cron starts this."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import praw

from config import settings
from core import cutover, dlt_pipeline

share = cutover.subreddits("dlt")
reddit = praw.Reddit(
    client_id=settings.REDDIT_PUBLIC, client_secret=settings.REDDIT_SECRET, user_agent=settings.REDDIT_USER_AGENT
)
sys.exit(0 if not share or dlt_pipeline.run(reddit, share, 10) else 1)
