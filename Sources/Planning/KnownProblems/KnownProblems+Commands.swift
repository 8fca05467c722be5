extension KnownProblems {
  static let commands = Area(
    "Programs, scripts, folders and places",
    [
      KnownProblem(
        "command-missing",
        """
        The program is not in PATH where the step acts: `command not found`, exit 127.
        """,
        .error("it is not there at all."),
        .warning(
          """
          it lies in a virtual environment or `node_modules/.bin` of the folder, and is found once that is activated; or \
          an earlier step installs packages, activates an environment or sets PATH, and may bring it.
          """),
        cure: """
          Install it there, or put its folder into PATH before you run backout. Where it has another name on this \
          machine, map it under `commands:` of the runbook in backout.yaml.
          """),
      KnownProblem(
        "script-missing",
        """
        The file that the command runs is not where it is looked for, so the command would fail.
        """,
        .error("no earlier step makes it; also an SQL file of sqitch that is not there."),
        .warning("an earlier step that nobody can look into could make it."),
        .note(
          """
          an earlier step is to make it, such as `python -m venv .venv` or the checkout of a release that has it.
          """),
        cure: """
          See whether the path fits the folder that the step acts in: the message has it whole. Mend the path, add the \
          file, or map the command under `commands:` in backout.yaml.
          """),
      KnownProblem(
        "tool-missing",
        """
        The tool that is to be asked is not installed where the step acts: docker, the migration tool, PostgreSQL's \
        client programs, a service manager. The state was not seen, and the step would fail.
        """,
        .error("the step changes something, or needs the tool to keep what it changes."),
        .warning("it only looks."),
        cure: """
          Install it, or activate the environment that has it before you run backout. `backout doctor` says what is \
          here. Where another machine has it, map the command under `commands:` in backout.yaml.
          """),
      KnownProblem(
        "folder-missing",
        """
        A `cd` of the runbook goes to a folder that this machine does not have. Mostly the document was written for \
        the server, and you are in a checkout. The steps in the folder are not looked at.
        """,
        .error("nothing before it can make the folder."),
        .warning("an earlier step that nobody can look into may make it."),
        cure: """
          Where it is the other machine's way to this repository, write under `commands:` of the runbook in \
          backout.yaml the line that the message shows: `cd /srv/app: cd .`. Else run backout on that machine, or make \
          the folder.
          """),
      KnownProblem(
        "directory-unknown",
        """
        Where a `cd` goes is known only when it runs, as with `cd "$(mktemp -d)"`. What later steps would touch is \
        shown as from the folder before it.
        """,
        .warning("always."),
        cure: """
          Read the steps after it with that in mind, or write the folder out, in the runbook or under `commands:` in \
          backout.yaml.
          """),
      KnownProblem(
        "place-not-reachable",
        """
        The step acts by sudo, over ssh, or in a container, and `true` could not be run there without asking anybody: \
        a password, a host key, a container that does not run. Nothing in it was looked at, and the run cannot answer \
        such questions.
        """,
        .error("always."),
        cure: """
          Try the command that the message shows until it ends without a question: `sudo -v`, `ssh-add`, accept the \
          host key, start the container. Where the machine is this one, map the command under `commands:` in \
          backout.yaml.
          """),
      KnownProblem(
        "not-observed",
        """
        The state that the step changes could not be seen: what it would come to, and what is to be kept, is not \
        known.
        """,
        .error("a step that changes something: it could not be kept or proven."),
        .warning(
          """
          a step that only looks; a backup that comes from a pipe or is too large to be read to its end; a process \
          list or a place that gave no answer; a request whose answer says nothing of the present state.
          """),
        cure: """
          The message says what did not answer. Make it answer (start it, log in, give the right) and plan again. \
          Accept it only where you know the state yourself: the step may run without a before-image, or stop since it \
          cannot keep one.
          """),
      KnownProblem(
        "known-when-run",
        """
        A word of the command, such as `$(date +%F)` or `$(git rev-parse …)`, has its value only when the step runs. \
        What it would touch is not known before.
        """,
        .warning("git keeps the whole repository instead; a file so named is not kept."),
        cure: """
          Write the value out, or make it a placeholder and give it with `--set`, where the step's undo matters to \
          you.
          """),
    ])
}
