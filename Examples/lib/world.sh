# shellcheck shell=bash
# The course of every command of a world. The world that sources this says what is its own:
#
#   TEAM, CHECKOUT, SEED         who commits; the folder of the checkout; the runbook's name in seed.backout.yaml
#   FACTS=(NAME ...)             variables to remember beside RUNBOOK and PYTHON
#   usage, raise_world, break_world, restore_world, end_world, state, world_command
#
# Needs ../call-sid-webhook/lib/common.sh and git.sh.

# Debian's python3 first: one of a version manager may lack a module. Sets PYTHON.
choose_python() { # MODULE PACKAGE
  for PYTHON in /usr/bin/python3 "$(command -v python3 || true)"; do
    if [[ -x $PYTHON ]] && "$PYTHON" -s -c "import $1, venv" 2>/dev/null; then return 0; fi
  done
  die 1 "no python3 with $1 was found (Debian: apt-get install $2)"
}

secret() { "$PYTHON" -S -E -c 'import os, sys; print(sys.argv[1] + os.urandom(20).hex())' "$1"; } # PREFIX

write_facts() {
  local name
  for name in RUNBOOK PYTHON "${FACTS[@]}"; do
    printf '%s=%q\n' "$name" "${!name}"
  done >"$WORLD_DIR/run/facts"
}

write_env() { # more lines on stdin
  {
    printf 'export BACKOUT_WORLD_DIR=%q\nexport BACKOUT_HOME=%q\n' "$WORLD_DIR" "$WORLD_DIR/home"
    printf 'export WORLD_CHECKOUT=%q WORLD_RUNBOOK=%q\n' "$WORLD_DIR/$CHECKOUT" "${RUNBOOK:-ROLLBACK.md}"
    printf 'export PATH=%q:"$PATH"\n' "$WORLD_DIR/bin"
    cat
  } >"$WORLD_DIR/env"
}

# What the world starts knows nothing of the shell that it was started from.
plain() { # COMMAND...
  env -i PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PYTHONNOUSERSITE=1 "$@"
}

# --- the checkout

# Prints the bindings of the runbook that `up --runbook` named, else of the world's own, with @NAME@ filled in.
bindings() { # NAME...
  local template=$WORLD_HOME/backout.yaml script='' name
  if [[ -n $RUNBOOK ]]; then template=$WORLD_HOME/seed.backout.yaml; fi
  for name in "$@"; do script+="s|@$name@|${!name}|g;"; done
  sed -e "$script" -e "s|^  $SEED:|  ${RUNBOOK:-ROLLBACK.md}:|" "$template"
}

make_checkout() {
  local checkout=$WORLD_DIR/$CHECKOUT
  git clone -q --no-hardlinks "$WORLD_DIR/remote.git" "$checkout"
  name_author "$checkout" "$TEAM" team@example.org
  printf '%s\n' /world /backout.lock ${RUNBOOK:+"/$RUNBOOK"} >>"$checkout/.git/info/exclude"
  printf '#!/bin/sh\nexec %q --dir %q "$@"\n' "$WORLD_HOME/world" "$WORLD_DIR" >"$checkout/world"
  chmod +x "$checkout/world"
  if [[ -n $RUNBOOK ]]; then cp -p "$WORLD_DIR/run/runbook" "$checkout/$RUNBOOK"; fi
}

# Keeps what `reset` puts back.
keep_files() { # NAME...
  local name
  rm -rf "$WORLD_DIR/kept"
  mkdir "$WORLD_DIR/kept"
  for name in "$@"; do cp -a "$WORLD_DIR/$name" "$WORLD_DIR/kept/"; done
}

# The folders themselves stay: somebody may be standing in them.
restore_files() {
  local kept name
  for kept in "$WORLD_DIR"/kept/*; do
    name=${kept##*/}
    if [[ -d $kept ]]; then
      mkdir -p "$WORLD_DIR/$name"
      find "$WORLD_DIR/$name" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
      cp -a "$kept/." "$WORLD_DIR/$name/"
    else
      cp -p "$kept" "$WORLD_DIR/$name"
    fi
  done
  git -C "$WORLD_DIR/$CHECKOUT" update-index -q --refresh || true
}

# --- the commands

