from core.words import score


def test_nothing_wanted():
    assert score("Look at my cat") == 0


def test_everything_wanted():
    assert score("I wish, I need, it is annoying, manually, every day") == 100
