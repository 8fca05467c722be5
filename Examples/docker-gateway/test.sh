#!/usr/bin/env bash
# Tries this world: raises it, breaks it, rolls each scenario back by hand as a person with the runbook would, plants every
# fault, and takes it down. Needs what the world needs; says what failed and exits 1.
# shellcheck disable=SC2016 # what `eval` is given is expanded by it
set -euo pipefail

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
check "0.4.0 runs at revision 0003" \
  holds '.health == {status: 200, body: {status: "ok", version: "0.4.0", revision: "0003"}} and .github_actions.status == 404'
check "fault before break is refused" fails 2 "nothing is broken" ./world fault gateway-down
check "break" ./world break
check "0.5.0 stores nothing at revision 0005" \
  holds '.health.status == 503 and .health.body.revision == "0005" and .containers.gateway.health == "unhealthy"'
check "break integration" ./world break integration
check "0.5.0 works at revision 0004" holds '.health.status == 200 and .database.revision == ["0004"] and .github_actions.status == 200'
check "most runs of today do not fit" grep -q '"github_actions 500": 6' "$DIR/log/traffic.log"

# ends SCENARIO: does the world say what the answers promise?
of() { # NAME JQ: what answers.json has of a run of ROLLBACK.md
  jq -r --arg name "$1" ".runs[] | select(.runbook == \"ROLLBACK.md\" and .name == \$name) | $2" "$here/answers.json"
}
ends() { holds "$(of "$1" '.end[]')"; }

answers() { # STATUS PATH, within 20 seconds
  local turn
  for ((turn = 0; turn < 100; turn++)); do
    [[ $(curl --noproxy '*' -s -o /dev/null -w '%{http_code}' "$GATEWAY_URL$2") != "$1" ]] || return 0
    sleep 0.2
  done
  return 1
}

# rolled_back SCENARIO: the runbook's commands for it, as they stand there, but for its looking
rolled_back() {
  local commands
  commands=$(awk -v name="${1/-/ }" '
    /^### / { within = tolower($0) ~ ("^### " name ":") }
    within && /^```/ { code = !code; next }
    within && code && !/^curl/' "$here/ROLLBACK.md")
  [[ -n $commands ]] && bash -eo pipefail -c "$commands" && answers 200 /health
}

for scenario in scenario-a scenario-b scenario-c scenario-d; do
  check "break for $scenario" ./world break "$(of "$scenario" .break)"
  cp "$(stable)" "$notes/broken"
  check "$scenario does not end so by itself" eval '! ends "$scenario"'
  check "$scenario rolled back" rolled_back "$scenario"
  check "$scenario ends as it must" ends "$scenario"
  check "reset" ./world reset
  check "$scenario: broken as before" eval 'cmp "$(stable)" "$notes/broken"'
done

./world break integration
check "a variable and a restart switch nothing off" \
  eval 'INTEGRATIONS_GITHUB_ACTIONS_ENABLED=false docker compose restart gateway && answers 200 /health && answers 200 /webhooks/github_actions'
check "the release before" eval 'VERSION=0.4.0 docker compose up -d && answers 200 /health && holds ".health.body.version == \"0.4.0\""'
check "does not know the way back" eval '! docker compose exec -T gateway alembic downgrade -1 && holds ".database.revision == [\"0004\"]"'
check "and is gone with the next shell" eval 'docker compose up -d && answers 200 /health && holds ".health.body.version == \"0.5.0\""'

fault() { # NAME WHAT-IS-SEEN COMMAND...
  ./world reset
  check "fault $1" ./world fault "$1"
  check "fault $1, planted twice" ./world fault "$1"
  check "    $2" "${@:3}"
}

./world break release
fault backup-missing "it is not there" holds '.backup == null'
fault backup-truncated "it ends in the middle" eval '! tail -n 5 backup_v0.4.0.sql | grep "database dump complete"'
fault backup-of-another "it has no deliveries" eval '! grep deliveries backup_v0.4.0.sql && grep "database dump complete" backup_v0.4.0.sql'
fault image-missing "its tag is unknown" holds '.images | has("gateway:0.4.0") | not'
fault migration-irreversible "it refuses" fails 1 "cannot be taken back" docker compose exec -T gateway alembic downgrade -1
fault null-rows "it is refused" fails 1 "contains null values" docker compose exec -T gateway alembic downgrade -1
fault wrong-order "the code goes back first" eval 'awk "/^### Scenario C/,/^### Scenario D/" ROLLBACK.md | grep -A 1 "^# 1" | grep "git checkout"'
fault tag-missing "git does not know it" fails 1 "did not match" git checkout v0.4.0
fault database-down "no answer" holds '(.database.answers | not) and (.containers.db.running | not)'
fault gateway-down "nothing is executed in it" eval '! docker compose exec -T gateway alembic current'
fault variable-missing "it is not in .env" holds '.settings.names | index("POSTGRES_PASSWORD") == null'
fault disk-full-to-keep "two megabytes do not fit, or it was skipped" \
  eval '! mountpoint -q "$BACKOUT_HOME" || ! head -c 2000000 /dev/zero >"$BACKOUT_HOME/large"'
check "unknown fault" fails 2 "no fault is called" ./world fault weather
check "every fault is listed" eval '(($("$world" faults | wc -l) == 12))'
check "reset after all faults" eval './world reset && cmp "$(stable)" "$notes/broken"'

left_behind() { # PROJECT
  [[ ! -e $DIR ]] || ls -A "$DIR"
  docker ps -aq --filter "name=$1"
  docker images -q "$1/*"
  docker images -q --filter "label=backout.world=$1"
  docker volume ls -q --filter "name=$1"
  docker network ls -q --filter "name=$1"
}

project=$(sed -n 's/^COMPOSE_PROJECT_NAME=//p' .env)
cd /
check "down" "$world" --dir "$DIR" down
check "down again" "$world" --dir "$DIR" down
check "nothing is left" says "" left_behind "$project"
finish
