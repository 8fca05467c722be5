import Layer
import Runbook

/// A script that is not there now, though an earlier step makes it, or could: that it will be missing is not known.
struct MissingScripts {
  let runner: any CommandRunning

  static let code = "script-missing"

  /// - Parameters:
  ///   - position: of the act, in `draft`, that the problem is of.
  ///   - before: the steps that can be before it in one run.
  func settle(_ problem: inout Problem, of draft: Draft, at position: Int, after before: [Draft]) async {
    guard problem.code == Self.code, problem.severity == .error else { return }
    for path in draft.scripts.map(\.path) {
      var may: Draft?
      // The nearest first; the same step's own commands stand before it, too.
      for (maker, acts) in [(draft, draft.acts[..<position])] + before.reversed().map({ ($0, $0.acts[...]) }) {
        switch await answer(of: maker, acts, path) {
        case .makes:
          problem.severity = .note
          problem.message += ", but \(maker.id) (\(maker.planned.title)) is to make it before"
          return
        case .may: may = may ?? maker
        case .no: break
        }
      }
      if let may {
        problem.severity = .warning
        problem.message += ", unless \(may.id) (\(may.planned.title)) makes it before: nobody can look into that"
        return
      }
    }
  }

  private enum Answer { case makes, may, no }

  private func answer(of maker: Draft, _ acts: ArraySlice<Draft.Act>, _ path: String) async -> Answer {
    if maker.removes.contains(where: { Self.lies(path, in: $0) }) { return .no }
    var found = Answer.no
    for act in acts where act.effect.role == .change && act.effect.place.sharesFiles {
      if act.effect.isOpaque {
        if names(maker, path, act.context) { return .makes }
        found = .may
      } else if act.effect.targets.contains(where: {
        $0.dropping(prefix: "file:").map { Self.lies(path, in: $0) } ?? false
      }) {
        return .makes
      }
    }
    for (root, commit) in maker.arrives where Self.lies(path, in: root) && acts.count == maker.acts.count {
      if await isThere(path, root, commit) { return .makes }
    }
    return found
  }

  /// Whether a command of the step names the file or a folder around it, such as `python -m venv .venv`.
  private func names(_ maker: Draft, _ path: String, _ context: ReadingContext) -> Bool {
    guard case .shell(let statement) = maker.planned.action else { return false }
    return statement.commands.flatMap(\.words).compactMap(\.value).contains { word in
      let named = context.absolutePath(word)
      return Self.lies(path, in: named) && !Self.lies(context.directory, in: named)
    }
  }

  private func isThere(_ path: String, _ root: String, _ commit: String) async -> Bool {
    guard let relative = path.dropping(prefix: root + "/") else { return false }
    let asked = CommandRequest(words: ["git", "cat-file", "-e", "\(commit):\(relative)"], directory: root, timeout: 30)
    return (try? await runner.run(asked))?.status == 0
  }

  static func lies(_ path: String, in folder: String) -> Bool {
    path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }
}
