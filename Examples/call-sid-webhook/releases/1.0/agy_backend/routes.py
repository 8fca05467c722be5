from agy_backend import conversations

ROUTES = {
    ("POST", "/webhooks/elevenlabs/transcription"): conversations.transcription,
}
