from core.enrichment.base_service import BaseService
from core.words import score


class AIService(BaseService):
    def enrich(self, title, body):
        return score(f"{title} {body}")
