extension KnownProblems {
  static let checks = Area(
    "Guards and checks",
    [
      KnownProblem(
        "not-ready",
        """
        A check under `ready:` of the step in backout.yaml says no, or got no answer. Somebody wrote it since the step \
        fails otherwise; it is asked again right before the step, where a no refuses it.
        """,
        .error("always: nothing that the plan does cures what must hold from the start."),
        cure: """
          Do what its title says: the message has the answer that came and the one that was expected. Do not accept \
          it: the run asks again.
          """),
      KnownProblem(
        "guard-would-refuse",
        """
        The step's guard (`guard:` of backout.yaml) is asked already while the plan is made, and would refuse the \
        step: the run would stop there, with what came before it done.
        """,
        .error("no earlier step changes what the guard asks about."),
        .note("an earlier step does: the message names it."),
        cure: """
          Put right what it asks about, or mend the guard in backout.yaml where it asks the wrong thing. Accepting it \
          lets the run begin; it asks the guard again, and stops there.
          """),
      KnownProblem(
        "guard-not-answered",
        """
        The step's guard got no answer while the plan was made: its command, query or request failed. At run the step \
        would be refused.
        """,
        .error("no earlier step changes what the guard asks about."),
        .warning("an earlier step does, and may make it answer."),
        cure: "Try the guard's own command or query by hand, and mend it, or what it asks, before the run."),
    ])
}
