#!/usr/bin/env bash
# Tries this world: raises it, breaks it, rolls it back by hand as a person with the runbook would, plants every fault,
# and takes it down. Needs what the world needs, and jq; says what failed and exits 1.
# shellcheck disable=SC2016 # what `eval` is given is expanded by it
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
world=$here/world
# Not $TMPDIR: the database runs as another user when this runs as root, and must be able to come in.
DIR=$(mktemp -d /tmp/backout-world-test.XXXXXXXX)
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
cd "$DIR/harbor"
check "everything is collected by hand" holds '.config.current_phase == "manual_only" and .submissions.manual == 40 and .submissions.missing == []'
check "fault before break is refused" fails 2 "nothing is broken" ./world fault reddit-down
check "break" ./world break
check "break again says so" fails 0 "already" ./world break
check "at 100 % the pipeline fails and nobody else collects" \
  holds '.config.current_phase == "100%" and .submissions.dlt == 6 and (.submissions.missing | length) == 10 and .logs["dlt_pipeline.log"].errors == 2'
check "monitor says so" fails 1 "phase 100%: 50 %" python scripts/dlt_traffic_cuttover.py --phase 100% --action monitor
check "the manual job is commented out" holds '[.crontab[] | select(startswith("# */10"))] | length == 1'
check "reset" ./world reset
check "clean checkout of main" holds '.repository.branch == "main" and .repository.dirty == []'
keep_state
check "the same state after every reset" eval '! ./world tick && ./world reset --home && holds ". == \$old"'
check "and quickly" quick 5000 ./world reset

# --- the parts

reddit=$(sed 's/^url=//' .venv/lib/python3*/site-packages/praw/praw.ini)
client=$(tr ' ' : <"$DIR/reddit/clients")
check "Reddit: unknown client" says 401 request -X POST -u other:other "$reddit/api/v1/access_token"
check "Reddit: no token" says 401 request "$reddit/r/opensource/new"
token=$(curl --noproxy '*' -sS -X POST -u "$client" "$reddit/api/v1/access_token" | jq -r .access_token)
check "Reddit: with a token" says 200 request -H "Authorization: Bearer $token" "$reddit/r/opensource/new?limit=2"
check "Reddit: two submissions" jq -e '.data.children | length == 2' "$notes/answer"
check "Reddit: who does not say who he is" says 429 request -H "Authorization: Bearer $token" -H 'User-Agent:' "$reddit/r/opensource/new"
check "crontab: nonsense is refused" fails 1 "can't install" eval 'echo "every minute" | crontab -'
check "crontab: and changes nothing" holds '. == $old'
check "crontab: no such table" fails 1 "no crontab for somebody-else" crontab -u somebody-else -l
check "crontab: an editor" env EDITOR='sed -i s/^#.[*]/*/' crontab -e
check "crontab: the job is back" eval 'crontab -l | grep -q "^\*/10.*collect_manual"'
check "crontab: nothing edited" fails 0 "No modification" env EDITOR=true crontab -e
check "crontab: removed" eval 'crontab -r && fails 1 "no crontab" crontab -l && holds ".crontab == null"'
check "the client is known" says known ./world client
check "one package of the machine, and praw of this world" .venv/bin/python -c 'import praw, psycopg2'
./world reset

# --- the rollback, by hand

ends() { # NAME of a run: what answers.json says is true
  local expression
  while IFS= read -r expression; do holds "$expression"; done < <(jq -r --arg name "$1" '.runs[] | select(.name == $name).end[]' "$here/answers.json")
}
roll_back() {
  python scripts/dlt_traffic_cuttover.py --action rollback
  python scripts/check_cutover_status.py >"$notes/status"
  crontab -l | sed 's/^#[# ]*\(.*collect_manual\)/\1/' | crontab -
  (
    # shellcheck source=/dev/null
    . .venv/bin/activate
    python scripts/collect_manual.py
  )
  echo "written down" >incident.md
}
check "rollback" roll_back
check "and its status" cmp "$notes/status" - <<<$'Current Phase: manual_only\nDLT Enabled: ✗\nManual Enabled: ✓'
check "everything is collected by hand again" ends whole
check "and goes on being collected" eval './world submit && ./world tick && holds ".submissions.total == 80 and .submissions.missing == []"'
./world reset
check "rollback of the phase alone: nobody collects" \
  eval 'python scripts/dlt_traffic_cuttover.py --action rollback && ./world tick && holds "(.submissions.missing | length) == 10"'
check "reset" ./world reset
check "gives every row back" holds '. == $old'

# --- the faults

fault() { # NAME WHAT-IS-SEEN COMMAND...
  ./world reset
  check "fault $1" ./world fault "$1"
  check "fault $1, planted twice" ./world fault "$1"
  check "    $2" "${@:3}"
}

collects() { python scripts/dlt_traffic_cuttover.py --action rollback && .venv/bin/python scripts/collect_manual.py; }
fault database-down "no answer" holds '.database == "no answer"'
check "    nothing is collected" fails 1 "" collects
check "    and the log says why" grep -q 'manual: ERROR OperationalError' error_log/dlt_traffic_cuttover.log
fault client-refused "the client is not known" fails 1 "not known: 401" ./world client
check "    nothing is collected" fails 1 "" collects
check "    and the log says why" grep -q 'manual: ERROR RedditError: received 401' error_log/dlt_traffic_cuttover.log
fault reddit-down "no answer" fails 1 "not known: 000" ./world client
check "    nothing is collected" fails 1 "" collects
fault cron-entry-gone "there is nothing to take the comment from" holds '.crontab | length == 2'
fault crontab-gone "no crontab" fails 1 "no crontab" crontab -l
fault config-gone "no status" fails 1 "FileNotFoundError" python scripts/check_cutover_status.py
fault script-gone "nothing to return the traffic with" fails 2 "No such file" python scripts/dlt_traffic_cuttover.py --action rollback
fault table-gone "nothing is collected" fails 1 "" collects
check "    all or nothing" holds '.tables == ["submissions"]'
check "unknown fault" fails 2 "no fault is called" ./world fault weather
check "every fault is listed" eval '(($("$world" faults | wc -l) == 8))'
./world reset
check "after all faults the state is as it was" holds '. == $old'

# --- another runbook

printf '# Rollback\n' >"$notes/Other.md"
check "up with a runbook" env -u BACKOUT_WORLD_DIR WORLD_FAST=1 "$world" --dir "$other" up --runbook "$notes/Other.md"
check "break" "$world" --dir "$other" break
check "the runbook is there, unchanged and not in git's way" \
  eval 'cmp "$notes/Other.md" "$other/harbor/Other.md" && [[ -z $(git -C "$other/harbor" status --porcelain) ]]'
check "and bound under its name" grep -q '^  Other.md:' "$other/harbor/backout.yaml"

# --- down

read -ra pids < <(cut -d' ' -f1 "$DIR"/run/*.pid "$other"/run/*.pid | xargs)
for dir in "$DIR" "$other"; do pids+=("$(head -n 1 "$dir/pg/data/postmaster.pid")"); done
cd /
check "down" "$world" --dir "$DIR" down
check "down again" "$world" --dir "$DIR" down
check "down, the other" "$world" --dir "$other" down
check "nothing is left" eval '[[ ! -e $DIR && ! -e $other ]]'
check "no process either" all_ended "${pids[@]}"
finish
