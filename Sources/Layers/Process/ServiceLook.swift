import Layer
import Runbook

/// The services of a command, as they are now. After the command, those that ought to run are given a moment to fall
/// over: what is started again and again is active whenever it is looked at once.
struct ServiceLook {
  /// In the order of the names.
  private(set) var services: [(name: String, state: ServiceState)] = []
  /// Name → what shows that it does not stay up.
  private(set) var falls: [String: String] = [:]

  /// Throws `NoServiceManager`.
  init(at names: [String], of command: ProcessCommand, by manager: ServiceManager) async throws {
    for name in names {
      let state = try await manager.state(of: name)
      services.append((name: name, state: state))
    }
    guard command.wantsRunning, manager.environment.isVerifying, services.contains(where: { $0.state.isKnown }) else {
      return
    }
    let clock = ContinuousClock()
    let begun = clock.now
    while falls.isEmpty, begun.duration(to: clock.now) < manager.environment.watch {
      try await Task.sleep(for: manager.environment.watch / 4)
      for index in services.indices {
        let name = services[index].name
        var earlier = services[index].state
        let now = try await manager.state(of: name)
        services[index].state = now
        // What waits in the manager's queue may have been stopped and started between two looks.
        if command.isQueued == true {
          earlier.isActive = false
          earlier.processes = []
        }
        falls[name] = now.falls(since: earlier)
      }
    }
  }
}
