# shellcheck shell=bash
# What runs and what is stored: the database, containers, the unified pipeline, cron.

# --- the database

make_database() {
  admin_sql postgres <<EOF
CREATE ROLE harbor LOGIN CREATEDB PASSWORD '$DB_PASSWORD';
CREATE DATABASE reddit_harbor OWNER harbor;
EOF
  harbor psql -X -q -v ON_ERROR_STOP=1 -d reddit_harbor -f "$WORLD_HOME/lib/submissions.sql"
  harbor pg_dump -Fc -f "$WORLD_DIR/kept/backup" reddit_harbor
  admin_sql postgres <<<'CREATE DATABASE kept_up TEMPLATE reddit_harbor OWNER harbor;'
  # Phase 7 took the constraint away and stored some twice.
  harbor psql -X -q -v ON_ERROR_STOP=1 -d reddit_harbor <<'EOF'
ALTER TABLE opportunities_unified DROP CONSTRAINT opportunities_one_each;
INSERT INTO opportunities_unified
SELECT submission_id, score, trust, '2025-11-13 06:00Z' FROM opportunities_unified WHERE score % 20 = 0;
UPDATE opportunities_unified SET trust = NULL WHERE score % 7 = 0;
EOF
  admin_sql postgres <<<'CREATE DATABASE kept_7 TEMPLATE reddit_harbor OWNER harbor;'
}

harbor() { # PROGRAM WORD...: of PostgreSQL, as the service's role
  PGHOST=127.0.0.1 PGPORT=$PG_PORT PGUSER=harbor PGPASSWORD=$DB_PASSWORD "$PGBIN/$1" "${@:2}"
}

restore_database() { # PHASE
  local kept=kept_up
  if [[ $1 == phase-7 ]]; then kept=kept_7; fi
  admin_sql postgres <<EOF
DROP DATABASE IF EXISTS reddit_harbor WITH (FORCE);
CREATE DATABASE reddit_harbor TEMPLATE $kept OWNER harbor;
EOF
}

# --- cron: of a user of this world's own, where root may make one; else a file

make_cron() {
  CRON_USER=''
  if ((EUID == 0)) && [[ -x /usr/bin/crontab ]] && useradd -M -N -s /usr/sbin/nologin "$PROJECT" 2>/dev/null; then
    CRON_USER=$PROJECT
    printf '#!/bin/sh\nexec /usr/bin/crontab -u %s "$@"\n' "$CRON_USER" >"$WORLD_DIR/bin/crontab"
  else
    # crontab FILE, -, -l, -r: on a file
    cat >"$WORLD_DIR/bin/crontab" <<EOF
#!/bin/sh
tab=$(printf %q "$WORLD_DIR/run/crontab")
case \${1:--} in
  -l) [ -f "\$tab" ] || { echo 'no crontab for this world' >&2; exit 1; }; exec cat "\$tab" ;;
  -r) exec rm "\$tab" ;;
  -*[!-]*) echo 'crontab: FILE, -, -l or -r' >&2; exit 2 ;;
  -) cat >"\$tab.new" ;;
  *) cat "\$1" >"\$tab.new" || exit 1 ;;
esac && mv "\$tab.new" "\$tab"
EOF
  fi
  chmod +x "$WORLD_DIR/bin/crontab"
}

restore_cron() { # PHASE
  if [[ $1 == phase-11 ]]; then
    say '0 * * * * python scripts/unified/run_unified_pipeline.py'
  else
    say '0 2 * * * python scripts/core/batch_opportunity_scoring.py'
    say '30 2 * * * python scripts/dlt/dlt_trust_pipeline.py'
  fi | "$WORLD_DIR/bin/crontab" -
}

remove_cron() {
  if [[ -n ${CRON_USER:-} ]]; then
    /usr/bin/crontab -u "$CRON_USER" -r 2>/dev/null || true
    userdel "$CRON_USER" 2>/dev/null || true
  fi
}

# --- containers and the unified pipeline

in_checkout() { (cd "$CHECKOUT" && set -a && . "$WORLD_DIR/env" && "$@"); }

end_pipeline() {
  local process
  end_process unified
  find_scripts | while read -r process; do kill -KILL "$process" 2>/dev/null || true; done
}

# Ids of processes that a rollback left in the background: scripts of the checkout, standing in it.
find_scripts() {
  local process words
  for process in /proc/[0-9]*; do
    if [[ $(readlink "$process/cwd") == "$CHECKOUT" ]]; then
      mapfile -d '' -t words <"$process/cmdline"
      if [[ ${words[0]##*/} == python* && " ${words[*]:1}" == *" scripts/"* ]]; then printf '%s\n' "${process#/proc/}"; fi
    fi
  done 2>/dev/null || true
}

restore_running() { # PHASE
  local wanted=''
  case $1 in phase-9-10) wanted=api ;; phase-11) wanted=unified ;; esac
  if [[ $wanted != api && -n $(running_container api) ]] || [[ $wanted != unified && -n $(running_container unified) ]]; then
    project_containers | xargs -r docker rm -f >/dev/null
  fi
  if [[ $wanted == api && -z $(running_container api) ]]; then
    in_checkout compose up -d || die 1 "the API did not start: $(tail -n 5 "$WORLD_DIR/log/compose.log")"
  elif [[ $wanted == api ]]; then
    project_containers | xargs -r docker restart -t 1 >/dev/null # it has the code of before in its memory
  fi
  if [[ $wanted == unified ]]; then
    if [[ -z $(running_container unified) ]]; then
      in_checkout compose -f docker-compose.prod.yml up -d ||
        die 1 "the unified pipeline did not start: $(tail -n 5 "$WORLD_DIR/log/compose.log")"
    fi
    in_checkout spawn unified "$CHECKOUT" "$PYTHON" -s scripts/unified/run_unified_pipeline.py --serve --pid-file run/unified.pid
  fi
}

build_runtime() {
  local folder=$WORLD_DIR/developer/runtime
  (
    close_other_files
    DOCKER_BUILDKIT=0 exec docker build -q --label "backout.world=$PROJECT" -t "$PROJECT/runtime:1" "$folder" \
      >>"$WORLD_DIR/log/build.log" 2>&1
  ) || die 1 "the image was not built: $(tail -n 10 "$WORLD_DIR/log/build.log")"
}
