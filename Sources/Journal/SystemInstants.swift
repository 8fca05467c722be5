import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// Instants by this machine's clocks.
public struct SystemInstants: InstantSource {
  private let boot: String

  public init() { boot = Self.bootIdentifier() }

  public func now() -> Instant {
    #if os(Linux)
      let monotonic = CLOCK_BOOTTIME
    #else
      let monotonic = CLOCK_MONOTONIC
    #endif
    return Instant(wall: Self.milliseconds(CLOCK_REALTIME), monotonic: Self.milliseconds(monotonic), boot: boot)
  }

  private static func milliseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Where the system names no boot, the boot's wall-clock second stands for it.
  private static func bootIdentifier() -> String {
    #if os(Linux)
      if let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8) {
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
      }
      let uptime = milliseconds(CLOCK_BOOTTIME)
    #else
      let uptime = milliseconds(CLOCK_MONOTONIC)
    #endif
    return "boot-\((milliseconds(CLOCK_REALTIME) - uptime) / 1000)"
  }
}
