/// Problems of the way to a system, as against those of its state: no earlier step of a plan mends them, and they say
/// already why something was not observed.
enum StandingProblems {
  static let codes: Set<String> = [
    "connection-unbound", "credentials-refused", "database-unreachable", "endpoint-unreachable", "lock-held",
    "remote-unreachable", "variable-missing",
  ]

  /// But for these, where the driver says which steps would (`Forecast.cures`): one may start what is to answer.
  static let mendable: Set<String> = ["endpoint-unreachable"]
}
