extension KnownProblems {
  static let bindings = Area(
    "Values and backout.yaml",
    [
      KnownProblem(
        "hole-unbound",
        """
        A placeholder of the document, such as `<previous-commit-hash>`, has no value. The step is not looked at; it \
        would run with the placeholder's own text.
        """,
        .error("a step that will run has it, in a command, a request, a setting, a check or an undo."),
        cure: """
          Give the value: `--set NAME=VALUE` for this time, or `NAME: VALUE` under `parameters:` of the runbook in \
          backout.yaml. What must not be written down is `NAME: { secret: env:VARIABLE }`. Do not accept it.
          """),
      KnownProblem(
        "from-failed",
        """
        `parameters: { NAME: { from: COMMAND } }` of backout.yaml runs COMMAND while the plan is made. It failed or \
        printed nothing, so the placeholder has no value.
        """,
        .error("a step that will run has the placeholder."),
        cure: """
          Run the command yourself, in the folder of the plan: the message has the end of what it said. Mend it in \
          backout.yaml, or go around it with `--set NAME=VALUE`.
          """),
      KnownProblem(
        "value-not-plain",
        """
        A value or a secret would stand where the shell, an interpreter (`python -c`) or SQL reads it as part of the \
        command, and it is no plain value (letters, digits and `._/:@%+=,-`). It is not put in: a quote or a `;` in it \
        could become another command.
        """,
        .error("a step that will run has the placeholder at such a place."),
        cure: """
          Give a plain value, or change the place in the runbook as the message says: in SQL, for instance, put quotes \
          around the placeholder.
          """),
      KnownProblem(
        "value-missing",
        """
        `NAME=$(git describe …)` and the like only look, so they are asked while the plan is made. This one ends with \
        an error here: what it looks for is not there, and every step that uses NAME would act on nothing.
        """,
        .error("the command exits with another status than 0."),
        cure: """
          Look at what git says in the message: often there is no tag, or it was not fetched (`git fetch --tags`). Or \
          make the value a placeholder of the runbook and give it with `--set`.
          """),
      KnownProblem(
        "variable-missing",
        """
        A command reads an environment variable that nothing sets: the shell, or compose, puts nothing in its place, \
        so `rm -rf "$DIR"/x` becomes `rm -rf /x`. It is also what a secret or a connection says that is to come from \
        `env:NAME`.
        """,
        .error(
          """
          neither the environment nor an earlier step sets it; of compose, where an image or a value that the running \
          container has depends on it.
          """),
        .warning(
          """
          an earlier step runs something that may set it, such as a sourced file; of compose, where nothing that runs \
          now depends on it or it acts in another place; or a script may set it itself.
          """),
        cure: """
          `export NAME=VALUE` before `backout plan` and before `backout run`, set it in an earlier step, or write it \
          into `.env` where compose reads it. Accept it only where an empty value is what is meant.
          """),
      KnownProblem(
        "example-host",
        """
        An address in the document, such as `api.example.com`, looks like an example. The step would call it as it is \
        written.
        """,
        .warning("a step that will run has it, and `endpoints:` does not map it."),
        cure: """
          Map it: `https://api.example.com: https://REAL` under `endpoints:` of the runbook in backout.yaml. Where the \
          address is real, nothing is to do.
          """),
      KnownProblem(
        "connection-unbound",
        """
        SQL of the document, or a step's `connection:`, names a connection that backout.yaml does not have. The SQL \
        can be neither looked at nor run.
        """,
        .error("always."),
        cure: """
          Add it under the runbook in backout.yaml: `connections: { default: { postgres: env:DATABASE_URL } }`, or \
          `sqlite: PATH`. SQL that names no connection uses `default`.
          """),
      KnownProblem(
        "config-file-unknown",
        """
        A fenced block of settings (`env`) does not say which file it belongs into. Nobody would know where to write \
        it.
        """,
        .error("always."),
        cure: "Say it in backout.yaml, under the runbook: `config_file: .env`."),
      KnownProblem(
        "interactive",
        """
        The command needs a terminal (an editor, a pager, a prompt) or never returns, so it is made a step that a \
        person does and confirms: it is not run, kept or undone.
        """,
        .warning("always."),
        cure: """
          Bind the form that ends by itself, which the message names: under the step in backout.yaml `run: COMMAND`. \
          With `interactive: true` there, the command gets your terminal. Or leave it to the person.
          """),
      KnownProblem(
        "literal-secret",
        """
        A password, key or token stands in a header or option of a `curl` of the document itself, where everybody with \
        the repository reads it.
        """,
        .warning("always."),
        cure: """
          Write a placeholder in its place and bind it: `NAME: { secret: env:NAME }` under `parameters:`. Then change \
          the secret: it is known.
          """),
      KnownProblem(
        "commands-unconfirmed",
        """
        backout.yaml has values that commands compute (`from:`), and such commands run while the plan is made. Nobody \
        has confirmed this runbook with them yet, so they were not run and their values are missing from this plan.
        """,
        .question("the reading was never confirmed, or it or the commands changed since."),
        cure: "`backout confirm RUNBOOK`, after reading what it shows. `--set NAME=VALUE` does without the command."),
    ])
}
