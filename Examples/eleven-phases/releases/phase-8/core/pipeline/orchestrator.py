import runpy


class Orchestrator:
    """Runs what the monoliths did one after the other."""

    SCRIPTS = ("scripts/core/batch_opportunity_scoring.py", "scripts/dlt/dlt_trust_pipeline.py")

    def __init__(self, root):
        self.root = root

    def run(self):
        for script in self.SCRIPTS:
            runpy.run_path(f"{self.root}/{script}", run_name="__main__")
