extension KnownProblems {
  static let requests = Area(
    "Requests",
    [
      KnownProblem(
        "endpoint-unreachable",
        """
        Nothing answers at the address: nothing listens there, the name is not known, or TLS failed. What is there now \
        was not seen, and the request would fail.
        """,
        .error("the request changes something."),
        .warning("it only looks, or a step before may start what is to answer on this machine."),
        cure: """
          Try it with `curl -v`. Start the service, open the VPN, or map the address under `endpoints:` in \
          backout.yaml.
          """),
      KnownProblem(
        "target-missing",
        """
        What the request changes is not there: its address answers 404 or 410. An id is wrong, or it was deleted.
        """,
        .error("the request changes something."),
        .warning("it only looks."),
        cure: "Look the id up in the other system, and give it with `--set`, or under `parameters:` in backout.yaml."),
      KnownProblem(
        "file-missing",
        """
        The file that curl is to send (`-d @FILE`) cannot be read: the request would have no body.
        """,
        .error("always."),
        cure: "See whether the path fits the folder that the step acts in."),
      KnownProblem(
        "curl-as-written",
        """
        The request is not made by Backout but by curl, as it is written: an option is only curl's, or it stands \
        inside a larger statement. Nothing is kept of it, and without `-f` curl exits 0 on an error page.
        """,
        .warning("it changes something, or stands inside a larger statement."),
        .note("it only looks."),
        cure: """
          Add `-f`, or write the request as a statement of its own with the options that are understood \
          (docs/layers/endpoint.md); bind a `verify:` in backout.yaml to prove it.
          """),
    ])
}
