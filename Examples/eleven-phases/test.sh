#!/usr/bin/env bash
# Tries this world: raises it, breaks every phase, rolls each back by hand as a person with the runbook would, plants every
# fault, and takes it down. Needs what the world needs; says what failed and exits 1. As root it runs in process ids of its
# own, so that a `killall` in it ends nothing else.
# shellcheck disable=SC2016 # what `eval` is given is expanded by it
set -euo pipefail

if ((EUID == 0)) && [[ -z ${WORLD_TEST_INSIDE:-} ]] && unshare --pid --fork --mount-proc true 2>/dev/null; then
  WORLD_TEST_INSIDE=1 exec unshare --pid --fork --mount-proc --kill-child "$0" "$@"
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
world=$here/world
DIR=$(mktemp -d "${TMPDIR:-/tmp}/backout-world-test.XXXXXXXX")
notes=$(mktemp -d)
trap 'cd / && "$world" --dir "$DIR" down; rm -rf "$notes"' EXIT
# shellcheck source=../lib/checks.sh
. "$here/../lib/checks.sh"

check "up" "$world" up --dir "$DIR"
check "up again says so" fails 0 "already" "$world" --dir "$DIR" up
check "up does not take a folder that holds something" fails 2 "not empty" "$world" --dir "$here" up
check "without an engine" fails 69 "no Docker engine answers" env DOCKER_HOST=unix:///nowhere "$world" --dir "$DIR-other" up
# shellcheck source=/dev/null
. "$DIR/env"
cd "$WORLD_CHECKOUT"
check "the monoliths work" holds '.works.tests and .works.analysis and .works.scoring and .modules == []'
check "fault before break is refused" fails 2 "nothing is broken" ./world fault committed
check "an unknown phase" fails 2 "usage" ./world break phase-12

# ends PHASE: does the world say what the answers promise?
of() { # NAME JQ: what answers.json has of a run of ROLLBACK.md
  jq -r --arg name "$1" ".runs[] | select(.runbook == \"ROLLBACK.md\" and .name == \$name) | $2" "$here/answers.json"
}
ends() { holds "$(of "$1" '.end[]')"; }

# rolled_back PHASE: the runbook's commands for it, as they stand there
rolled_back() {
  local commands
  commands=$(awk -v phase="${1#phase-}" '
    /^### / { within = $0 ~ ("^### Phase " phase ":") }
    within && /^```/ { code = !code; next }
    within && code' "$here/ROLLBACK.md" | sed 's/<archived-on>/20251118/')
  [[ -n $commands ]] && bash -eo pipefail -c "$commands"
}

for phase in phase-1-3 phase-4-5 phase-6 phase-7 phase-8 phase-9-10 phase-11; do
  check "break $phase" ./world break "$phase"
  cp "$(stable)" "$notes/broken"
  check "$phase does not end so by itself" eval '! ends "$phase"'
  check "$phase rolled back" rolled_back "$phase"
  check "$phase ends as it must" ends "$phase"
  check "reset" ./world reset
  check "$phase is broken as before" eval 'cmp "$(stable)" "$notes/broken"'
done

check "phase 11 again" ./world break phase-11
check "killall finds no process of that name" fails 1 "no process found" killall -9 run_unified_pipeline.py
check "and the pipeline runs on" holds '.["unified pipeline"]'
check "crontab knows this world's jobs only" says '0 * * * * python scripts/unified/run_unified_pipeline.py' crontab -l

today=backup_$(date +%Y%m%d).sql
./world break phase-7
check "pg_restore without --clean adds the backup to what is there" \
  eval '! pg_restore -d reddit_harbor "$today" && holds ".database.rows == 616"'

fault() { # NAME WHAT-IS-SEEN COMMAND...
  ./world reset
  check "fault $1" ./world fault "$1"
  check "fault $1, planted twice" ./world fault "$1"
  check "    $2" "${@:3}"
}

fault backup-missing "it is not there" fails 2 "" ls "$today"
fault backup-plain "pg_restore does not read it" fails 1 "text format" pg_restore -l "$today"
fault backup-truncated "it is not restored" eval '! pg_restore -f /dev/null "$today"'
fault backup-of-another "it has invoices" eval 'pg_restore -l "$today" | grep invoices'
fault backup-in-part "it has no opportunities" eval '! pg_restore -l "$today" | grep opportunities'
fault backup-old "40 are newer" holds '.database.distinct == 340'
fault committed "checkout brings nothing back" \
  eval 'git checkout -q HEAD -- scripts/ && grep -q UnifiedStorage scripts/core/batch_opportunity_scoring.py'
fault cron-empty "no crontab" eval '! crontab -l'
fault database-down "no answer" holds '.database.answers | not'
fault variable-missing "it is not in env" eval '! grep PGPASSWORD "$DIR/env"'
fault password-refused "it is refused" fails 2 "authentication failed" \
  bash -c '. "$1/env" && psql -d reddit_harbor -c "SELECT 1"' bash "$DIR"
fault disk-full-to-keep "two megabytes do not fit, or it was skipped" \
  eval '! mountpoint -q "$BACKOUT_HOME" || ! head -c 2000000 /dev/zero >"$BACKOUT_HOME/large"'
./world break phase-11
fault archive-missing "nothing to copy" fails 1 "" cp scripts/archive/monoliths_20251118/*.py scripts/core/
fault process-unnamed "killall is in the runbook" grep -q "^killall" ROLLBACK.md
fault process-gone "nothing is named so" fails 1 "" pgrep -x harbord
check "unknown fault" fails 2 "no fault is called" ./world fault weather
check "every fault is listed" eval '(($("$world" faults | wc -l) == 15))'
check "reset after all faults" eval './world reset && cmp "$(stable)" "$notes/broken"'

left_behind() { # PROJECT
  [[ ! -e $DIR ]] || ls -A "$DIR"
  docker ps -aq --filter "name=$1"
  docker images -q "$1/*"
  getent passwd "$1"
}

project=$(sed -n 's/^COMPOSE_PROJECT_NAME=//p' .env)
cd /
check "down" "$world" --dir "$DIR" down
check "down again" "$world" --dir "$DIR" down
check "nothing is left" says "" left_behind "$project"
finish
