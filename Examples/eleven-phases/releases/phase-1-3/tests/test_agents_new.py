from core.agents.scoring_agent import judge


def test_judge():
    assert judge("I wish", "") == 30 and judge("!", "I wish") == 0
