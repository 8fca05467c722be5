import Foundation
import Layer
import Runbook

/// Changes that find what they want there already, and a plan of nothing else: it goes back to what runs now.
struct AlreadyThere {
  /// A driver reports it of an effect, and a checkout of the files that are there gets it here.
  static let code = "already-there"
  /// A driver reports it of an image whose tag no checkout changes.
  static let stays = "image-stays"
  static let nothing = "nothing-to-roll-back"

  let runner: any CommandRunning
  /// The runbook, its bindings and its lock: they come on top of the release that runs.
  let ownFiles: Set<String>

  /// What a checkout does to the files: whether it brings others than are there, and whether it takes the runbook away.
  func look(at draft: inout Draft, _ position: Int, arriving: [String: String], isChanged: Bool) async {
    let effect = draft.acts[position].effect
    for (root, commit) in arriving.sorted(by: { $0.key < $1.key }) {
      guard let paths = await differing(commit, in: root, draft.acts[position].context) else { continue }
      // What somebody changed by hand a checkout leaves alone, or refuses to overwrite.
      if let byHand = await differing("HEAD", in: root, draft.acts[position].context) {
        draft.brings.formUnion(Set(paths).subtracting(byHand).map { "\(root)/\($0)" })
      }
      let own = own(paths, in: root)
      if !own.isEmpty {
        draft.report(
          "runbook-replaced", .note,
          "takes away or replaces \(own.joined(separator: ", ")), as \(commit.prefix(7)) has them otherwise or not: the run "
            + "goes on without them; a later plan needs them back")
      }
      guard own.count == paths.count, !isChanged else { continue }
      draft.acts[position].isThere = true
      draft.report(
        // `git checkout main` is often written where one is on main: alone it is no surprise.
        Self.code, .note,
        "\(effect.summary) changes no file"
          + (own.isEmpty ? "" : " but the runbook's own") + ": what it goes to is checked out already")
    }
  }

  private func own(_ paths: [String], in root: String) -> [String] {
    paths.filter { ownFiles.contains(Self.resolved("\(root)/\($0)")) }.sorted()
  }

  /// `git revert HEAD` where the last commit is the runbook's own: it takes back the runbook, and nothing of the service.
  /// The same of paths that are checked out.
  func look(at draft: inout Draft, _ position: Int, changing files: [String: [String]]) {
    for (root, paths) in files.sorted(by: { $0.key < $1.key }) where !paths.isEmpty {
      let own = own(paths, in: root)
      if own.count == paths.count {
        draft.report(
          "reverts-runbook", .question,
          "\(draft.acts[position].effect.summary) changes only \(own.joined(separator: ", ")), which came with the "
            + "runbook, and nothing of the service. Name the commit or the paths that are to go back. Go on all the "
            + "same?")
      } else if !own.isEmpty {
        draft.report(
          "runbook-replaced", .note, "takes away or replaces \(own.joined(separator: ", ")): the run goes on without")
      }
    }
  }

  /// Whether a step before it, or a command before it in its step, changes what `effect` finds, or a target that begins
  /// with one of `beginnings`.
  static func isChanged(
    _ effect: Effect, or beginnings: [String], before draft: Draft, _ position: Int, by moving: EarlierChanges,
    in drafts: [Draft]
  ) -> Bool {
    if moving.changer(of: effect.targets, before: draft, in: drafts) != nil { return true }
    if moving.changer(ofTargetsUnder: beginnings, before: draft, in: drafts) != nil { return true }
    return draft.acts.prefix(position).contains { act in
      act.effect.role == .change && !act.isThere
        && act.effect.targets.contains { target in
          effect.targets.contains(target) || beginnings.contains { target.hasPrefix($0) }
        }
    }
  }

  /// Whether a step before it, or a command before it in its step, changes one of `targets`, or sources what may set it.
  static func isSet(
    _ targets: [String]?, before draft: Draft, _ position: Int, by moving: EarlierChanges, in drafts: [Draft]
  ) -> Bool {
    guard let targets else { return false }
    if moving.changer(of: targets, before: draft, in: drafts) != nil { return true }
    let before = draft.acts.prefix(position).filter { $0.effect.role == .change }
    if before.contains(where: { !Set($0.effect.targets).isDisjoint(with: targets) }) { return true }
    return (drafts.prefix { $0.id != draft.id }.filter { !$0.isLeftOut && !$0.excludes(draft) } + [draft]).contains {
      guard case .shell(let statement) = $0.planned.action else { return false }
      return statement.commands.contains { ["source", ".", "eval"].contains($0.name ?? "") }
    }
  }

  /// Tracked files that are not in the worktree as `commit` has them; nil: git did not say.
  private func differing(_ commit: String, in root: String, _ context: ReadingContext) async -> [String]? {
    var variables = context.variables
    variables["GIT_OPTIONAL_LOCKS"] = "0"
    let words = ["git", "-C", root, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", commit, "--"]
    guard
      let result = try? await runner.run(
        CommandRequest(words: words, directory: context.directory, variables: variables, timeout: 60)),
      result.status == 0
    else { return nil }
    return result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  static func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

  /// Asks, where nothing that is known of the plan changes anything.
  static func settle(_ drafts: inout [Draft]) {
    var first: Int?
    var there: [String] = []
    for index in drafts.indices where !drafts[index].isLeftOut {
      for act in drafts[index].acts where act.effect.role == .change && chooses(act.effect) {
        guard act.isThere else { return }
        first = first ?? index
        if there.last != drafts[index].id { there.append(drafts[index].id) }
      }
    }
    guard let first else { return }
    drafts[first].report(
      nothing, .question,
      "every change that can be seen beforehand finds what it wants there already (\(there.joined(separator: ", "))): this "
        + "goes back to what runs now. Is it the release to go back to?")
  }

  /// Whether it says what is to be there: a restart only makes that take effect, a dump keeps it, and nobody knows what
  /// an unknown command does.
  private static func chooses(_ effect: Effect) -> Bool {
    switch effect.layer {
    case .process, .unknown, .person, .message: false
    case .backup: !effect.targets.allSatisfy { $0.hasPrefix("file:") }
    default: effect.undoneLast != true
    }
  }
}
