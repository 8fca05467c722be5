/// A `systemctl` for `ToolFolder`, and the state that it begins with.
enum FakeSystemd {
  /// A systemd of two services: `agy`, and `stuck`, which no restart changes; `agy.service` is `agy`. `told` lists what
  /// it was told, and a service's `.next` is run after each look at it. One with a `.type` has a `.began` and a
  /// `.result` too.
  static let systemctl = """
    [ "$1" = --user ] && shift
    set -- "$1" "${2%.service}"
    [ "$1" = show ] || echo "$1 $2" >> "$state/told"
    case "$1" in
      show)
        case "$2" in
          agy | stuck) active=$(cat "$state/$2.active"); enabled=$(cat "$state/$2.enabled"); pid=$(cat "$state/$2.pid")
            echo "LoadState=loaded"; echo "ActiveState=$active"; echo "SubState=x"; echo "UnitFileState=$enabled"
            echo "MainPID=$pid"; echo "ExecMainStartTimestampMonotonic=$(cat "$state/$2.began" 2>/dev/null || echo 1)"
            if [ -e "$state/$2.type" ]; then
              echo "Type=$(cat "$state/$2.type")"; echo "Result=$(cat "$state/$2.result")"
            fi
            echo "FragmentPath=$(cat "$state/$2.file" 2>/dev/null || echo "/lib/systemd/system/$2.service")"
            if [ -e "$state/$2.restarts" ]; then echo "NRestarts=$(cat "$state/$2.restarts")"; fi
            if [ -e "$state/$2.next" ]; then . "$state/$2.next"; fi ;;
          *) echo "LoadState=not-found"; echo "ActiveState=inactive"; echo "SubState=dead"; echo "UnitFileState="
            echo "MainPID=0"; echo "ExecMainStartTimestampMonotonic=0" ;;
        esac ;;
      start) echo active > "$state/$2.active"; echo $RANDOM > "$state/$2.pid" ;;
      stop) echo inactive > "$state/$2.active"; echo 0 > "$state/$2.pid" ;;
      reload | reload-or-restart) ;;
      restart) [ "$2" = stuck ] || { echo active > "$state/$2.active"; echo $$ > "$state/$2.pid"; } ;;
      mask) cp "$state/$2.enabled" "$state/$2.was"; echo masked > "$state/$2.enabled" ;;
      unmask) cp "$state/$2.was" "$state/$2.enabled" ;;
      enable) echo enabled > "$state/$2.enabled" ;;
      disable) echo disabled > "$state/$2.enabled" ;;
    esac
    """
  static let state = [
    "agy.active": "active", "agy.enabled": "enabled", "agy.pid": "12", "stuck.active": "active",
    "stuck.enabled": "static", "stuck.pid": "13",
  ]
}
