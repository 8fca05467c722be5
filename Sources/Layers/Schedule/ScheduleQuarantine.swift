import Foundation
import Layer
import Runbook
import RunbookReading

/// Finds the jobs of cron that would reverse what a plan changes, and offers to put each behind a mark.
struct ScheduleQuarantine {
  let changes: [QuarantineChange]
  let environment: StepEnvironment
  private let parser = ShellReader()

  /// Throws `CommandFailure` where a place cannot be asked at all.
  func offers() async throws -> [QuarantineOffer] {
    var offers: [QuarantineOffer] = []
    for place in places where !changes.contains(where: { $0.changesCrontab(at: place) }) {
      guard let list = try await list(at: place) else { continue }
      var seen: Set<String> = []
      for line in list where seen.insert(line).inserted {
        // What names a secret is not written into a plan.
        guard environment.redactor.redactOutput(line) == line, let job = CronJob(line, parser: parser),
          let (change, what) = try await reversal(by: job, at: place), let offer = offer(job, change, what, at: place)
        else { continue }
        offers.append(offer)
      }
    }
    return offers
  }

  /// Where something is changed that cron could reverse; what root changes, a user's job may start again.
  private var places: [Place] {
    var places: [Place] = []
    let reversible = changes.filter { !$0.ends.isEmpty || Self.checkedOutFolder(of: $0) != nil }
    for place in reversible.map(\.effect.place).flatMap({ [$0] + ($0.withoutSudo.map { [$0] } ?? []) })
    where !places.contains(place) {
      places.append(place)
    }
    return places
  }

  /// Nil: that user has none, it is no text, or no cron is there.
  private func list(at place: Place) async throws -> [String]? {
    let result: CommandResult
    do {
      result = try await ask(["crontab", "-l"], at: place)
    } catch let failure as CommandFailure where failure.reason == .notFound {
      return nil
    }
    guard result.status == 0, let text = String(bytes: result.output, encoding: .utf8) else { return nil }
    // Not by `isNewline`: sed and cron end a line at a line feed alone.
    return text.unicodeScalars.split(separator: "\n").map { String($0) }
  }

  private func ask(_ words: [String], at place: Place) async throws -> CommandResult {
    let effect = Effect(
      driver: "schedule", layer: .schedule, role: .observe, summary: words.joined(separator: " "), place: place,
      directory: "/")
    return try await environment.run(words, for: effect)
  }

  // MARK: What a job reverses

  private func reversal(
    by job: CronJob, at place: Place
  ) async throws -> (change: QuarantineChange, what: String)? {
    for (index, change) in changes.enumerated()
    where change.effect.place.machine == place.machine && change.effect.role == .change {
      let later = changes[(index + 1)...].filter { $0.effect.place.machine == place.machine }
      for target in change.ends where !later.contains(where: { Self.starts(target, $0) }) {
        if let name = target.dropping(prefix: "process:"), job.runs(name) { return (change, "starts \(name) again") }
        if let name = target.dropping(prefix: "service:"), job.starts(service: name) {
          return (change, "starts the service \(name) again")
        }
      }
      if let folder = Self.checkedOutFolder(of: change) {
        for other in job.deployFolders where try await isSameTree(other, folder, at: place) {
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
    guard let name = target.dropping(prefix: "process:") else { return false }
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
    func root(_ folder: String) async throws -> String? {
      let result = try await ask(["git", "-C", folder, "rev-parse", "--show-toplevel"], at: place)
      return result.status == 0 ? result.trimmed : nil
    }
    guard let first = try await root(one) else { return false }
    return try await root(other) == first
  }

  // MARK: The offer

  private func offer(_ job: CronJob, _ change: QuarantineChange, _ what: String, at place: Place) -> QuarantineOffer? {
    guard let edit = LineEdit.quarantine(of: job.line) else { return nil }
    func text(_ script: String) -> String {
      let list = ShellQuoting.quoted(place.words(for: ["crontab", "-l"]))
      let put = ShellQuoting.quoted(place.takingInput.words(for: ["crontab", "-"]))
      return "\(list) | sed \(ShellQuoting.quoted(script)) | \(put)"
    }
    let whose = place.isHere ? "" : " (\(place.label))"
    return QuarantineOffer(
      name: QuarantineOffer.name("cron", job.program), step: change.step,
      danger: "cron\(whose) \(what), \(job.times): \(job.command)", statement: text(edit.there),
      release: text(edit.back))
  }
}

extension QuarantineChange {
  /// Then the list is not yet what the plan leaves.
  fileprivate func changesCrontab(at place: Place) -> Bool {
    effect.role == .change && effect.place == place && effect.targets.contains { $0.hasPrefix("crontab:") }
  }
}

extension Place {
  /// The same machine for whoever acts there.
  fileprivate var machine: Place {
    switch self {
    case .sudo: .here
    case .nested(let outer, let inner) where inner.machine == .here: outer.machine
    case .nested(let outer, let inner): .nested(outer: outer.machine, inner: inner.machine)
    case .here, .ssh, .container, .pod: self
    }
  }

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
