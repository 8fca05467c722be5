class BaseService:
    def enrich(self, title, body):
        raise NotImplementedError
