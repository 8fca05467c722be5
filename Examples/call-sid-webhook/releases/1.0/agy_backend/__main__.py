from agy_backend.server import serve

serve()
