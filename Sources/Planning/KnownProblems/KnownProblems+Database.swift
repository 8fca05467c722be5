extension KnownProblems {
  static let database = Area(
    "Databases",
    [
      KnownProblem(
        "database-unreachable",
        """
        The database does not answer: nothing listens there, or the address, the port or the file is wrong. Nothing of \
        it was seen, and the step would fail.
        """,
        .error("anything but a migration tool that is only asked."),
        .warning("a migration tool is only asked where the database is."),
        cure: """
          Try the connection yourself (`psql "$DATABASE_URL" -c 'SELECT 1'`). Start the database, open the tunnel, or \
          mend `connections:` in backout.yaml.
          """),
      KnownProblem(
        "credentials-refused",
        """
        The server answers and refuses who asks: a wrong or old password, or a key without the right (PostgreSQL's \
        refusal, or 401 and 403 of a request).
        """,
        .error("a step that changes something, and every query."),
        .warning("a request that only looks, or a migration tool that is only asked."),
        cure: """
          Give the right ones: the variable that `env:NAME` of backout.yaml names, in the shell that you start backout \
          from.
          """),
      KnownProblem(
        "no-privilege",
        """
        The database user may not do it: own or TRUNCATE the table, read what must be kept or dumped, make temporary \
        tables or databases.
        """,
        .error("always."),
        cure: """
          `GRANT` what the message names, or bind a connection of a user that has it: `connections:` and the step's \
          `connection:` in backout.yaml.
          """),
      KnownProblem(
        "read-only",
        """
        The server takes no change: it is a standby, or its transactions are read-only.
        """,
        .error("always."),
        cure: """
          Bind the primary under `connections:` in backout.yaml. After a failover the two may have changed places.
          """),
      KnownProblem(
        "table-missing",
        """
        The statement names a table or schema that the database does not have: it would fail.
        """,
        .error("no earlier statement of the step makes it."),
        cure: """
          See whether it is the right database and schema (`\\dt` in psql, `search_path`), or whether the change was \
          taken back already.
          """),
      KnownProblem(
        "column-missing",
        """
        The statement names a column that the table does not have: it would fail.
        """,
        .error("no earlier statement changes the table."),
        cure: """
          `\\d TABLE` in psql shows the columns. Perhaps the migration that made it was never applied, or is taken back \
          already.
          """),
      KnownProblem(
        "null-rows",
        """
        `SET NOT NULL` fails while rows have no value in the column, and the message counts them. This is what rows \
        written by the newer release often do to a way back.
        """,
        .error("no earlier statement or step fills the column."),
        cure: """
          Fill or delete the rows in a step before it, such as `UPDATE t SET column = … WHERE column IS NULL`. What to \
          fill in is for who knows the data.
          """),
      KnownProblem(
        "dependent-object",
        """
        A view or a foreign key stands on what is to be dropped: PostgreSQL refuses without CASCADE.
        """,
        .error("the statement has no CASCADE, and no earlier one changes the object."),
        cure: """
          Drop or change the object in a step before it, and make it again afterwards. CASCADE drops it too, and it is \
          not made again by itself.
          """),
      KnownProblem(
        "lock-held",
        """
        Another session holds a lock that the statement needs. The step waits 5 seconds for it, and then fails.
        """,
        .warning("a table that it touches is locked now; or the plan's own look met a lock."),
        .error("what the step changes could not even be read, since another session locks it wholly."),
        cure: """
          The message names the process: `SELECT pid, state, query FROM pg_stat_activity WHERE pid = …`. Let it end, \
          stop the service first, or `SELECT pg_terminate_backend(PID)`.
          """),
      KnownProblem(
        "look-too-long",
        """
        A look at the table took longer than a minute and was stopped. What the statement would do is not known; it \
        may well work.
        """,
        .warning("always."),
        cure: "Nothing has to be done. Expect the step to take long as well: see whether its condition has an index."),
      KnownProblem(
        "sql-syntax",
        """
        The SQL cannot be parsed: it would fail.
        """,
        .error("always."),
        cure: """
          Mend it at the place that the message says. An unfilled placeholder or another database's dialect is often \
          the reason.
          """),
      KnownProblem(
        "sql-refused",
        """
        The database refuses the SQL when it is only asked to explain or compile it, or refuses the connection, since \
        it has no database of that name for instance. The step would fail with this message.
        """,
        .error("always."),
        cure: "Read the database's own message and mend the statement, or see whether it is the right database."),
      KnownProblem(
        "no-where",
        """
        An UPDATE or DELETE has no WHERE: it touches every row of the table.
        """,
        .warning("always. The rows are kept before, as far as the step is kept at all."),
        cure: "Add a condition where not every row is meant."),
      KnownProblem(
        "not-kept",
        """
        The database's rows are not kept before the step: psql runs it as written (a meta-command, a pipe, another \
        place), or no connection is bound for a migration that drops rows. An undo cannot bring them back.
        """,
        .warning("always."),
        cure: """
          Put a backup before it. Plain SQL by `psql -c` or `-f` of this machine is kept; for a migration add \
          `connections: { default: { postgres: env:DATABASE_URL } }` to backout.yaml.
          """),
    ])
}
