import Layer
import Runbook

/// Tries each place that commands act in beforehand, without asking anybody anything: `sudo -n true`, `ssh -o
/// BatchMode=yes HOST true`, `docker compose exec … true`.
struct PlaceCheck {
  let runner: any CommandRunning
  /// Seconds.
  static let timeout = 30

  func look(at drafts: inout [Draft]) async {
    var known: [Place: String?] = [:]
    for index in drafts.indices where !drafts[index].isLeftOut && drafts[index].isComplete {
      guard drafts[index].planned.isExecutable else { continue }
      for position in drafts[index].acts.indices where !drafts[index].acts[position].effect.place.isHere {
        let act = drafts[index].acts[position]
        let place = act.effect.place
        if known[place] == nil { known[place] = .some(await trouble(in: place, act.context)) }
        guard let trouble = known[place] ?? nil else { continue }
        drafts[index].acts[position].isUnreachable = true
        drafts[index].report(
          "place-not-reachable", .error,
          "\(place.label) cannot be reached without asking anybody: \(trouble); nothing in it was looked at")
      }
    }
  }

  /// Nil: a command can be run there.
  private func trouble(in place: Place, _ context: ReadingContext) async -> String? {
    let words = place.words(for: ["true"])
    do {
      let result = try await runner.run(
        CommandRequest(
          words: words, directory: context.directory, variables: context.variables, timeout: Self.timeout))
      guard result.status != 0 else { return nil }
      let said = result.errorText.split(separator: "\n").last.map(String.init) ?? ""
      return "`\(words.joined(separator: " "))` ended with \(result.status)" + (said.isEmpty ? "" : " (\(said))")
    } catch {
      return "\(error)"
    }
  }
}
