extension KnownProblems {
  static let files = Area(
    "Files",
    [
      KnownProblem(
        "source-missing",
        """
        A file or folder that the command needs is not there, so it would fail: what `mv`, `cp`, `rm`, `sed`, `chmod` \
        or `tar` is given, or the folder that a dump or a redirection is written into.
        """,
        .error("always."),
        cure: """
          Compare the path with what is there (`ls`): paths count from the folder that the step acts in. Where it is \
          done already, accept it, or take `rm -f` in the runbook.
          """),
      KnownProblem(
        "no-match",
        """
        A pattern such as `*.bak` matches no file: the shell hands on the pattern itself, and the command fails on a \
        file of that name.
        """,
        .error("always; of `rm -f` it is a note, `no-op`."),
        cure: "See with `ls` what is there, and in which folder the step acts."),
      KnownProblem(
        "exists",
        """
        What the command makes is there already, so it would refuse: a folder, a link, a branch, a tag, a database, a \
        dump's folder with something in it.
        """,
        .error("always."),
        cure: """
          See whether an earlier try made it: then it may be right as it is. Else remove or rename it, or use the form \
          that does not mind: `mkdir -p`, `ln -sfn`, `git checkout BRANCH` without `-b`, `dropdb` before `createdb`.
          """),
      KnownProblem(
        "is-folder",
        """
        The command is given a folder without `-r`: `rm` refuses it, `cp` leaves it out.
        """,
        .error("always."),
        cure: "Add `-r` in the runbook where the whole folder is meant."),
      KnownProblem(
        "not-empty",
        """
        There is something where the command needs nothing: `rmdir` refuses a folder that is not empty; a restore into \
        a database that still has its tables fails on what "already exists" and doubles rows that have no key.
        """,
        .error("always."),
        cure: """
          Of a restore: `pg_restore --clean --if-exists`, or drop and make the database first, or take a dump made \
          with `--clean`. Of a folder: see what is in it.
          """),
      KnownProblem(
        "too-wide",
        """
        The path reaches the working folder itself, your home, a whole system folder or a whole git repository with \
        its history. Mostly a variable in it is empty.
        """,
        .error("always."),
        cure: "Name exactly what is meant. Accept it only where a whole repository is really to go."),
      KnownProblem(
        "no-permission",
        """
        This user may not write the folder that the file is in: the command would fail.
        """,
        .error("always; looked at for what acts on this machine."),
        cure: """
          Run backout as the user that owns it, or write `sudo` in the runbook and see that it asks no password (`sudo \
          -v`).
          """),
      KnownProblem(
        "no-space",
        """
        The disk has less room free than what is written needs: it would stop in the middle, and a full disk can take \
        the service down.
        """,
        .error("a copy that does not fit; a dump of a database more than twenty times as large as what is free."),
        .warning("a dump of a database that is larger than what is free: a dump is packed, and may fit."),
        cure: "Free some (`df -h` shows the disk), or write to another one."),
      KnownProblem(
        "asks",
        """
        `unzip` would ask whether to replace each file that is there already, and nobody answers it.
        """,
        .error("always."),
        cure: "Write `unzip -o` to replace them, or `unzip -n` to leave them."),
      KnownProblem(
        "replaces",
        """
        Files that are there are replaced. They are kept before, and an undo puts them back.
        """,
        .note("always."),
        cure: "Nothing is to do."),
    ])
}
