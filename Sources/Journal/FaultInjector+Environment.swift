import Dispatch
import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

extension FaultInjector {
  /// Which of a run's two processes this is.
  public enum Role: String, Sendable { case tool, host }

  /// What `BACKOUT_FAULT` and `BACKOUT_FAULT_LOG` ask for; `.none` in release builds. `BACKOUT_FAULT` counts the
  /// passings of its point in this process, from 1; a value that cannot be read ends the process with a message, since a
  /// test that injects nothing would pass.
  ///
  /// - Parameter other: the other process's id, asked at the moment of the kill: the session host's for the tool, its
  ///   client's for the host. Nil: there is none (yet), and only this process can be ended.
  public static func fromEnvironment(role: Role, other: @escaping @Sendable () -> Int32?) -> FaultInjector {
    #if DEBUG
      let environment = ProcessInfo.processInfo.environment
      let fault = environment["BACKOUT_FAULT"].map { text in
        guard let fault = Fault(text) else {
          preconditionFailure("BACKOUT_FAULT=\(text): not POINT:N:tool|host|both[:MS]")
        }
        return fault
      }
      return make(
        role: role, fault: fault, log: environment["BACKOUT_FAULT_LOG"], counts: ofThisProcess, other: other)
    #else
      return .none
    #endif
  }

  #if DEBUG
    /// `<point>:<n>:<tool|host|both>[:<milliseconds later>]`
    struct Fault: Hashable, Sendable {
      var point: FaultPoint
      var passing: Int
      /// Nil: both.
      var victim: Role?
      /// Milliseconds between the point and the kill: what follows goes on meanwhile.
      var delay = 0

      init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 || parts.count == 4, let point = FaultPoint(rawValue: parts[0]),
          let passing = Int(parts[1]), passing > 0
        else { return nil }
        if parts.count == 4 {
          guard let delay = Int(parts[3]), delay > 0 else { return nil }
          self.delay = delay
        }
        self.point = point
        self.passing = passing
        if parts[2] == "both" {
          victim = nil
        } else if let role = Role(rawValue: parts[2]) {
          victim = role
        } else {
          return nil
        }
      }
    }

    /// A class, because a mutex cannot be copied and the closure has to share it.
    final class Counts: Sendable {
      private let passed = Mutex<[FaultPoint: Int]>([:])

      func pass(_ point: FaultPoint) -> Int {
        passed.withLock { counts in
          counts[point, default: 0] += 1
          return counts[point, default: 0]
        }
      }
    }

    /// However many injectors a process makes, a point's passings are counted together.
    private static let ofThisProcess = Counts()

    static func make(
      role: Role, fault: Fault?, log: String?, counts: Counts = Counts(), other: @escaping @Sendable () -> Int32?,
      kill: @escaping @Sendable (Int32) -> Void = { _ = Foundation.kill($0, SIGKILL) }
    ) -> FaultInjector {
      guard fault != nil || log != nil else { return .none }
      return FaultInjector { point in
        let passing = counts.pass(point)
        if let log { append("\(role.rawValue) \(point.rawValue) \(passing)\n", to: log) }
        guard let fault, fault.point == point, fault.passing == passing else { return }
        let strike: @Sendable () -> Void = {
          if fault.victim != role, let other = other() { kill(other) }
          if fault.victim == nil || fault.victim == role { kill(getpid()) }
        }
        if fault.delay == 0 { return strike() }
        DispatchQueue.global(qos: .userInteractive).asyncAfter(
          deadline: .now() + .milliseconds(fault.delay), execute: strike)
      }
    }

    /// One write, so that two processes' lines stay whole.
    private static func append(_ line: String, to path: String) {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { return }
      var line = line
      line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
      close(descriptor)
    }
  #endif
}
