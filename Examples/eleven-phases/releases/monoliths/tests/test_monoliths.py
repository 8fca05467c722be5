from load import load


def test_scoring():
    assert load("scripts/core/batch_opportunity_scoring.py").analyze("I wish", "and need") == 55


def test_trust():
    trust = load("scripts/dlt/dlt_trust_pipeline.py").trust
    assert [trust(score) for score in (0, 30, 60)] == ["low", "medium", "high"]
