import Runbook

/// Signals as `kill` takes them: by name, with or without SIG, or by number.
enum Signal {
  private static let names: Set<String> = [
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
    "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
    "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
  ]
  private static let numbers = [1: "HUP", 2: "INT", 3: "QUIT", 6: "ABRT", 9: "KILL", 15: "TERM"]

  /// `KILL` of `KILL`, `SIGKILL` and `9`; nil where there is no such signal: `-P` and `-U` are options.
  static func name(of word: String) -> String? {
    if let number = Int(word) { return (0...64).contains(number) ? numbers[number] ?? "\(number)" : nil }
    let name = word.dropping(prefix: "SIG") ?? word
    return names.contains(name) || isRealTime(name) ? name : nil
  }

  /// `RTMIN+3`, `RTMAX-1`.
  private static func isRealTime(_ name: String) -> Bool {
    guard let offset = name.dropping(prefix: "RTMIN+") ?? name.dropping(prefix: "RTMAX-") else { return false }
    return UInt8(offset).map { $0 <= 30 } ?? false
  }
}
