import Layer
import Runbook

/// Finds the services that a plan stops and that systemd would start again, and offers to mask or disable them.
struct ServiceQuarantine {
  let driver: String
  let changes: [QuarantineChange]
  let environment: StepEnvironment

  /// Throws `DecodingError` where an effect is not one of this driver.
  func offers() async throws -> [QuarantineOffer] {
    var offers: [QuarantineOffer] = []
    for (index, change) in changes.enumerated() where change.effect.driver == driver {
      let command = try change.effect.processParameters().command
      guard command.verb == .stop, case .units(.systemctl, let names, let options) = command.subject else { continue }
      // systemd masks no pattern.
      for name in names where !UnitName.isPattern(name) && isLast(index, command.target(of: name)) {
        if let offer = try await offer(name, options, change) { offers.append(offer) }
      }
    }
    return offers
  }

  /// Whether nothing later is about it, by whomever: what is started again is meant to run.
  private func isLast(_ index: Int, _ target: String) -> Bool {
    !changes[(index + 1)...].contains {
      $0.effect.place.machine == changes[index].effect.place.machine && $0.effect.targets.contains(target)
    }
  }

  private func offer(_ name: String, _ options: [String], _ change: QuarantineChange) async throws -> QuarantineOffer? {
    let manager = ServiceManager(
      kind: .systemctl, options: options, effect: change.effect, environment: environment)
    let state: ServiceState
    do {
      state = try await manager.state(of: name)
    } catch is NoServiceManager {
      // The step's own forecast says so.
      return nil
    }
    guard state.isKnown, let file = state.file, !file.isEmpty else { return nil }
    // A unit whose file is where the mask would be cannot be masked.
    let isLocal = file.hasPrefix("/etc/") || file.contains("/.config/")
    let danger: String
    switch state.enabled {
    case "enabled": danger = "\(name) is enabled: the next boot starts it again"
    case "static" where !isLocal: danger = "\(name) is started again by whatever needs it"
    default: return nil
    }
    guard try await isOwn(file, options, change) else { return nil }
    func text(_ verb: String) -> String {
      ShellQuoting.quoted(change.effect.place.words(for: ["systemctl"] + options + [verb, name]))
    }
    return QuarantineOffer(
      name: QuarantineOffer.name(isLocal ? "disable" : "mask", name), step: change.step, danger: danger,
      statement: text(isLocal ? "disable" : "mask"), release: text(isLocal ? "enable" : "unmask"))
  }

  private func isOwn(_ file: String, _ options: [String], _ change: QuarantineChange) async throws -> Bool {
    let answer = try await environment.run(UnitFolders.question(of: [file]), for: change.effect)
    return answer.status == 0
      && UnitFolders.own([file], answer: answer.text, ofUser: options.contains("--user")).contains(file)
  }
}
