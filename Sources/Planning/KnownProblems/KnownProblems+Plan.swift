extension KnownProblems {
  static let plan = Area(
    "The plan as a whole",
    [
      KnownProblem(
        "run-in-progress",
        """
        The service has an unfinished run, or a process holds it now. Two runs at a time would change the same things: \
        `backout run` refuses.
        """,
        .error("always."),
        cure: """
          `backout status` shows it. Then `backout resume` goes on with it, `backout undo` takes it back, or `backout \
          abort` ends it as it is. Accepting the problem does not help: the run looks again.
          """),
      KnownProblem(
        "disk-too-small",
        """
        What the steps would keep, the journal and the output do not fit on the disk where `$BACKOUT_HOME` lies. A run \
        could stop in the middle, at the step for which there is no room.
        """,
        .error("always."),
        cure: """
          Free some space (`backout history --prune DAYS` removes what old runs kept), or set BACKOUT_HOME to a folder \
          on another disk.
          """),
      KnownProblem(
        "keep-maximum",
        """
        The step would keep more than `keep.max` of the settings allows, so somebody has to say that the time and the \
        space are worth it.
        """,
        .question("until it is accepted."),
        .note("once it is."),
        cure: """
          Yes, or `--accept STEP:keep-maximum --reason WHY`, keeps it all. `--without-keep STEP --reason WHY` keeps \
          nothing: then the step cannot be undone. Or raise `keep: { max: … }` under `settings:` in backout.yaml.
          """),
      KnownProblem(
        "nothing-to-roll-back",
        """
        Every change that can be seen beforehand finds what it wants there already: the plan goes back to the release \
        that runs now. Very likely the commit, tag or image is the wrong one.
        """,
        .question("at the first of the steps, once for the plan."),
        cure: """
          Look at what the steps name, and name the release before it (`git log`, `git tag`). Say yes only where a \
          restart of the same release is what you want.
          """),
      KnownProblem(
        "already-there",
        """
        The step would change nothing that can be seen: what it goes to is there already.
        """,
        .error("a migration that is applied, or taken back, already: the tool would do nothing or fail."),
        .warning("`docker compose up` of what runs with these settings already."),
        .note("a checkout that changes no file. Nothing is said where an earlier step changes it."),
        cure: """
          See whether the step names the right release or revision. Where the work is done already, choose the next \
          step with `--from`, or accept it by name: the run then does the step all the same.
          """),
      KnownProblem(
        "no-op",
        """
        The command would succeed and do nothing, or fail since there is nothing to do. After it everything would be \
        as before, while the runbook believes that something happened.
        """,
        .error(
          """
          what the step is for would surely not happen: paths that equal the commit already, a `sed` that matches \
          nothing, a commit or stash of nothing, `crontab -r` without a crontab, `docker compose start` or `restart` \
          without containers, an empty backup, `pg_restore` without `-d`, `pkill NAME` where the program runs under \
          another name.
          """),
        .question("a kill that finds no process: it may be that it is not running any more."),
        .warning(
          """
          the state is as wanted already; there is nothing to stop, remove, clean or drop; or a variable that the \
          compose file does not read was to choose the version.
          """),
        .note("`rm -f` of what is not there."),
        cure: """
          Compare with what is really there: often a name, a path or a commit is mistyped, or the bad change is one \
          commit further back. Accept it where the work is done already.
          """),
      KnownProblem(
        "wrong-order",
        """
        A step needs something as it is now, and an earlier step replaces it: a migration's way back is only in the \
        newer code or the newer image. Afterwards it can fail, or do nothing.
        """,
        .question(
          """
          an earlier step of the plan replaces what this one needs. Whether the older release can do it too is not \
          seen from here.
          """),
        .error("a declared migration is to be taken back under another that is applied and stands on it."),
        cure: """
          Change the order in the runbook: the schema goes back first, then the code. Say yes where the older code has \
          the migration too.
          """),
      KnownProblem(
        "script-removed",
        """
        An earlier step (mostly a `git checkout`) removes a file that this step runs. The step would fail, with the \
        rollback half done.
        """,
        .error("always."),
        cure: """
          Write `carry: [FOLDER]` under the runbook in backout.yaml: the files are kept when the run starts, and run \
          from the copy. Or move the step before the one that removes them.
          """),
      KnownProblem(
        "script-carried",
        """
        An earlier step removes a file that this step runs. `carry:` of backout.yaml covers it, so the run keeps a \
        copy and runs that.
        """,
        .note("always."),
        cure: "Nothing is to do. The copy is of the newer release: see that this is the one you mean."),
      KnownProblem(
        "runbook-replaced",
        """
        The step takes away or replaces the runbook, its backout.yaml or its backout.lock, since the older release has \
        them otherwise or not at all. The run goes on without them: it read everything before it began.
        """,
        .note("always."),
        cure: """
          Nothing for this run; `backout undo` and `resume` need none of them. Before you make another plan, get them \
          back: `git checkout BRANCH -- FILE`.
          """),
      KnownProblem(
        "reverts-runbook",
        """
        The step changes only the runbook or its bindings, and nothing of the service: it checks out those paths, or \
        takes back the commit that brought them, as `git revert HEAD` does after a commit of the runbook.
        """,
        .question("a revert, or a checkout of paths, changes files of the runbook alone."),
        cure: """
          Name the commit or the paths that are to go back: `git log --oneline --stat` shows them. `--set` where the \
          runbook has a placeholder for it.
          """),
      KnownProblem(
        "quarantine-not-looked",
        """
        A driver could not look for what would bring the bad version back (cron, a service, a version in `.env`), so \
        its offers are missing from the plan's end.
        """,
        .note("always."),
        cure: """
          Look yourself whether a schedule or a pipeline deploys the bad version again. The message says why it could \
          not be seen.
          """),
    ])
}
