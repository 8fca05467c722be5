extension KnownProblems {
  static let backups = Area(
    "Backups and restores",
    [
      KnownProblem(
        "backup-missing",
        """
        The file that is to be restored is not there: there is nothing to restore.
        """,
        .error("no earlier step writes it."),
        cure: """
          Look for the backup (`ls -lt` of its folder): its name often holds the day. Fetch it from where backups are \
          kept, or give its name with `--set`.
          """),
      KnownProblem(
        "backup-unreadable",
        """
        The backup is there, and this user may not read it.
        """,
        .error("always."),
        cure: "Run backout as a user who may, or let its owner grant it: `setfacl -m u:USER:r FILE`."),
      KnownProblem(
        "backup-truncated",
        """
        The backup was read, and it stops in the middle: the restore would fail at its end, with the old data gone.
        """,
        .error("always."),
        cure: """
          Take another backup. Do not accept it, unless what is left is all there is and you have looked at what is in \
          it.
          """),
      KnownProblem(
        "backup-wrong-format",
        """
        The backup is of another kind than the command reads: plain SQL is for psql, an archive for pg_restore, a gzip \
        for neither.
        """,
        .error("always."),
        cure: """
          The message has the command that reads it. Write that in the runbook, or map it under `commands:` in \
          backout.yaml.
          """),
      KnownProblem(
        "backup-other-database",
        """
        The backup seems to be of another database than the one that it would go into: by the name in it, or since \
        they have no table in common.
        """,
        .error("they have no table in common."),
        .question(
          """
          it was made of a database of another name; or nothing names a database, and the default one has none of its \
          tables.
          """),
        .warning("the dump itself connects to another database than the command names."),
        cure: """
          Compare the names in the message. Say yes where a copy under another name is what you restore into; else \
          name the right file, or the right database with `-d`.
          """),
      KnownProblem(
        "backup-partial",
        """
        The database has tables, with rows, that the backup does not have: they stay as they are, beside older data.
        """,
        .question("the restore drops what it makes anew, and is not of named tables alone."),
        cure: """
          See whether these tables came after the backup (then they may stay), or whether a complete backup is to be \
          found. `--accept STEP:backup-partial --reason WHY` answers it beforehand.
          """),
      KnownProblem(
        "backup-older",
        """
        The database has more rows than the backup: what was written since would be lost to the service. Before the \
        step the database is kept as a dump, where that is possible.
        """,
        .question("tables of both have more rows in the database. Changed rows are not seen."),
        cure: """
          Look for a newer backup, or make one now. Say yes where the newer rows are bad, or where who answers for the \
          data has decided so.
          """),
      KnownProblem(
        "database-missing",
        """
        The database that is to be dumped, dropped or restored into is not there: the command would fail.
        """,
        .error("always; with `--if-exists` it is a warning, `no-op`."),
        cure: "`psql -l` shows what is there. `createdb NAME` comes before a restore."),
      KnownProblem(
        "connections-open",
        """
        Others are connected to the database: dropdb refuses it, and a table that they use cannot be dropped.
        """,
        .error("the database itself is to be dropped."),
        .warning("its tables are: those who are idle do not matter."),
        cure: """
          Stop what uses it in a step before, or `dropdb --force`. The message names their programs and users: a \
          forgotten psql is one, too.
          """),
    ])
}
