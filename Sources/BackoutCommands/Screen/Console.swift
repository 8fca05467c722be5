import Foundation
import Runbook
import Synchronization

/// Standard output and error, and the person in front of them.
enum Console {
  /// Somebody reads the output and can type an answer.
  static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Read once: the environment of a process is a new dictionary at each look.
  private static let columns =
    ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init).map { max(20, $0) } ?? 100

  /// Columns of the terminal; where there is none, what COLUMNS says, or 100.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else {
      return columns
    }
    return Int(size.ws_col)
  }

  /// What everything that is written here passes: the one gate that no verb can forget.
  private static let hidden = Mutex(Redactor())

  /// From now on nothing shows these secrets.
  static func hide(_ redactor: Redactor) { hidden.withLock { $0 = redactor } }

  /// `text` as it may be shown or kept.
  static func hiding(_ text: String) -> String { hidden.withLock { $0 }.redact(text) }

  /// Rows of the terminal; 40 where there is none.
  static var height: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 3 else { return 40 }
    return Int(size.ws_row)
  }

  static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
  static func write(_ text: String) { write(text, to: STDOUT_FILENO) }
  static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  /// One JSON document: sorted keys, indented, redacted.
  static func json(_ value: some Encodable, redactor: Redactor = Redactor()) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    var data = try encoder.encode(value)
    if !redactor.isEmpty {
      data = try encoder.encode(redactor.redact(JSONDecoder().decode(JSONValue.self, from: data)))
    }
    print(String(decoding: data, as: UTF8.self))
  }

  static func askYesNo(_ question: String) async -> Bool {
    write("\(question) [y/N] ")
    guard let line = await readLine({ false })?.trimmingCharacters(in: .whitespaces).lowercased() else { return false }
    return line == "y" || line == "yes"
  }

  /// One line from the person at the terminal, looked for without blocking, so that a signal ends the wait. Nil at the
  /// input's end, and as soon as `isInterrupted` says so.
  static func readLine(_ isInterrupted: @Sendable () -> Bool) async -> String? {
    var bytes: [UInt8] = []
    while !isInterrupted() {
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard poll(&input, 1, 0) > 0 else {
        try? await Task.sleep(for: .milliseconds(40))
        continue
      }
      // A byte at a time: what was typed ahead belongs to the next question.
      var byte: UInt8 = 0
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count == 1 else { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    return nil
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(hiding(text).utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        guard errno == EINTR || errno == EAGAIN else { return }
        continue
      }
      bytes = bytes.dropFirst(count)
    }
  }
}

extension String {
  /// The first line, hidden before it is cut: half a secret would not be recognised as one.
  var shownLine: String { Console.hiding(self).firstLine }
}
