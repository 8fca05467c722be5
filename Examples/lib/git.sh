# shellcheck shell=bash
# Commits that are the same in every world.

# The git of the person at the keyboard must not show in this world, nor what a hook was started with.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_TERMINAL_PROMPT=0
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX

commit() { # FOLDER TIME MESSAGE
  git -C "$1" add -A
  GIT_AUTHOR_DATE=$2 GIT_COMMITTER_DATE=$2 git -C "$1" commit -q -m "$3"
}

name_author() { # FOLDER NAME EMAIL
  cat >>"$1/.git/config" <<EOF
[user]
	name = $2
	email = $3
[advice]
	detachedHead = false
[gc]
	auto = 0
EOF
}
