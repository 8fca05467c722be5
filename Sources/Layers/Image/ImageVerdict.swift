import Layer
import Runbook

/// Whether the engine shows what the command was to bring about.
struct ImageVerdict {
  let command: ImageCommand
  let before: Observation
  let after: Observation
  let outcome: Outcome?

  var verdict: Verdict {
    if command.verb == .look { return looked }
    guard after.isObserved else {
      if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
      return .unproven(after.summary)
    }
    switch command.verb {
    case .up: return broughtUp
    case .down: return takenDown
    case .stop, .kill: return stopped
    case .start, .run: return started
    case .restart: return restarted
    case .remove: return removed
    case .pull, .build: return named
    case .tag: return tagged
    case .untag: return untagged
    case .look: return looked
    }
  }

  private static func containers(_ observation: Observation) -> [String: JSONValue] {
    observation.states.filter { $0.key.hasPrefix("container:") }
  }
  private static func name(_ key: String) -> String { key.dropping(prefix: "container:") ?? key }
  private static func isRunning(_ state: JSONValue) -> Bool {
    ["running", "restarting", "paused"].contains(state["status"]?.stringValue ?? "")
  }

  /// What is wrong with a container that ought to run; nil: it runs and is not ill.
  private static func complaint(_ key: String, _ state: JSONValue) -> String? {
    let who = state["service"]?.stringValue ?? name(key)
    switch state["status"]?.stringValue {
    case "running":
      switch state["health"]?.stringValue {
      case "unhealthy": return "\(who) runs and is unhealthy"
      case "starting": return "\(who) runs and is not healthy yet"
      default: return nil
      }
    case "restarting": return "\(who) is restarting in a loop"
    case "paused": return "\(who) is paused"
    default: return "\(who) does not run" + (state["exit"].map { ": it ended with \($0.plainText)" } ?? "")
    }
  }

  private var already: String { after.isSameState(as: before) ? "already so: " : "" }

  private var looked: Verdict {
    guard let outcome else { return .unproven("the answer was not seen") }
    guard outcome.succeeded else { return .refuted(outcome.summary) }
    let found = Self.containers(after)
    guard !found.isEmpty, found.allSatisfy({ Self.complaint($0.key, $0.value) == nil }) else {
      return .unproven("exit \(outcome.exitStatus ?? 0), \(found.isEmpty ? "nothing was observed" : after.summary)")
    }
    return .proven(after.summary)
  }

  private var broughtUp: Verdict {
    let found = Self.containers(after)
    guard after.states.keys.contains(where: { $0.hasPrefix("wanted:") }) else {
      return .unproven("the compose file has no service to bring up: \(after.summary)")
    }
    var jobs: [String] = []
    for (key, wanted) in after.states.sorted(by: { $0.key < $1.key }) {
      guard let service = key.dropping(prefix: "wanted:") else { continue }
      let mine = found.filter { $0.value["service"]?.stringValue == service }.sorted { $0.key < $1.key }
      let count = wanted["count"]?.integerValue ?? 1
      guard mine.count >= count else { return .refuted("\(service) has no container\(mine.isEmpty ? "" : " enough")") }
      for (key, state) in mine {
        guard state["image"] == wanted["image"] else {
          let image = state["image"]?.stringValue
          let name = wanted["name"]?.stringValue
          return .refuted(
            "\(service) runs \(ImageName.shown(nil, image)), and \(name ?? "its image") is "
              + ImageName.shown(nil, wanted["image"]?.stringValue))
        }
        if state["status"] == "stopped", state["exit"] == nil {
          jobs.append(service)
        } else if let complaint = Self.complaint(key, state) {
          return .refuted(complaint)
        }
      }
    }
    guard jobs.isEmpty else { return .unproven("\(jobs.joined(separator: ", ")) ended with 0 and does not run") }
    return .proven(already + after.summary)
  }

  private var takenDown: Verdict {
    let left = Self.containers(after)
    if !left.isEmpty { return .refuted("still there: \(after.summary)") }
    let volumes = after.states.keys.filter { $0.hasPrefix("volume:") }
    if !volumes.isEmpty { return .refuted("\(volumes.sorted().joined(separator: ", ")) is still there") }
    if let network = after.states.keys.first(where: { $0.hasPrefix("network:") }) {
      return .proven("no container runs; \(network) stays: something else uses it, or compose did not make it")
    }
    return .proven(already + "no container of the project is there")
  }

