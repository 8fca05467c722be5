from agy_backend import calls

ROUTES = {
    ("POST", "/calls"): calls.create,
    ("POST", "/webhooks/elevenlabs/transcription"): calls.transcription,
}
