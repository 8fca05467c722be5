from core.quality_filters.length import long_enough
from core.words import score


def judge(title, body):
    return score(f"{title} {body}") if long_enough(title) else 0
