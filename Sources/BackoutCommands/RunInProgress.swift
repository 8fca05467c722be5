import Foundation
import Journal
import Runbook

/// Whether another run of the service stands in the way.
enum RunInProgress {
  static func problems(service: String, home: HomeFolder) async -> [Problem] {
    if let holder = ServiceLock.holder(of: service, in: home) {
      return [
        Problem(
          code: "run-in-progress",
          message:
            "another run of \(service) is in progress \(holder.run?.text ?? ""), held by process \(holder.process): "
            + "backout status, or backout abort")
      ]
    }
    guard FileManager.default.fileExists(atPath: home.journal),
      let journal = try? SQLiteJournal.open(at: home.journal, clock: SystemInstants()),
      let unfinished = try? await journal.runs(service: service, limit: 20, offset: 0).first(where: { !$0.isFinished })
    else { return [] }
    return [
      Problem(
        code: "run-in-progress",
        message: "run \(unfinished.run.text) of \(service) is \(unfinished.state): backout resume, or backout abort")
    ]
  }

  /// Whether a living process holds this run.
  static func holder(service: String, home: HomeFolder, run: RunIdentifier) -> Bool {
    ServiceLock.holder(of: service, in: home)?.run == run
  }
}
