# shellcheck shell=bash
# One fault each, planted on a broken world. `world reset` takes it away.

list_faults() {
  cat <<'EOF'
backup-missing         backup_v0.4.0.sql is not there
backup-truncated       the backup ends in the middle of a table
backup-of-another      the backup is a good one, of another database
image-missing          the image of release 0.4.0 is gone
migration-irreversible migration 0005 has no way back
null-rows              the way back of migration 0005 needs a value where rows have none
wrong-order            the runbook's scenario C takes the code back before the schema
tag-missing            the tag v0.4.0 is unknown
database-down          the database's container is stopped
gateway-down           the gateway's container is stopped: nothing can be executed in it
variable-missing       POSTGRES_PASSWORD is gone from .env
disk-full-to-keep      DIR/home is a file system of 1 MB (as root, where mount works)
EOF
}

# What `reset` does not put back by itself.
mend() {
  if mountpoint -q "$WORLD_DIR/home"; then umount "$WORLD_DIR/home" 2>/dev/null || umount -l "$WORLD_DIR/home"; fi
}

stop_service() { # SERVICE
  docker ps -q --filter "label=com.docker.compose.project=$PROJECT" --filter "label=com.docker.compose.service=$1" |
    xargs -r docker stop -t 5 >/dev/null
}

# The image runs already; only its file changes, as somebody's edit in the container would.
change_downgrade() { # STATEMENT of 0005's downgrade
  local container
  container=$(running_container gateway)
  sed '/^def downgrade/,$d' "$CHECKOUT/alembic/versions/0005_require_signature.py" >"$WORLD_DIR/run/0005"
  printf 'def downgrade():\n    %s\n' "$1" >>"$WORLD_DIR/run/0005"
  docker cp "$WORLD_DIR/run/0005" "${container%% *}:/app/alembic/versions/0005_require_signature.py" >/dev/null
  rm -f "$WORLD_DIR/kept/$(cat "$WORLD_DIR/run/broken")/containers" # so that `reset` makes a new container
}

plant() { # NAME
  local backup=$CHECKOUT/backup_v0.4.0.sql
  case $1 in
    backup-missing) rm -f "$backup" ;;
    backup-truncated) truncate -s $(($(stat -c %s "$backup") / 2)) "$backup" ;;
    backup-of-another)
      PGPASSWORD=$POSTGRES_PASSWORD "$PGBIN/pg_dump" -h 127.0.0.1 -p "$DB_PORT" -U postgres -O kept_up -t integrations |
        sed 's/integrations/invoices/g' | replace "$backup"
      ;;
    image-missing) docker rmi -f "$PROJECT/gateway:0.4.0" >/dev/null 2>&1 || true ;;
    migration-irreversible) change_downgrade 'raise NotImplementedError("0005 cannot be taken back")' ;;
    null-rows)
      sql gateway <<<'ALTER TABLE deliveries ADD COLUMN IF NOT EXISTS checksum text;'
      change_downgrade 'op.execute("ALTER TABLE deliveries ALTER COLUMN checksum SET NOT NULL")'
      ;;
    wrong-order)
      sed '/^### Scenario C/,/^### Scenario D/{
        s/^docker compose exec .* downgrade 0003$/git checkout v0.4.0/; t
        s/^git checkout v0.4.0$/docker compose up -d/; t
        s/^docker compose up -d$/docker compose exec -T gateway alembic downgrade 0003/
      }' "$WORLD_HOME/ROLLBACK.md" | replace "$CHECKOUT/ROLLBACK.md"
      # A change that is not committed would itself stand in git's way.
      if ! GIT diff --quiet -- ROLLBACK.md; then GIT commit -q -m "Scenario C: the release first" -- ROLLBACK.md; fi
      ;;
    tag-missing) if GIT rev-parse -q --verify v0.4.0 >/dev/null; then GIT tag -d v0.4.0 >/dev/null; fi ;;
    database-down) stop_service db ;;
    gateway-down) stop_service gateway ;;
    variable-missing) sed -i '/^POSTGRES_PASSWORD=/d' "$CHECKOUT/.env" ;;
    disk-full-to-keep)
      if mountpoint -q "$WORLD_DIR/home"; then return 0; fi
      if ((EUID != 0)) || ! mount -t tmpfs -o size=1m,mode=0700 tmpfs "$WORLD_DIR/home" 2>/dev/null; then
        say "skipped: a file system cannot be mounted here"
      fi
      ;;
    *) die 2 "no fault is called '$1'; 'world faults' lists them" ;;
  esac
}
