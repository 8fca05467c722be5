import Foundation
import Glibc
import RunbookReading

/// What libFuzzer calls. `BACKOUT_FUZZ_TARGET` names the reader; script/fuzz says the rest.
///
/// A broken invariant is a crash, with its reason on standard error: libFuzzer then keeps the input that replays it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let began = ProcessorTime.now
  do {
    try FuzzTarget.reader.check(bytes)
  } catch {
    fail("\(FuzzTarget.reader.rawValue): \(type(of: error)): \(error)")
  }
  let took = ProcessorTime.now - began
  // A constant for the processes that a reading starts, and a slope that only faster than linear growth passes.
  let allowed = 2 + Double(count) * 100e-6
  if took > allowed { fail("\(FuzzTarget.reader.rawValue): \(count) bytes took \(took) s, allowed are \(allowed)") }
  return 0
}

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> CInt {
  let environment = ProcessInfo.processInfo.environment
  // The files that only Backout itself can write are made here for the corpus.
  if let folder = environment["BACKOUT_FUZZ_SEEDS"] {
    do {
      for kind in JournalInvariants.Kind.allCases {
        try Data(JournalInvariants.seed(kind)).write(to: URL(fileURLWithPath: "\(folder)/\(kind)"))
      }
    } catch { fail("\(error)") }
    exit(0)
  }
  // What `convert` prints of a document is a seed for the reader of YAML.
  if let path = environment["BACKOUT_FUZZ_CONVERT"] {
    do {
      let book = try RunbookReader().read(Data(contentsOf: URL(fileURLWithPath: path)), named: "ROLLBACK.md")
      FileHandle.standardOutput.write(Data(try YAMLRunbook.text(of: book).utf8))
    } catch { fail("\(error)") }
    exit(0)
  }
  _ = FuzzTarget.reader
  return 0
}

enum FuzzTarget {
  static let reader: ReaderUnderTest = {
    let name = ProcessInfo.processInfo.environment["BACKOUT_FUZZ_TARGET"] ?? ""
    if let reader = ReaderUnderTest(rawValue: name) { return reader }
    let names = ReaderUnderTest.allCases.map(\.rawValue).joined(separator: ", ")
    FileHandle.standardError.write(Data("BACKOUT_FUZZ_TARGET is one of: \(names)\n".utf8))
    exit(2)
  }()
}

private func fail(_ why: String) -> Never {
  FileHandle.standardError.write(Data("FINDING \(why)\n".utf8))
  abort()
}

/// Seconds of processor time, of this process and of those that it waited for.
private enum ProcessorTime {
  static var now: Double {
    [RUSAGE_SELF, RUSAGE_CHILDREN].reduce(0) { sum, who in
      var usage = rusage()
      getrusage(__rusage_who_t(truncatingIfNeeded: who.rawValue), &usage)
      return sum + seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
  }
  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}
