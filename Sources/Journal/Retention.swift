import Foundation
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Removes what old, finished runs kept: before-images, output and session. The journal's events and the plan stay:
/// they are the record.
public struct Retention: Sendable {
  public let home: HomeFolder
  private let journal: any Journal

  public init(home: HomeFolder, journal: any Journal) {
    self.home = home
    self.journal = journal
  }

  /// What was removed, or would be.
  public struct Removed: Codable, Hashable, Sendable {
    public var run: RunIdentifier
    public var service: String
    /// Of `images`, `output`, `session`: those that were there.
    public var parts: [String]
    /// On disk.
    public var bytes: Int
  }

  /// Why an old run's folders stay.
  public enum Reason: String, Codable, Hashable, Sendable {
    case unfinished
    /// An unfinished run of the service began after it, and may need what it kept: an undo does.
    case newerUnfinished = "newer-unfinished"
    /// A process holds the service's lock.
    case running
    /// The journal does not know the run: nobody can say that it is finished.
    case unknownRun = "unknown-run"
  }

  public struct Spared: Codable, Hashable, Sendable {
    public var run: RunIdentifier
    public var reason: Reason
  }

  public struct Report: Codable, Hashable, Sendable {
    /// Oldest first.
    public var removed: [Removed] = []
    /// Runs that are younger are not listed.
    public var spared: [Spared] = []
    public var bytes: Int { removed.reduce(0) { $0 + $1.bytes } }
  }

  /// Removes what runs kept that finished longer ago than their retention.
  ///
  /// - Parameters:
  ///   - days: the retention that is set; 0 removes what every finished run kept.
  ///   - own: the days that a run itself asks for (its runbook's); the longer of the two holds.
  ///   - isTrial: reports and removes nothing.
  /// Throws `JournalError`, `FolderError`; what was removed before that stays removed.
  public func prune(
    olderThan days: Int, now: Instant, own: @Sendable (RunSummary) -> Int? = { _ in nil }, isTrial: Bool = false
  ) async throws -> Report {
    var report = Report()
    guard FileManager.default.fileExists(atPath: home.runs) else { return report }
    for name in try names(of: home.runs) {
      let run = RunIdentifier(text: name)
      let folders = parts(of: run)
      guard !folders.isEmpty else { continue }
      guard let summary = try await journal.summary(of: run) else {
        report.spared.append(Spared(run: run, reason: .unknownRun))
        continue
      }
      let age = now.wall - summary.changed.wall
      guard age >= Int64(max(days, own(summary) ?? 0)) * 86_400_000 else { continue }
      if let reason = try await sparing(summary) {
        report.spared.append(Spared(run: run, reason: reason))
        continue
      }
      do {
        // Held meanwhile, so that no undo begins while its before-images go.
        let lock = isTrial ? nil : try ServiceLock.acquire(service: summary.service, in: home)
        defer { lock?.release() }
        if let reason = try await sparing(summary) {
          report.spared.append(Spared(run: run, reason: reason))
          continue
        }
        let removed = Removed(
          run: run, service: summary.service, parts: Set(folders.map(\.part)).sorted(),
          bytes: folders.reduce(0) { $0 + bytes(in: $1.path) })
        if !isTrial { try remove(folders.map(\.path)) }
        report.removed.append(removed)
      } catch ServiceLockError.held {
        report.spared.append(Spared(run: run, reason: .running))
      }
    }
    return report
  }

  private func sparing(_ summary: RunSummary) async throws -> Reason? {
    guard let now = try await journal.summary(of: summary.run), now.isFinished else { return .unfinished }
    let unfinished = try await journal.unfinishedRuns(service: summary.service)
    return unfinished.contains { $0.run.text > summary.run.text } ? .newerUnfinished : nil
  }

  /// What of a run is there, also what an earlier removal, cut short, left.
  private func parts(of run: RunIdentifier) -> [(part: String, path: String)] {
    [("images", home.images(of: run)), ("output", home.output(of: run)), ("session", home.session(of: run))]
      .flatMap { part, path in [(part, path), (part, path + Self.doomed)] }
      .filter { FileManager.default.fileExists(atPath: $0.path) }
  }

  private static let doomed = ".removed"

  /// First by name, so that nobody finds half of a before-image.
  private func remove(_ folders: [String]) throws {
    for folder in folders where !folder.hasSuffix(Self.doomed) {
      try? FileManager.default.removeItem(atPath: folder + Self.doomed)
      guard rename(folder, folder + Self.doomed) == 0 else { throw FolderError(path: folder, code: errno) }
    }
    for folder in folders {
      let path = folder.hasSuffix(Self.doomed) ? folder : folder + Self.doomed
      guard FileManager.default.fileExists(atPath: path) else { continue }
      do {
        try FileManager.default.removeItem(atPath: path)
      } catch {
        throw FolderError(path: path, error)
      }
    }
  }

  private func names(of folder: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw FolderError(path: folder, error)
    }
  }

  private func bytes(in folder: String) -> Int {
    guard let names = FileManager.default.enumerator(atPath: folder) else { return 0 }
    var total = 0
    for case let name as String in names {
      var status = stat()
      guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      total += Int(status.st_size)
    }
    return total
  }
}
