# shellcheck shell=bash
# One fault each, planted on a broken world. `world reset` takes it away.

list_faults() {
  cat <<'EOF'
backup-missing      today's backup is not there
backup-plain        the backup is plain SQL, which pg_restore does not read
backup-truncated    the backup ends in the middle
backup-of-another   the backup is a good one, of another database
backup-in-part      the backup has the submissions only
backup-old          the backup is of 20 days ago: 40 opportunities are newer
committed           what broke the phase is committed: `git checkout HEAD --` brings it back
archive-missing     the archived monoliths are gone
cron-empty          there is no crontab at all
database-down       PostgreSQL is stopped
variable-missing    PGPASSWORD is gone from DIR/env
password-refused    PGPASSWORD in DIR/env is an old one
process-unnamed     the runbook kills by the script's name, and the process is named python
process-gone        the runbook kills by a name that no process has
disk-full-to-keep   DIR/home is a file system of 1 MB (as root, where mount works)
EOF
}

# What `reset` does not put back by itself.
mend() {
  if mountpoint -q "$WORLD_DIR/home"; then umount "$WORLD_DIR/home" 2>/dev/null || umount -l "$WORLD_DIR/home"; fi
  if [[ -f $WORLD_DIR/kept/env ]]; then mv -f "$WORLD_DIR/kept/env" "$WORLD_DIR/env"; fi
}

# Another way to end the pipeline in the runbook.
instead_of_kill() { # COMMAND
  sed "s|^kill .*|$1|" "$CHECKOUT/ROLLBACK.md" | replace "$CHECKOUT/ROLLBACK.md"
}

plant() { # NAME
  local backup
  backup=$CHECKOUT/backup_$(date +%Y%m%d).sql
  case $1 in
    backup-missing) rm -f "$backup" ;;
    backup-plain) harbor pg_restore -f "$backup" "$WORLD_DIR/kept/backup" ;;
    backup-truncated) truncate -s $(($(stat -c %s "$backup") / 2)) "$backup" ;;
    backup-of-another)
      harbor createdb invoices 2>/dev/null || true
      harbor psql -X -q -d invoices -c 'CREATE TABLE IF NOT EXISTS invoices (id integer PRIMARY KEY, amount numeric)'
      harbor pg_dump -Fc -f "$backup" invoices
      ;;
    backup-in-part) harbor pg_dump -Fc -t submissions -f "$backup" reddit_harbor ;;
    backup-old)
      touch -d '20 days ago' "$backup"
      harbor psql -X -q -d reddit_harbor -c "INSERT INTO opportunities_unified (submission_id, score)
        SELECT id, 50 FROM submissions WHERE id BETWEEN 't3_0301' AND 't3_0340' EXCEPT
        SELECT submission_id, score FROM opportunities_unified"
      ;;
    committed)
      git -C "$CHECKOUT" diff --quiet HEAD && [[ -z $(git -C "$CHECKOUT" status --porcelain) ]] ||
        commit "$CHECKOUT" 2025-11-19T09:00:00Z "Work in progress"
      ;;
    archive-missing) rm -rf "$CHECKOUT"/scripts/archive/monoliths_* ;;
    cron-empty) "$WORLD_DIR/bin/crontab" -r 2>/dev/null || true ;;
    database-down) stop_postgres fast ;;
    variable-missing)
      if [[ ! -f $WORLD_DIR/kept/env ]]; then cp -p "$WORLD_DIR/env" "$WORLD_DIR/kept/env"; fi
      sed "s/ PGPASSWORD='[^']*'//" "$WORLD_DIR/kept/env" | replace "$WORLD_DIR/env"
      ;;
    password-refused)
      if [[ ! -f $WORLD_DIR/kept/env ]]; then cp -p "$WORLD_DIR/env" "$WORLD_DIR/kept/env"; fi
      sed "s/ PGPASSWORD='[^']*'/ PGPASSWORD='of last year'/" "$WORLD_DIR/kept/env" | replace "$WORLD_DIR/env"
      ;;
    process-unnamed) instead_of_kill 'killall -9 run_unified_pipeline.py' ;;
    process-gone) instead_of_kill 'pkill -x harbord' ;;
    disk-full-to-keep)
      if mountpoint -q "$WORLD_DIR/home"; then return 0; fi
      if ((EUID != 0)) || ! mount -t tmpfs -o size=1m,mode=0700 tmpfs "$WORLD_DIR/home" 2>/dev/null; then
        say "skipped: a file system cannot be mounted here"
      fi
      ;;
    *) die 2 "no fault is called '$1'; 'world faults' lists them" ;;
  esac
}
