#!/usr/bin/env bash
# Tries this world: raises it, breaks it, rolls it back by hand as a person with the runbook would, plants every fault,
# and takes it down. Needs what the world needs, and jq; says what failed and exits 1.
# shellcheck disable=SC2016 # what `eval` is given is expanded by it
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
world=$here/world
DIR=$(mktemp -d "${TMPDIR:-/tmp}/backout-world-test.XXXXXXXX")
other=$DIR-other
notes=$DIR-notes
mkdir "$notes"
trap 'cd / && "$world" --dir "$DIR" down; "$world" --dir "$other" down; rm -rf "$notes"' EXIT
# shellcheck source=../lib/checks.sh
. "$here/../lib/checks.sh"

# --- up and break

check "up" "$world" up --dir "$DIR"
check "up again says so" fails 0 "already" "$world" --dir "$DIR" up
check "up does not take a folder that holds something" fails 2 "not empty" "$world" --dir "$here" up
# shellcheck source=/dev/null
. "$DIR/env"
cd "$DIR/call-insights"
check "Gong's calls are there" holds '.production.integration == "gong" and .calls.total == 12 and .calls.missing == []'
check "a call is heard of at once" eval './world call "A new one" && holds ".calls.total == 13 and .webhooks == [200]"'
check "fault before break is refused" fails 2 "nothing is broken" ./world fault key-refused
check "break" ./world break
check "break again says so" fails 0 "already" ./world break
check "BigQuery's release runs, and its flow fails" \
  eval 'holds ".production.integration == \"bigquery\" and .deployed.whole" && fails 1 "403" ./world sync'
check "what happens at Gong is not heard of" eval './world call "Another" && holds ".webhooks[-1] == 404"'
check "the settings and the package of Gong are gone" \
  holds '.packages == [] and (.env.values | keys) == ["BIGQUERY_TOKEN", "BIGQUERY_URL", "CALLS_DATABASE"]'
check "reset" ./world reset
check "three calls are missing" holds '.calls.total == 15 and .calls.from_bigquery == 1 and (.calls.missing | length) == 3'
check "clean checkout of main" holds '.repository.branch == "main" and .repository.dirty == [] and .remote.main == .repository.head'
keep_state
check "the same state after every reset" eval './world reset --home && holds ". == \$old"'
check "and quickly" quick 5000 ./world reset

# --- the parts

check "Gong: no key" says 401 request "$GONG_URL/v2/calls"
check "Gong: another key" says 401 request -u "other:$GONG_JWT_SECRET" "$GONG_URL/v2/calls"
check "Gong: five calls a page" \
  eval 'says 200 request -u "$GONG_ACCESS_KEY:$GONG_JWT_SECRET" "$GONG_URL/v2/calls?cursor=5" && jq -e "(.calls | length) == 5 and .records.cursor == \"10\"" "$notes/answer"'
check "Gong: after the last page" says 404 request -u "$GONG_ACCESS_KEY:$GONG_JWT_SECRET" "$GONG_URL/v2/calls?cursor=100"
check "the credentials are valid" says valid ./world credentials
check "the environment has no Gong" fails 1 "ModuleNotFoundError" uv run python -c 'import gong_wire'
check "uv: unknown package" fails 1 "was not found" uv pip install httpx
check "uv: a dry run installs nothing" eval 'uv pip install --dry-run gong-wire && holds ".packages == []"'
check "uv: install, twice" eval 'uv pip install gong-wire && fails 0 "0 of 1" uv pip install gong-wire && says gong-wire==1.0 uv pip freeze'
check "uv: uninstall" eval 'uv pip uninstall gong-wire && holds ".packages == []"'
check "a damaged wheel is refused" \
  eval 'cp "$DIR"/wheels/*.whl "$notes/" && sed -i s/hmac/HMAC/ "$DIR"/wheels/*.whl; fails 1 "" uv pip install gong-wire; cp "$notes"/*.whl "$DIR/wheels/"; holds ".packages == []"'

# --- the rollback, by hand

