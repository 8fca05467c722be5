extension KnownProblems {
  static let git = Area(
    "Git",
    [
      KnownProblem(
        "not-a-repository",
        """
        The folder that the git command acts in is not in a git repository: git would refuse.
        """,
        .error("always."),
        cure: """
          Start backout in the repository, or see where the last `cd` of the runbook leads. Where the document names \
          another machine's folder, map the `cd` under `commands:` in backout.yaml.
          """),
      KnownProblem(
        "target-unknown",
        """
        The commit, branch, tag or migration that the step goes to is not there, or a declared layer finds nothing to \
        go back to. The command would fail.
        """,
        .error("always, but where the name is known only when the step runs: then it is `known-when-run`."),
        cure: """
          `git fetch --tags` where it is only not here yet; else see `git tag`, `git log --oneline` or the tool's own \
          list for the right name. A migration of another release needs that release's scripts.
          """),
      KnownProblem(
        "path-unknown",
        """
        The paths that are to be restored are not in that commit, or not in the index: git would refuse with `pathspec \
        … did not match`.
        """,
        .error("always."),
        cure: """
          See `git ls-tree -r --name-only COMMIT` for the path as it was then: it may have been renamed. Paths count \
          from the folder that the step acts in.
          """),
      KnownProblem(
        "not-an-ancestor",
        """
        The commit was never below what is checked out: it is on another branch, or newer. A rollback goes back to \
        what was there before, so this is perhaps the wrong commit.
        """,
        .question(
          """
          a checkout or reset by commit or tag. Who names a branch means whatever it holds, and is not asked.
          """),
        cure: """
          Compare with `git log --oneline`. Say yes, or `--accept STEP:not-an-ancestor --reason WHY`, where releases \
          are made on branches of their own.
          """),
      KnownProblem(
        "target-variable-missing",
        """
        The older code's template (`.env.example` and the like) asks for variables that the present one does not, and \
        that neither `.env` nor the environment sets. The older release may not start.
        """,
        .question("the first template that has such variables."),
        cure: "Write them into `.env` before the run. Say yes where they have defaults."),
      KnownProblem(
        "index-lock",
        """
        `.git/index.lock` is there: another git works in this repository, or one died in it. Every git command that \
        changes something would refuse.
        """,
        .error("always."),
        cure: """
          See that no git runs (`pgrep -a git`, an editor's git too), then remove the file that the message names.
          """),
      KnownProblem(
        "operation-in-progress",
        """
        A merge, rebase, cherry-pick, revert or bisect was begun in the worktree and not ended. git would refuse, or \
        mix it with the rollback.
        """,
        .error("always, but for the command that ends it."),
        cure: """
          `git status` shows it. `git OPERATION --abort` puts the worktree back, and `--continue` ends it. A bisect \
          ends with `git bisect reset`.
          """),
      KnownProblem(
        "local-changes-in-the-way",
        """
        Tracked files have changes that are not committed, and the step would have to write over them. git refuses and \
        changes nothing; the steps after it would then act on the wrong release.
        """,
        .error(
          """
          a checkout, merge or pull would write over files with local changes; a revert or cherry-pick, while changes \
          are staged.
          """),
        cure: """
          `git stash push -m before-rollback` keeps them, and `git stash pop` brings them back afterwards; or commit \
          them. `git diff` shows what they are: a quick fix made on the server may be all there is of it.
          """),
      KnownProblem(
        "untracked-in-the-way",
        """
        Files that git does not track stand where the commit has files of its own. git refuses and changes nothing.
        """,
        .error("a checkout, merge or pull would write over them."),
        cure: "Move them away, under another name, after a look at what they are. Do not delete what you do not know."),
      KnownProblem(
        "ignored-replaced",
        """
        Files that `.gitignore` names stand where the commit has files of its own. git writes over them without a \
        word.
        """,
        .warning("always. They are kept before the step, and an undo puts them back."),
        cure: """
          Nothing has to be done. Where a `.env` or a local configuration is among them, see whether the service needs \
          your version.
          """),
      KnownProblem(
        "clean-unforced",
        """
        `git clean` without `-f` refuses, unless `clean.requireForce` is off.
        """,
        .warning("always."),
        cure: "Write `git clean -fd` in the runbook, after `git clean -nd` has shown what would go."),
      KnownProblem(
        "opens-editor",
        """
        The git command opens an editor for a message. A run has no terminal for it: the step would fail or wait for \
        ever.
        """,
        .error("`git commit` or an annotated tag without `-m`, a merge or cherry-pick with `--edit`."),
        cure: """
          Give the message with `-m`, or leave `--edit` out; `--no-edit` takes the one that is there. In the runbook, \
          or under `commands:` in backout.yaml.
          """),
      KnownProblem(
        "no-upstream",
        """
        `git pull` does not know what to pull: the branch has no upstream, or HEAD is detached. git would refuse.
        """,
        .error("always."),
        cure: "Name both: `git pull origin BRANCH`. Where HEAD is detached, check the branch out first."),
      KnownProblem(
        "detached-push",
        """
        HEAD is detached, so the branch did not move along: `git push origin BRANCH` sends the tip that the branch \
        had, not what is checked out, and succeeds: the wrong release is deployed. Or git has no branch to push at \
        all, and refuses.
        """,
        .error("always."),
        cure: """
          Say what goes where: `git push origin HEAD:refs/heads/BRANCH`. Better is `git revert` on the branch: it \
          needs no force.
          """),
      KnownProblem(
        "push-rejected",
        """
        The remote branch holds commits that what is pushed does not have. The remote refuses the push as not \
        fast-forward.
        """,
        .error("the push is not forced, and the remote's commit is not behind, or is not known here."),
        cure: """
          `git revert` instead of `git reset` makes a commit on top, which needs no force. If history is really to be \
          rewritten: `--force-with-lease`, after a word with those who share the branch.
          """),
      KnownProblem(
        "empty-range",
        """
        The range of commits that is to be reverted or applied holds none, mostly since its ends are the wrong way \
        round.
        """,
        .error("always."),
        cure: "The older end comes first: `git revert OLD..NEW`. OLD itself is not part of it."),
      KnownProblem(
        "merge-commit",
        """
        The commit is a merge: git does not know against which parent to revert or apply it, and refuses.
        """,
        .error("always, but with `-m`."),
        cure: "Add `-m 1` for the branch that was merged into: `git revert --no-edit -m 1 COMMIT`."),
      KnownProblem(
        "would-conflict",
        """
        Tried in memory, the revert or cherry-pick does not apply: later commits changed the same lines. git would \
        stop in the middle, with conflict marks in the files.
        """,
        .error("always."),
        cure: """
          Revert the later commits too, the newest first, or take all files as they were, `git restore --source=COMMIT \
          --staged --worktree .`, and commit that. To solve the conflict by hand, do it on a branch before the run and \
          let the runbook name the result.
          """),
      KnownProblem(
        "stash-empty",
        """
        The stash entry that the step takes is not there: git would fail.
        """,
        .error("always."),
        cure: "`git stash list` shows what is there. Perhaps it was popped already, or lies in another worktree."),
      KnownProblem(
        "remote-unreachable",
        """
        The remote did not answer without asking anybody (`git ls-remote`): no network, no right, or a password that \
        nobody could type.
        """,
        .error("a push, pull or fetch."),
        cure: "Try `git ls-remote origin` until it ends without a question: `ssh-add`, a token, the VPN."),
    ])
}