  private var stopped: Verdict {
    let running = Self.containers(after).filter { Self.isRunning($0.value) }
    if !running.isEmpty { return .refuted("still running: \(after.summary)") }
    guard missing.isEmpty else { return .refuted("no container \(missing.joined(separator: ", "))") }
    return .proven(already + "\(subject) does not run")
  }

  /// Names of containers that are not there, now that they ought to be.
  private var missing: [String] {
    guard case .containers(let names) = command.subject else { return [] }
    return Self.containers(after).count >= names.count ? [] : names
  }

  private var subject: String {
    switch command.subject {
    case .containers(let names), .images(let names): names.joined(separator: ", ")
    case .project(_, let services): services.isEmpty ? "the project" : services.joined(separator: ", ")
    case .engine: "the engine"
    }
  }

  private var started: Verdict {
    guard missing.isEmpty else { return .refuted("no container \(missing.joined(separator: ", "))") }
    let found = Self.containers(after)
    guard !found.isEmpty else { return .refuted("no container was started") }
    for (key, state) in found.sorted(by: { $0.key < $1.key }) {
      if state["status"] == "stopped", state["exit"] == nil {
        return .unproven("\(Self.name(key)) ended with 0 and does not run")
      }
      if let complaint = Self.complaint(key, state) { return .refuted(complaint) }
    }
    if command.verb == .run, let wanted = after.states["wanted:"],
      found.contains(where: { $0.value["image"] != wanted })
    {
      return .refuted("\(after.summary): not the image that \(command.options.source ?? "it") names")
    }
    return .proven(already + after.summary)
  }

  private var restarted: Verdict {
    guard missing.isEmpty else { return .refuted("no container \(missing.joined(separator: ", "))") }
    let found = Self.containers(after)
    guard !found.isEmpty else { return .refuted("no container is there to restart") }
    for (key, state) in found.sorted(by: { $0.key < $1.key }) {
      if let complaint = Self.complaint(key, state) { return .refuted(complaint) }
      guard before.isObserved else { return .unproven("\(after.summary); before it was not observed") }
      guard let was = before.states[key] else { continue }
      if was["start"] == state["start"] {
        return .refuted("\(Self.name(key)) still runs from before: it was not restarted")
      }
      if was["image"] != state["image"] { return .refuted("\(Self.name(key)) runs another image than before") }
    }
    return .proven("started anew: \(after.summary)")
  }

  /// `rm` of compose takes stopped containers only.
  private var removed: Verdict {
    let left = Self.containers(after)
    if case .project = command.subject, !command.options.stopsFirst {
      let idle = left.filter { !Self.isRunning($0.value) }
      guard idle.isEmpty else { return .refuted("still there: \(after.summary)") }
      if !left.isEmpty, left.count == Self.containers(before).count {
        return .unproven("nothing was removed: \(after.summary)")
      }
      return .proven(already + (left.isEmpty ? "no container is there" : "what was stopped is gone"))
    }
    return left.isEmpty
      ? .proven(already + "no container \(subject) is there") : .refuted("still there: \(after.summary)")
  }

  private var named: Verdict {
    let tags = after.states.filter { $0.key.hasPrefix("tag:") }.sorted { $0.key < $1.key }
    if let none = tags.first(where: { $0.value == .null }) {
      return .refuted("no image is named \(none.key.dropping(prefix: "tag:") ?? none.key)")
    }
    if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
    // Nobody saw it end: the image may be the one from before.
    if outcome == nil, after.isSameState(as: before) { return .unproven("unchanged: \(after.summary)") }
    guard !tags.isEmpty else { return .unproven("no service has an image of its own to \(command.verb.rawValue)") }
    return .proven("\(after.isSameState(as: before) ? "unchanged: " : "")\(after.summary)")
  }

  private var tagged: Verdict {
    guard let wanted = before.states["wanted:"], wanted != .null else {
      return .refuted("no image \(command.options.source ?? "") is here")
    }
    for (key, image) in after.states where key.hasPrefix("tag:") {
      guard image == wanted else { return .refuted(after.summary) }
    }
    return .proven(already + after.summary)
  }

  private var untagged: Verdict {
    let left = after.states.filter { $0.key.hasPrefix("tag:") && $0.value != .null }
    return left.isEmpty ? .proven(already + after.summary) : .refuted("still there: \(after.summary)")
  }
}
