import BackoutTestKit
import Foundation
import Glibc
import Journal
import RunbookReading

/// What `script/bench` cannot do in a shell: measure one process closely, and fill a journal.
///
///     backout-bench time COUNT COMMAND…     the median wall time in milliseconds
///     backout-bench until TEXT COMMAND…     milliseconds to the first line of output that holds TEXT, then kill -9
///     backout-bench memory COMMAND…         KiB at most resident: the command, its session host
///     backout-bench fill HOME RUNS EVENTS   a journal of RUNS finished runs
///     backout-bench read FILE               milliseconds to read a runbook, KiB at most resident, steps found
@main struct Main {
  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      switch (arguments.first, arguments.count) {
      case ("time", 3...):
        let count = Int(arguments[1]) ?? 1
        let times = try (0..<max(1, count)).map { _ in try Measured(arguments.dropFirst(2)).finish().milliseconds }
        print(rounded(times.sorted()[times.count / 2]))
      case ("until", 3...):
        print(rounded(try Measured(arguments.dropFirst(2), readsOutput: true).kill(after: arguments[1])))
      case ("memory", 2...):
        let ended = try Measured(arguments.dropFirst(1)).finish(watchesMemory: true)
        print(ended.peak, ended.hostPeak)
      case ("fill", 4):
        let home = HomeFolder(path: arguments[1])
        try await fill(home: home, runs: Int(arguments[2]) ?? 0, events: Int(arguments[3]) ?? 1)
      case ("read", 2):
        try read(arguments[1])
      default:
        throw Unmeasured(why: "time, until, memory, fill or read is wanted")
      }
    } catch {
      FileHandle.standardError.write(Data("backout-bench: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func fill(home: HomeFolder, runs: Int, events: Int) async throws {
    try home.create()
    let journal = try SQLiteJournal.open(at: home.journal, clock: SystemInstants())
    try await JournalFiller(services: ["agy-backend", "billing"], eventsPerRun: events).fill(journal, runs: runs)
  }

  private static func read(_ path: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let began = ContinuousClock.now
    let book = try RunbookReader().read(data, named: "ROLLBACK.md")
    let took = (ContinuousClock.now - began) / .milliseconds(1)
    var usage = rusage()
    getrusage(__rusage_who_t(truncatingIfNeeded: RUSAGE_SELF.rawValue), &usage)
    print(rounded(took), usage.ru_maxrss, book.procedures.flatMap(\.stages).flatMap(\.steps).count)
  }

  private static func rounded(_ milliseconds: Double) -> String { String(format: "%.2f", milliseconds) }
}

struct Unmeasured: Error, CustomStringConvertible {
  var why: String
  var description: String { why }
}
