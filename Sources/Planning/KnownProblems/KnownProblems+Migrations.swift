extension KnownProblems {
  static let migrations = Area(
    "Migrations",
    [
      KnownProblem(
        "revision-unknown",
        """
        The database is at a revision that the scripts here do not have: they are of an older release, or of another \
        branch. The tool can take nothing back that it has no script for.
        """,
        .error("always."),
        cure: """
          Run the migration's way back from the newer code, before the code goes back; or check out the release that \
          made the revision, for this step.
          """),
      KnownProblem(
        "target-not-below",
        """
        The revision that the step goes back to is not applied, so the database is not above it: nothing would be \
        taken back.
        """,
        .error("always."),
        cure: """
          Ask the tool where the database is (`alembic current`, `showmigrations`), and name the revision before the \
          bad one. Perhaps it is taken back already.
          """),
      KnownProblem(
        "target-ambiguous",
        """
        The target does not say which migration is meant: there are two branches or heads, or the database is at \
        several revisions.
        """,
        .error("always."),
        cure: "Name the revision itself instead of `-1`, `+1` or `head`."),
      KnownProblem(
        "not-reversible",
        """
        A migration on the way has no way back: its function raises an error, or is empty while the other direction is \
        not, or Django says that an operation cannot be reversed. It would fail, or the revision would change and the \
        schema would not.
        """,
        .error("always."),
        cure: """
          Restore a backup instead, or write the missing way back and try it elsewhere first. Accept it where the \
          older code lives with the newer schema, and it is only the revision that should change.
          """),
      KnownProblem(
        "migrations-stacked",
        """
        Two commands of one step (joined by `&&`) move one schema. A step is looked at and kept as a whole before it \
        runs: the second command would start from a schema that nobody has seen, and what it drops would be lost.
        """,
        .error("always."),
        cure: """
          Put each command on a line of its own: then each is a step, looked at when it comes. Or say in `commands:` \
          which one command does both (`alembic downgrade -2`).
          """),
      KnownProblem(
        "other-database",
        """
        The migration tool and the connection of backout.yaml do not seem to mean one database: their records of \
        applied migrations differ. What is kept would be of the wrong one.
        """,
        .error("both have the tool's table, and it differs."),
        .warning("the connection's database does not have the table."),
        cure: """
          Bind the database that the tool changes: see its own settings (`alembic.ini`, DATABASES, the environment), \
          and `connections:` in backout.yaml.
          """),
    ])
}
