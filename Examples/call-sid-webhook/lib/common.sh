# shellcheck shell=bash
# What every part of the world needs: words to say, the folder, processes known by id.

say() { printf '%s\n' "$*"; }

# die STATUS MESSAGE...
die() {
  local status=$1
  shift
  printf 'world: %s\n' "$*" >&2
  exit "$status"
}

# Puts files in place as a whole: at FILE stands the old text or the new one.
replace() { # FILE, the new text on stdin
  cat >"$1.new"
  chmod --reference="$1" "$1.new" 2>/dev/null || true
  mv -f "$1.new" "$1"
}

# --- the folder

need_world() {
  [[ -n $WORLD_DIR ]] || die 2 "which world? say --dir DIR or set BACKOUT_WORLD_DIR"
  [[ -f $WORLD_DIR/.backout-world ]] || die 2 "no world in $WORLD_DIR"
  # shellcheck source=/dev/null
  . "$WORLD_DIR/run/facts"
}

need_broken() {
  need_world
  [[ -f $WORLD_DIR/run/broken ]] || die 2 "nothing is broken yet: run 'world break' first"
}

# One change at a time.
lock_world() {
  exec {LOCK}>"$WORLD_DIR/run/lock"
  flock -w 60 "$LOCK" || die 1 "another 'world' command is at work in $WORLD_DIR"
}

# Files that the program calling us had open are not for what we leave running.
close_other_files() {
  local file
  for file in "/proc/$BASHPID/fd"/*; do
    file=${file##*/}
    ((file > 2 && file != 255)) && eval "exec $file>&-"
  done
  return 0
}

# --- processes, known by id and start time, so that a reused id is never taken for ours

# Sets REPLY to the start time of process PID; fails where it does not run.
started_at() {
  local line fields
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  read -ra fields <<<"${line##*) }"
  [[ ${fields[0]} != Z && ${fields[0]} != X ]] || return 1
  REPLY=${fields[19]}
}

remember() { # NAME PID
  started_at "$2" || return 1
  printf '%s %s\n' "$2" "$REPLY" >"$WORLD_DIR/run/$1.pid"
}

# Sets PID to the process of NAME, or to nothing (and fails) where it does not run.
find_process() { # NAME
  local start
  PID=''
  [[ -f $WORLD_DIR/run/$1.pid ]] || return 1
  read -r PID start <"$WORLD_DIR/run/$1.pid" || true
  if [[ -n $PID ]] && started_at "$PID" && [[ $REPLY == "$start" ]]; then return 0; fi
  PID=''
  return 1
}

spawn() { # NAME FOLDER COMMAND...
  local name=$1 folder=$2
  shift 2
  (
    cd "$folder" || exit 1
    close_other_files
    exec setsid "$@" </dev/null >>"$WORLD_DIR/log/$name.log" 2>&1
  ) &
  remember "$name" "$!" || die 1 "$name ended at once: $(tail -n 20 "$WORLD_DIR/log/$name.log")"
}

end_process() { # NAME
  local turn
  if find_process "$1"; then
    kill -TERM "$PID" 2>/dev/null || true
    for ((turn = 0; turn < 300; turn++)); do
      find_process "$1" || break
      ((turn == 200)) && kill -KILL "$PID" 2>/dev/null
      sleep 0.01
    done
  fi
  rm -f "$WORLD_DIR/run/$1.pid"
}

# Waits until URL answers, whatever it answers; fails when process NAME ended or after 10 seconds.
wait_for_answer() { # NAME URL
  local end=$((SECONDS + 10))
  while ((SECONDS <= end)); do
    curl --noproxy '*' -s -o /dev/null --max-time 5 "$2" && return 0
    find_process "$1" || return 1
    sleep 0.02
  done
  return 1
}

# Prints COUNT free loopback ports. They lie below the ports that the system hands out by itself.
free_ports() { # COUNT
  "$PYTHON" -S -E - "$1" <<'PYTHON'
import random, socket, sys
found = []
while len(found) < int(sys.argv[1]):
    port = random.SystemRandom().randrange(20000, 32000)
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
    if port not in found:
        found.append(port)
print(*found)
PYTHON
}
