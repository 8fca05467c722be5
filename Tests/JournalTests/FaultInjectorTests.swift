import Foundation
import Synchronization
import Testing

@testable import Journal

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

#if DEBUG
  @Suite struct FaultInjectorTests {
    private final class Kills: Sendable {
      private let processes = Mutex<[Int32]>([])
      var all: [Int32] { processes.withLock { $0 } }
      func add(_ process: Int32) { processes.withLock { $0.append(process) } }
    }

    @Test func readsTheVariable() throws {
      let fault = try #require(FaultInjector.Fault("journal-after:17:both"))
      #expect(fault.point == .journalAfter)
      #expect(fault.passing == 17)
      #expect(fault.victim == nil)
      #expect(FaultInjector.Fault("statement-running:1:host")?.victim == .host)
      for text in [
        "", "journal-after", "journal-after:0:tool", "journal-after:x:tool", "nowhere:1:tool", "journal-after:1:you",
      ] {
        #expect(FaultInjector.Fault(text) == nil, "\(text)")
      }
    }

    @Test(arguments: [
      ("tool", FaultInjector.Role.tool, [getpid()]), ("host", .tool, [77]), ("both", .tool, [77, getpid()]),
      ("tool", .host, [77]), ("host", .host, [getpid()]), ("both", .host, [77, getpid()]),
    ]) func endsWhoIsMeantAtThatPassing(_ victim: String, _ role: FaultInjector.Role, _ expected: [Int32]) throws {
      let kills = Kills()
      let folder = try TemporaryFolder()
      let injector = FaultInjector.make(
        role: role, fault: FaultInjector.Fault("record-after:3:\(victim)"), log: folder.file("log"), other: { 77 },
        kill: { kills.add($0) })
      injector.reach(.recordAfter)
      injector.reach(.recordBefore)
      injector.reach(.recordAfter)
      #expect(kills.all.isEmpty)
      injector.reach(.recordAfter)
      #expect(kills.all == expected)
      injector.reach(.recordAfter)
      #expect(kills.all == expected)
      let name = role.rawValue
      #expect(
        try String(contentsOfFile: folder.file("log"), encoding: .utf8) == """
          \(name) record-after 1
          \(name) record-before 1
          \(name) record-after 2
          \(name) record-after 3
          \(name) record-after 4

          """)
    }
  }
#endif