last=$(git log --all -1 --format=%P --diff-filter=D -- gong/client.py)
settings() {
  printf 'GONG_API_KEY=%s\nGONG_API_SECRET=%s\nGONG_API_BASE_URL=%s\nGONG_WEBHOOK_SECRET=%s\n' \
    "$GONG_ACCESS_KEY" "$GONG_JWT_SECRET" "$GONG_URL/v2" "$GONG_SIGNING_SECRET" >>.env
}
check "the commit is the one that the state names" holds ".repository.last_with_gong == \"$last\""
roll_back() { # COMMAND... that takes the old code
  settings
  "$@"
  uv pip install gong-wire
  nohup uv run python webhook_server.py >trial.log 2>&1 &
  says gong ./world wait-local
  git push -q origin rollback/gong-api
}
everything() { git checkout -q -b rollback/gong-api "$last"; }
some_files() {
  git checkout -q -b rollback/gong-api
  git checkout -q "$last" -- gong webhook_server.py flows/daily_gong_sync.py
  git rm -q flows/daily_bigquery_sync.py
  git commit -q -m "Take the API of Gong back"
}
ends() { # NAME of a run: what answers.json says is true
  local expression
  while IFS= read -r expression; do holds "$expression"; done < <(jq -r --arg name "$1" '.runs[] | select(.name == $name).end[]' "$here/answers.json")
}
check "rollback" roll_back everything
check "everything is as it was with Gong" ends whole
check "and calls are heard of again" eval './world call "At last" && holds ".webhooks[-1] == 200 and .calls.missing == []"'
check "the branch gone, main is deployed" \
  eval 'git push -q origin --delete rollback/gong-api && holds ".deployed.branch == \"main\" and .production.integration == \"bigquery\""'
check "the trial server stops" eval './world stop-local && holds ".local.running | not"'
check "reset" ./world reset
check "rollback of some files" roll_back some_files
check "everything is as it was with Gong" ends files
check "reset while the trial server runs" eval './world reset && holds ". == \$old"'
check "the trial server, by the world" eval 'settings && git checkout -q "$last" && uv pip install gong-wire && ./world start-local && says gong ./world wait-local'
./world reset
check "a release that does not start: the push succeeds, production is down" \
  eval 'echo "nonsense(" >>webhook_server.py && git commit -qam broken && fails 0 "did not come up" git push origin main && holds ".production.running | not"'

# --- the faults

fault() { # NAME WHAT-IS-SEEN COMMAND...
  ./world reset
  check "fault $1" ./world fault "$1"
  check "fault $1, planted twice" ./world fault "$1"
  check "    $2" "${@:3}"
}

fault key-refused "not valid" fails 1 "not valid: 401" ./world credentials
fault gong-down "no answer" fails 1 "not valid: 000" ./world credentials
fault variable-missing "it is not in env" eval '! grep GONG_ACCESS_KEY "$DIR/env"'
fault commit-elsewhere "the commit is no ancestor" fails 1 "" git merge-base --is-ancestor "$last" main
check "    but there" git cat-file -e "$last"
fault commit-gone "the commit cannot be checked out" fails 128 "" git checkout "$last"
check "    nor fetched" fails 128 "" git fetch origin "$last"
fault branch-taken "the branch is there" fails 128 "already exists" git checkout -b rollback/gong-api "$last"
fault remote-gone "nothing can be pushed" fails 128 "" git push origin main
fault wheel-gone "nothing to install" fails 1 "was not found" uv pip install gong-wire
fault untracked-in-the-way "checkout refuses" fails 1 "would be overwritten" git checkout "$last"
check "unknown fault" fails 2 "no fault is called" ./world fault weather
check "every fault is listed" eval '(($("$world" faults | wc -l) == 9))'
./world reset
check "after all faults the state is as it was" holds '. == $old'
check "and the package is there again" uv pip install --dry-run gong-wire

# --- another runbook

printf '# Rollback\n' >"$notes/Other.md"
check "up with a runbook" env -u BACKOUT_WORLD_DIR "$world" --dir "$other" up --runbook "$notes/Other.md"
check "break" "$world" --dir "$other" break
check "the runbook is there, unchanged and not in git's way" \
  eval 'cmp "$notes/Other.md" "$other/call-insights/Other.md" && [[ -z $(git -C "$other/call-insights" status --porcelain) ]]'
check "and bound under its name" grep -q '^  Other.md:' "$other/call-insights/backout.yaml"

# --- down

read -ra pids < <(cut -d' ' -f1 "$DIR"/run/*.pid "$other"/run/*.pid | xargs)
cd /
check "down" "$world" --dir "$DIR" down
check "down again" "$world" --dir "$DIR" down
check "down, the other" "$world" --dir "$other" down
check "nothing is left" eval '[[ ! -e $DIR && ! -e $other ]]'
check "no process either" all_ended "${pids[@]}"
finish
