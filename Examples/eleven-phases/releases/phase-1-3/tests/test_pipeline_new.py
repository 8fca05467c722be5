from core.pipeline.step import run_all


def test_run_all():
    assert run_all([len, str], "abc") == "3"
