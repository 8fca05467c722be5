import Foundation
import Journal
import Runbook
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// A folder of a test's own, removed at its end.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/backout-journal-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
  func names(in folder: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted()
  }
}

/// A clock that stands still.
struct FixedInstants: InstantSource {
  var instant = Instant(wall: 1_700_000_000_000, monotonic: 5, boot: "boot-1")
  func now() -> Instant { instant }
}

let sampleRun = RunIdentifier(text: "01JD0000000000000000000001")

func sampleSummary(
  _ run: RunIdentifier = sampleRun, service: String = "agy-backend", isFinished: Bool = false,
  changed: Instant = FixedInstants().instant
) -> RunSummary {
  RunSummary(
    run: run, service: service, title: "Webhook refactor", runbook: "ROLLBACK.md", procedure: "full",
    environment: nil, planHash: Digest(of: "plan"), operatorName: "ana", state: isFinished ? "succeeded" : "running",
    isFinished: isFinished, proven: 0, unproven: 0, steps: 3, started: changed, changed: changed, note: "")
}

func entry(_ kind: String, _ number: Int = 0) -> Entry {
  Entry(
    kind: kind, step: "step-1/\(number)",
    body: ["n": .integer(number), "text": "a \"quoted\" ü/⟦x⟧\n", "r": .number(1.5)])
}

func permissions(of path: String) -> mode_t? {
  var status = stat()
  return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
}