up() {
  local runbook=''
  while (($# > 0)); do
    case $1 in
      --runbook) runbook=$(readlink -e -- "${2:-}") || die 2 "no such file: ${2:-}" && shift 2 ;;
      *) usage >&2 && exit 2 ;;
    esac
  done
  if [[ -n $WORLD_DIR && -f $WORLD_DIR/run/up ]]; then
    say "$WORLD_DIR"
    say "The world is up already."
    return 0
  fi
  if [[ -z $WORLD_DIR ]]; then WORLD_DIR=$(mktemp -d "${TMPDIR:-/tmp}/backout-world.XXXXXXXX"); fi
  mkdir -p "$WORLD_DIR"
  [[ -z $(ls -A "$WORLD_DIR") ]] || die 2 "$WORLD_DIR is not empty"
  # Root's database runs as another user, who must be able to come in.
  if ((EUID == 0)); then chmod 0711 "$WORLD_DIR"; else chmod 0700 "$WORLD_DIR"; fi
  umask 077
  : >"$WORLD_DIR/.backout-world"
  trap 'failed_up' EXIT
  mkdir "$WORLD_DIR"/{run,log,bin,home}
  lock_world
  RUNBOOK=''
  if [[ -n $runbook ]]; then
    RUNBOOK=${runbook##*/}
    [[ $RUNBOOK =~ ^[A-Za-z0-9._-]+$ ]] || die 2 "a runbook's name may hold letters, digits, dots, _ and - only"
    cp -p "$runbook" "$WORLD_DIR/run/runbook"
  fi
  raise_world
  : >"$WORLD_DIR/run/up"
  trap - EXIT
  say "$WORLD_DIR"
  say "The world is up. Go on with:"
  say "  . $(printf %q "$WORLD_DIR/env")"
  say "  cd \"\$BACKOUT_WORLD_DIR/$CHECKOUT\""
  say "  ./world break"
}

failed_up() {
  local status=$?
  end_world
  printf 'world: not raised; what was written is in %s\n' "$WORLD_DIR" >&2
  exit $((status == 0 ? 1 : status))
}

break_it() {
  need_world
  lock_world
  if [[ -f $WORLD_DIR/run/broken ]]; then
    say "The world is broken already; 'world reset' brings that state back."
    return 0
  fi
  [[ -f $WORLD_DIR/run/up ]] || die 1 "'world up' did not finish"
  break_world
  : >"$WORLD_DIR/run/broken"
}

reset() {
  local keep_home=yes
  if [[ ${1:-} == --home ]]; then keep_home=no && shift; fi
  (($# == 0)) || { usage >&2 && exit 2; }
  need_broken
  lock_world
  if [[ $keep_home == no ]]; then find "$WORLD_DIR/home" -mindepth 1 -maxdepth 1 -exec rm -rf {} +; fi
  restore_world
}

down() {
  if [[ -z $WORLD_DIR ]]; then die 2 "which world? say --dir DIR or set BACKOUT_WORLD_DIR"; fi
  if [[ ! -e $WORLD_DIR ]]; then return 0; fi
  [[ -f $WORLD_DIR/.backout-world ]] || die 2 "no world in $WORLD_DIR: nothing is removed"
  cd /
  if [[ -f $WORLD_DIR/run/facts ]]; then
    need_world
    lock_world
    end_world
  fi
  rm -rf "$WORLD_DIR"
}

main() {
  WORLD_DIR=${BACKOUT_WORLD_DIR:-}
  local arguments=()
  while (($# > 0)); do
    case $1 in
      --dir)
        (($# > 1)) || die 2 "--dir: which?"
        WORLD_DIR=$2
        shift
        ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  if [[ -n $WORLD_DIR ]]; then WORLD_DIR=$(readlink -m -- "$WORLD_DIR"); fi
  set -- ${arguments[@]+"${arguments[@]}"}
  local command=${1:-help}
  if (($# > 0)); then shift; fi
  case $command in
    up) up "$@" ;;
    break) break_it ;;
    state)
      need_world
      state "$@"
      ;;
    reset) reset "$@" ;;
    down) down ;;
    help | --help | -h) usage ;;
    *) world_command "$command" "$@" ;;
  esac
}
