# shellcheck shell=bash
# Programs that a world puts before the machine's own, in WORLD_DIR/bin.

# Debian has no `python`, and the first python3 on the path may lack a module. Sets PYTHON.
find_python() { # MODULE...
  local IFS=,
  for PYTHON in /usr/bin/python3 "$(command -v python3 || true)"; do
    if [[ -x $PYTHON ]] && "$PYTHON" -s -c "import $*" 2>/dev/null; then return 0; fi
  done
  die 1 "no python3 with $* was found (Debian: apt-get install python3-NAME for each)"
}

write_python() {
  printf '#!/bin/sh\nexec %q "$@"\n' "$PYTHON" >"$WORLD_DIR/bin/python"
  chmod +x "$WORLD_DIR/bin/python"
}

# Mail goes into a folder. Once it is there, nobody gets it back.
write_mail() {
  cat >"$WORLD_DIR/bin/mail" <<EOF
#!/bin/sh
# mail -s SUBJECT ADDRESS...; the text on stdin
subject=
while getopts s: option; do
  case \$option in s) subject=\$OPTARG ;; *) exit 64 ;; esac
done
shift \$((OPTIND - 1))
if [ \$# -eq 0 ]; then echo "mail: to whom?" >&2; exit 64; fi
file=\$(mktemp $(printf %q "$WORLD_DIR/mail")/XXXXXXXX) || exit 75
{ printf 'To: %s\nSubject: %s\n\n' "\$*" "\$subject"; cat; } >"\$file" && mv "\$file" "\$file.eml"
EOF
  chmod +x "$WORLD_DIR/bin/mail"
}
