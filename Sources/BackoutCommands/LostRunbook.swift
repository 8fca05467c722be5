import Foundation
import Journal
import Planning
import Runbook

/// A runbook that is not there any more: a rollback takes its own inputs away. Which run did it, and how it comes back.
enum LostRunbook {
  /// `failure`, said of the runbook that was looked for, with what is known of it.
  static func explain(_ failure: Failure, runbook argument: String?, in folder: String) async -> Failure {
    let candidates = argument.map { [Workspace.absolute($0, in: folder)] } ?? Workspace.usual.map { "\(folder)/\($0)" }
    guard candidates.allSatisfy({ !FileManager.default.fileExists(atPath: $0) }) else { return failure }
    let run = await latestRun(of: candidates)
    guard let path = run?.plan.path ?? candidates.first, let commit = await commit(having: path) else { return failure }
    var failure = failure
    let name = (path as NSString).lastPathComponent
    if let run {
      failure.message +=
        " Run \(run.summary.run.short) (\(run.summary.state)) went back to a release that has no \(name)."
    }
    failure.next =
      "git has it: git restore --source=\(commit) \(await ownFiles(of: path, in: commit).joined(separator: " "))"
      + (run.map { "\n  or, with all else that the run changed: backout undo \($0.summary.run.short)" } ?? "")
    return failure
  }

  /// The latest run of one of these documents.
  private static func latestRun(of paths: [String]) async -> (summary: RunSummary, plan: Plan)? {
    guard let home = try? HomeFolder(environment: ProcessInfo.processInfo.environment),
      FileManager.default.fileExists(atPath: home.journal), let station = try? Station.open(),
      let runs = try? await station.journal.runs(service: nil, limit: 20, offset: 0)
    else { return nil }
    for summary in runs {
      if let plan = try? station.plan(of: summary.run), paths.contains(plan.path) { return (summary, plan) }
    }
    return nil
  }

  /// The last commit that has the file and brought it or what stands beside it, on any branch or by the reflog.
  private static func commit(having path: String) async -> String? {
    let words = ["log", "-10", "--all", "--reflog", "--diff-filter=ACMR", "--format=%h", "--", path] + beside(path)
    let found = await git(around: path, words) ?? ""
    for commit in found.split(separator: "\n").map(String.init) where await has(commit, path) { return commit }
    return nil
  }

  /// The bindings and the lock of the runbook at `path`.
  private static func beside(_ path: String) -> [String] {
    let folder = (path as NSString).deletingLastPathComponent
    return [Workspace.bindingsName, ConfirmationLock.name].map { "\(folder)/\($0)" }
  }

  private static func has(_ commit: String, _ path: String) async -> Bool {
    await git(around: path, ["ls-tree", "--name-only", commit, "--", path]) != nil
  }

  /// The runbook, and what of its own is gone, too, and is in `commit`: as git takes them from this folder.
  private static func ownFiles(of path: String, in commit: String) async -> [String] {
    var result = [path]
    for other in beside(path) where !FileManager.default.fileExists(atPath: other) {
      if await has(commit, other) { result.append(other) }
    }
    let here = FileManager.default.currentDirectoryPath + "/"
    return result.map { ShellQuoting.quoted($0.hasPrefix(here) ? String($0.dropFirst(here.count)) : $0) }
  }

  private static func git(around path: String, _ words: [String]) async -> String? {
    guard let root = Workspace.gitRoot(of: (path as NSString).deletingLastPathComponent) else { return nil }
    return await GitQuestion.answer(words, in: root)
  }
}
