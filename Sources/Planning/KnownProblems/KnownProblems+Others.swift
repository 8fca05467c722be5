extension KnownProblems {
  static let others = Area(
    "Schedules, messages and declared layers",
    [
      KnownProblem(
        "schedule-missing",
        """
        The file that `crontab FILE` installs is not there: the command would fail.
        """,
        .error("always."),
        cure: "See whether the path fits the folder that the step acts in, or who saved the old crontab, and where."),
      KnownProblem(
        "schedule-refused",
        """
        The new crontab has no line feed at its end: crontab refuses the whole list, and the old one stays.
        """,
        .error("always."),
        cure: "End the file with a new line: `echo >> FILE`."),
      KnownProblem(
        "recipient-missing",
        """
        The mail command is told no recipient: nobody would get it.
        """,
        .error("always."),
        cure: "Name one in the runbook, or map the command under `commands:` in backout.yaml to yours."),
      KnownProblem(
        "recipient-example",
        """
        The address looks like an example (`example.com`, `yourcompany.com`): those who should know would not get the \
        mail.
        """,
        .note("always."),
        cure: "Map the command under `commands:` in backout.yaml to one with your address."),
      KnownProblem(
        "field-missing",
        """
        The file of a declared layer is not there, or does not have the fields that `layers:` names: they cannot be \
        watched or put back.
        """,
        .warning("always."),
        cure: """
          Compare `fields:` of the layer in backout.yaml with the file: a path is written with dots, such as \
          `image.tag`.
          """),
    ])
}
