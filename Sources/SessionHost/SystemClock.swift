import Glibc
import Journal

/// The two clocks of this machine.
enum SystemClock {
  static func now() -> Instant {
    Instant(wall: read(CLOCK_REALTIME) / 1_000_000, monotonic: nanoseconds() / 1_000_000, boot: ProcessTable.boot)
  }
  /// Nanoseconds since boot, sleep included.
  static func nanoseconds() -> Int64 { read(CLOCK_BOOTTIME) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
