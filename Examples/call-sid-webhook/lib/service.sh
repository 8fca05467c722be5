# shellcheck shell=bash
# The webhook service, the voice API and the callers.

# --- the service manager: knows the units that the file `services` names

known_unit() { grep -qxF -- "${1%.service}" "$WORLD_DIR/services"; }

need_unit() { # UNIT STATUS
  known_unit "$1" || die "$2" "Unit ${1%.service}.service not found."
}

start_service() {
  if find_process service; then return 0; fi
  spawn service "$WORLD_DIR/agy-backend" env -i PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL="$DATABASE_URL" VOICE_API_URL="$VOICE_API_URL" ELEVENLABS_API_KEY="$API_KEY" PORT="$SERVICE_PORT" \
    "$PYTHON" -s -m agy_backend
  if ! wait_for_answer service "$SERVICE_URL/health"; then
    end_process service
    say "agy-backend did not come up; the end of its log:" >&2
    tail -n 20 "$WORLD_DIR/log/service.log" >&2
    return 1
  fi
}

# Prints the release that the running service says it is, or nothing.
running_release() {
  curl --noproxy '*' -s --max-time 5 "$SERVICE_URL/health" | sed -n 's/.*"release": *"\([^"]*\)".*/\1/p'
}

# --- the voice API

write_webhook() { # FIELD: what names a call in the payload
  cat >"$WORLD_DIR/voice/webhooks.json" <<EOF
{
  "wh_2f1": {
    "id": "wh_2f1",
    "url": "$SERVICE_URL/webhooks/elevenlabs/transcription",
    "events": ["conversation.dialogue.completed"],
    "payload": {
      "$1": "{{$1}}",
      "speaker": "{{speaker}}",
      "message": "{{message}}",
      "timestamp": "{{timestamp}}"
    },
    "retries": 3,
    "secret": "$WEBHOOK_SECRET",
    "updated_at": "2026-01-05T09:30:00.000+00:00"
  }
}
EOF
}

start_voice_api() {
  if find_process voice-api; then return 0; fi
  spawn voice-api "$WORLD_DIR/voice" env -i PATH=/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
    "$PYTHON" -s "$WORLD_HOME/lib/voice_api.py" "$WORLD_DIR/voice" "$VOICE_PORT"
  wait_for_answer voice-api "$VOICE_API_URL/" ||
    die 1 "the voice API did not come up: $(tail -n 5 "$WORLD_DIR/log/voice-api.log")"
}

# As the platform's owner: voice METHOD PATH [JSON]
voice() {
  curl --noproxy '*' -sS -f -o /dev/null --max-time 5 -X "$1" "$VOICE_API_URL$2" -K - ${3:+--data-binary "$3"} \
    <<<"header = \"xi-api-key: $PLATFORM_KEY\""
}

# --- the callers

callers() {
  env -i PATH=/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 SERVICE_URL="$SERVICE_URL" \
    VOICE_API_URL="$VOICE_API_URL" PLATFORM_KEY="$PLATFORM_KEY" WORLD_CALLS="$WORLD_CALLS" \
    "$PYTHON" -s "$WORLD_HOME/lib/callers.py" "$@"
}

start_callers() {
  if find_process callers; then return 0; fi
  spawn callers "$WORLD_DIR" env -i PATH=/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 SERVICE_URL="$SERVICE_URL" \
    VOICE_API_URL="$VOICE_API_URL" PLATFORM_KEY="$PLATFORM_KEY" WORLD_CALLS="$WORLD_CALLS" \
    CALLERS_MOST="${CALLERS_MOST:-2000}" CALLERS_SECONDS="${CALLERS_SECONDS:-1800}" \
    "$PYTHON" -s "$WORLD_HOME/lib/callers.py" go-on
}
