# shellcheck shell=bash
# The code, phase by phase. What a phase is broken with is not committed yet, but for phase 11, which is in production.

# The git of the person at the keyboard must not show in this world.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_TERMINAL_PROMPT=0
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX

PHASES=(phase-1-3 phase-4-5 phase-6 phase-7 phase-8 phase-9-10 phase-11)
ARCHIVED=20251118 # the day on which the monoliths were put away

commit() { # FOLDER TIME MESSAGE
  git -C "$1" add -A
  GIT_AUTHOR_DATE=$2 GIT_COMMITTER_DATE=$2 git -C "$1" commit -q -m "$3"
}

name_author() { # FOLDER
  cat >>"$1/.git/config" <<'EOF'
[user]
	name = Reddit Harbor
	email = harbor@example.org
[gc]
	auto = 0
EOF
}

bindings() { # prints the backout.yaml of this world
  local template=$WORLD_HOME/backout.yaml
  if [[ -n $RUNBOOK ]]; then template=$WORLD_HOME/seed.backout.yaml; fi
  sed -e "s|^  002_8284398ad6aa019b\.txt:|  ${RUNBOOK:-ROLLBACK.md}:|" "$template"
}

# Lays what PHASE adds over FOLDER.
add_phase() { # PHASE FOLDER
  cp -R "$WORLD_HOME/releases/$1/." "$2/"
  case $1 in
    phase-9-10) make_rootfs "$2/runtime/rootfs" ;;
    phase-11)
      mkdir -p "$2/scripts/archive/monoliths_$ARCHIVED"
      cp "$WORLD_HOME"/releases/monoliths/scripts/{core,dlt}/*.py "$2/scripts/archive/monoliths_$ARCHIVED/"
      ;;
  esac
}

# What went wrong in PHASE.
break_phase() { # PHASE FOLDER
  case $1 in
    phase-1-3) sed -i '1i from core.quality_filters.language import is_english' "$2/core/agents/scoring_agent.py" ;;
    phase-4-5) sed -i 's/SELECT id, title, body/SELECT id, headline, body/' "$2/core/fetchers/database_fetcher.py" ;;
    phase-6) sed -i 's/score(f"{title} {body}")/score(body)/' "$2/core/enrichment/ai_service.py" ;;
    phase-7) sed -i 's/ ON CONFLICT DO NOTHING//' "$2/core/storage/unified_storage.py" ;;
    phase-8) sed -i 's/self\.SCRIPTS/self.STEPS/' "$2/core/pipeline/orchestrator.py" ;;
    phase-9-10) sed -i 's/SELECT submission_id, score/SELECT id, score/' "$2/api/server.py" ;;
    phase-11) sed -i 's/^    SCRIPTS = .*/    SCRIPTS = ()/' "$2/core/pipeline/orchestrator.py" ;;
  esac
}

# A folder for each phase, as the team that broke it left it: DIR/kept/PHASE.
make_phases() {
  local phase kept=$WORLD_DIR/kept day=1 folder=$WORLD_DIR/developer
  mkdir -p "$folder"
  git init -q -b main "$folder"
  name_author "$folder"
  cp -R "$WORLD_HOME/releases/monoliths/." "$folder/"
  cp "$WORLD_HOME/ROLLBACK.md" "$folder/"
  bindings >"$folder/backout.yaml"
  commit "$folder" 2025-11-01T09:00:00Z "Monoliths"
  cp -a "$folder" "$kept/up"
  for phase in "${PHASES[@]}"; do
    cp -a "$folder" "$kept/$phase"
    add_phase "$phase" "$kept/$phase"
    break_phase "$phase" "$kept/$phase"
    day=$((day + 2))
    add_phase "$phase" "$folder"
    commit "$folder" "2025-11-$(printf %02d "$day")T09:00:00Z" "Refactoring, ${phase/-/ }"
  done
  commit "$kept/phase-11" 2025-11-18T09:00:00Z "Production runs the unified pipeline"
  for phase in up "${PHASES[@]}"; do finish_checkout "$kept/$phase"; done
}

finish_checkout() { # FOLDER
  printf '%s\n' /world /backout.lock ${RUNBOOK:+"/$RUNBOOK"} >>"$1/.git/info/exclude"
  printf '#!/bin/sh\nexec %q --dir %q "$@"\n' "$WORLD_HOME/world" "$WORLD_DIR" >"$1/world"
  chmod +x "$1/world"
  if [[ -n $RUNBOOK ]]; then cp -p "$WORLD_DIR/run/runbook" "$1/$RUNBOOK"; fi
  printf 'COMPOSE_PROJECT_NAME=%s\n' "$PROJECT" >"$1/.env"
  mkdir "$1/logs" "$1/run"
}

# The folder itself stays: somebody may be standing in it, and a container has mounted it.
restore_files() { # PHASE
  mkdir -p "$CHECKOUT"
  find "$CHECKOUT" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  cp -a "$WORLD_DIR/kept/$1/." "$CHECKOUT/"
  cp -p "$WORLD_DIR/kept/backup" "$CHECKOUT/backup_$(date +%Y%m%d).sql"
  rm -f "$WORLD_DIR/mail"/*.eml
  git -C "$CHECKOUT" update-index -q --refresh || true
}
