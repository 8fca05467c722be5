# shellcheck shell=bash
# What the test.sh of a world is made of. It says $world (the program), $DIR (the world's folder) and $notes (a folder for
# notes), and counts in $failures.

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

# Is the jq expression true of the world now? $old is what `keep_state` kept.
holds() { # EXPRESSION
  "$world" --dir "$DIR" state --stable >"$notes/now"
  if [[ ! -f $notes/old ]]; then echo null >"$notes/old"; fi
  jq -e --slurpfile kept "$notes/old" "\$kept[0] as \$old | $1" "$notes/now" >/dev/null || {
    cat "$notes/now"
    return 1
  }
}

keep_state() { "$world" --dir "$DIR" state --stable >"$notes/old"; }

quick() { # MILLISECONDS COMMAND...
  local most=$1 begin end
  shift
  begin=$(date +%s%N)
  "$@"
  end=$(date +%s%N)
  printf '%s ms\n' $(((end - begin) / 1000000))
  (((end - begin) / 1000000 <= most))
}

request() { curl --noproxy '*' -sS -o "$notes/answer" -w '%{http_code}' --max-time 10 "$@"; }
says() { [[ $("${@:2}") == "$1" ]]; } # TEXT COMMAND...

# Prints the name of a file with the stable state.
stable() {
  "$world" --dir "$DIR" state --stable >"$notes/stable"
  printf '%s\n' "$notes/stable"
}

# None of these processes runs any more.
all_ended() { ! ps -o pid=,stat=,args= -p "$(tr ' ' , <<<"$*")" | grep -v ' Z'; } # PID...

finish() {
  if ((failures > 0)); then
    printf '%s checks failed\n' "$failures"
    exit 1
  fi
  echo "all checks passed"
}
