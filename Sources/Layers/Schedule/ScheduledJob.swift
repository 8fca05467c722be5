import Layer

/// What something starts at its times, and how to keep it from starting.
struct ScheduledJob {
  /// `cron`, `cron (/etc/cron.d/pipeline, as deploy)`, `the timer nightly.timer`.
  var starter: String
  /// `*/5 * * * *`, `@daily`, `OnCalendar=daily`.
  var times: String
  var command: String
  var started: StartedCommands
  /// The unit that it starts by its name.
  var service: String?
  /// `file:/etc/cron.d/pipeline`, `service:nightly.timer`: a plan that changes this leaves another job than is seen.
  var target: String?
  /// `QuarantineOffer.name`.
  var name: String
  /// The shell text that keeps it from starting, and the one that lets it.
  var statement: String
  var release: String

  func starts(service name: String) -> Bool {
    service == UnitName.full(name) || started.starts(service: name)
  }
}
