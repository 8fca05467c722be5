# shellcheck shell=bash
# What a world's test.sh is written in. Needs `world`, DIR and `notes`, a folder for itself.
failures=0

check() { # WHAT COMMAND...
  local what=$1 status
  shift
  # Not as a condition: there bash would let a command fail and go on.
  set +e
  (set -e && "$@") >"$notes/output" 2>&1
  status=$?
  set -e
  if ((status == 0)); then
    printf 'ok      %s\n' "$what"
  else
    printf 'FAILED  %s (exit %s)\n' "$what" "$status"
    sed 's/^/        /' "$notes/output"
    failures=$((failures + 1))
  fi
}

# fails STATUS TEXT COMMAND...: it exits with STATUS and says TEXT
fails() {
  local wanted=$1 text=$2 status=0 output
  shift 2
  output=$("$@" 2>&1) || status=$?
  printf '%s\n' "$output"
  [[ $status == "$wanted" && $output == *"$text"* ]]
}

says() { [[ $("${@:2}") == "$1" ]]; } # TEXT COMMAND...

# Prints the name of a file with the stable state.
stable() {
  "$world" --dir "$DIR" state --stable >"$notes/stable"
  printf '%s\n' "$notes/stable"
}

holds() { # EXPRESSION of jq, over the stable state
  "$world" --dir "$DIR" state --stable >"$notes/now"
  jq -e "$1" "$notes/now" >/dev/null || {
    jq . "$notes/now"
    return 1
  }
}

finish() {
  if ((failures > 0)); then
    printf '%s checks failed\n' "$failures"
    exit 1
  fi
  echo "all checks passed"
}
