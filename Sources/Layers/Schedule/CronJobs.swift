import Foundation
import Layer
import Runbook
import RunbookReading

/// The jobs of cron, each with a `sed` that puts its line behind a mark, and one that takes the mark away.
struct CronJobs {
  let environment: StepEnvironment
  private let parser = ShellReader()

  init(in environment: StepEnvironment) { self.environment = environment }

  /// Those of whoever acts at `place`. Throws `CommandFailure` where the place cannot be asked at all.
  func ofUser(at place: Place) async throws -> [ScheduledJob] {
    let list = try await ScheduleQuestion(environment: environment, place: place).output(["crontab", "-l"])
    let starter = place.isHere ? "cron" : "cron (\(place.label))"
    return Self.lines(list).compactMap { line in
      guard let job = CronJob(line, parser: parser) else { return nil }
      return scheduled(job, by: starter) { script in
        let list = ShellQuoting.quoted(place.words(for: ["crontab", "-l"]))
        let put = ShellQuoting.quoted(place.takingInput.words(for: ["crontab", "-"]))
        return "\(list) | sed \(ShellQuoting.quoted(script)) | \(put)"
      }
    }
  }

  /// Those of `/etc/crontab` and `/etc/cron.d` that can be read at `place`, changed as `root`. Throws `CommandFailure`.
  func ofSystem(at place: Place, root: Place) async throws -> [ScheduledJob] {
    let question = ScheduleQuestion(environment: environment, place: place)
    // `-s`: a file that is not there, or that this user must not read, is none. `-a`, `C`: a byte that is no text hides none.
    let found = try await question.ask(["sh", "-c", "LC_ALL=C grep -asH '' /etc/crontab /etc/cron.d/*"])
    let label = place.isHere ? "" : "\(place.label), "
    return Self.lines(found.output).compactMap { found in
      guard let colon = found.firstIndex(of: ":") else { return nil }
      let path = String(found[..<colon])
      let line = String(found[found.index(after: colon)...])
      guard Self.isRead(path), let job = CronJob(line, namesUser: true, parser: parser), let user = job.user
      else { return nil }
      return scheduled(job, by: "cron (\(label)\(path), as \(user))", in: path) { script in
        ShellQuoting.quoted(root.words(for: ["sed", "-i", script, path]))
      }
    }
  }

  /// Whether cron reads a file of this name: those with a full stop, or of another package manager, it leaves out (cron(8)).
  private static func isRead(_ path: String) -> Bool {
    path.split(separator: "/").last?.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-" || $0 == "_")
    } ?? false
  }

  /// Those that are text. Not by `isNewline`: sed and cron end a line at a line feed alone.
  private static func lines(_ list: Data?) -> [String] {
    (list ?? Data()).split(separator: UInt8(ascii: "\n")).compactMap { String(bytes: $0, encoding: .utf8) }
  }

  private func scheduled(
    _ job: CronJob, by starter: String, in path: String? = nil, text: (_ script: String) -> String
  ) -> ScheduledJob? {
    guard let edit = LineEdit.quarantine(of: job.line) else { return nil }
    return ScheduledJob(
      starter: starter, times: job.times, command: job.command, started: job.started,
      target: path.map { "file:\($0)" }, name: QuarantineOffer.name("cron", job.started.program),
      statement: text(edit.there), release: text(edit.back))
  }
}
