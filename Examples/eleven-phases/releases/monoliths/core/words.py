"""What people write when something is missing."""

WANTED = {"wish": 30, "need": 25, "annoying": 20, "manually": 15, "every day": 10}


def score(text):
    text = text.lower()
    return min(100, sum(points for word, points in WANTED.items() if word in text))
