import Layer
import Runbook

/// Finds what cron and systemd's timers would start that reverses what a plan changes, and offers to keep each from it.
struct ScheduleQuarantine {
  let changes: [QuarantineChange]
  let environment: StepEnvironment

  /// Throws `CommandFailure` where a place cannot be asked at all.
  func offers() async throws -> [QuarantineOffer] {
    var offers: [QuarantineOffer] = []
    for place in places {
      for job in try await jobs(at: place) where !isChanged(job, at: place) && !isSecret(job) {
        guard let (change, what) = try await reversal(by: job, at: place) else { continue }
        let offer = QuarantineOffer(
          name: job.name, step: change.step, danger: "\(job.starter) \(what), \(job.times): \(job.command)",
          statement: job.statement, release: job.release)
        // The same line twice in a list is put behind the mark by one command.
        if !offers.contains(where: { $0.statement == offer.statement }) { offers.append(offer) }
      }
    }
    return offers
  }

  /// Where something is changed that could be reversed; what root changes, a user's job may start again.
  private var places: [Place] {
    var places: [Place] = []
    let reversible = changes.filter { !$0.ends.isEmpty || Self.checkedOutFolder(of: $0) != nil }
    for place in reversible.map(\.effect.place).flatMap({ [$0] + ($0.withoutSudo.map { [$0] } ?? []) })
    where !places.contains(place) {
      places.append(place)
    }
    return places
  }

  /// The user's own; and the system's, where the place is the machine itself and not by sudo.
  private func jobs(at place: Place) async throws -> [ScheduledJob] {
    let cron = CronJobs(in: environment)
    var jobs = changes.contains { $0.changesCrontab(at: place) } ? [] : try await cron.ofUser(at: place)
    if place == place.machine {
      let root = try await root(at: place)
      jobs += try await cron.ofSystem(at: place, root: root)
      jobs += try await TimerJobs(in: environment).ofSystem(at: place, root: root)
    }
    return jobs
  }

  /// By whom the system's lists are changed there.
  private func root(at machine: Place) async throws -> Place {
    let id = try await ScheduleQuestion(environment: environment, place: machine).ask(["id", "-u"])
    return id.trimmed == "0" ? machine : machine.bySudo
  }

  /// Then it is not yet what the plan leaves.
  private func isChanged(_ job: ScheduledJob, at place: Place) -> Bool {
    guard let target = job.target else { return false }
    return changes.contains {
      $0.effect.role == .change && $0.effect.place.machine == place.machine && $0.effect.targets.contains(target)
    }
  }

  /// What names a secret is not written into a plan.
  private func isSecret(_ job: ScheduledJob) -> Bool {
    [job.command, job.statement, job.release].contains { environment.redactor.redactOutput($0) != $0 }
  }

  // MARK: What a job reverses

  private func reversal(
    by job: ScheduledJob, at place: Place
  ) async throws -> (change: QuarantineChange, what: String)? {
    for (index, change) in changes.enumerated()
    where change.effect.place.machine == place.machine && change.effect.role == .change {
      let later = changes[(index + 1)...].filter { $0.effect.place.machine == place.machine }
      for target in change.ends where !later.contains(where: { Self.starts(target, $0) }) {
        if let name = target.dropping(prefix: "process:"), job.started.runs(name) {
          return (change, "starts \(name) again")
        }
        if let name = target.dropping(prefix: "service:"), job.starts(service: name) {
          return (change, "starts the service \(name) again")
        }
      }
      if let folder = Self.checkedOutFolder(of: change) {
        for other in job.started.deployFolders where try await isSameTree(other, folder, at: place) {
          return (change, "deploys in \(folder) again")
        }
      }
    }
    return nil
  }

  /// Whether a later step starts what was ended: then that is meant to run.
  private static func starts(_ target: String, _ later: QuarantineChange) -> Bool {
    guard !later.ends.contains(target) else { return false }
    if later.effect.targets.contains(target) { return true }
    guard let line = target.dropping(prefix: "process:"), let name = Launcher.program(ofLine: line)?.name else {
      return false
    }
    return later.effect.targets.contains { other in
      other.dropping(prefix: "process:")?.split(whereSeparator: { $0 == " " || $0 == "/" }).contains { $0 == name }
        ?? false
    }
  }

  /// The working tree whose commit a step sets. What pulls brings the newest itself: another pull takes nothing back.
  private static func checkedOutFolder(of change: QuarantineChange) -> String? {
    let targets = change.effect.targets.compactMap { $0.dropping(prefix: "git:/") }.map { "/" + $0 }
    guard !targets.contains(where: { $0.contains(" refs/remotes/") }) else { return nil }
    return targets.first { $0.hasSuffix(" HEAD") }.map { String($0.dropLast(5)) }
  }

  private func isSameTree(_ one: String, _ other: String, at place: Place) async throws -> Bool {
    if one == other { return true }
    let question = ScheduleQuestion(environment: environment, place: place)
    func root(_ folder: String) async throws -> String? {
      try await question.text(["git", "-C", folder, "rev-parse", "--show-toplevel"])
    }
    guard let first = try await root(one) else { return false }
    return try await root(other) == first
  }
}

extension QuarantineChange {
  /// Then the list is not yet what the plan leaves.
  fileprivate func changesCrontab(at place: Place) -> Bool {
    effect.role == .change && effect.place == place && effect.targets.contains { $0.hasPrefix("crontab:") }
  }
}

extension Place {
  /// Root there, where nobody is it yet.
  fileprivate var bySudo: Place { isHere ? .sudo(user: nil) : .nested(outer: self, inner: .sudo(user: nil)) }

  /// Nil where no sudo is at its end.
  fileprivate var withoutSudo: Place? {
    switch self {
    case .sudo: .here
    case .nested(let outer, let inner):
      inner.withoutSudo.map { $0 == .here ? outer : .nested(outer: outer, inner: $0) }
    case .here, .ssh, .container, .pod: nil
    }
  }
}
