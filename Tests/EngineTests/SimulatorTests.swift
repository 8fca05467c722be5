import BackoutTestKit
import Engine
import Foundation
import Testing

@Suite struct SimulatorTests {
  private static let environment = ProcessInfo.processInfo.environment

  @Test("Random plans, worlds, people and crashes break no promise")
  func manySeeds() async throws {
    if let seed = Self.environment["BACKOUT_SEED"].flatMap(UInt64.init) {
      let result = Simulator.run(seed: seed, trace: true)
      print(result.trace.joined(separator: "\n"))
      #expect(result.violations.isEmpty, "\(result.violations)")
      return
    }
    let seeds = Self.environment["BACKOUT_SEEDS"].flatMap(UInt64.init) ?? 10_000
    let begun = ContinuousClock.now
    let result = await Simulator.run(seeds: 1...max(1, seeds))
    let seconds = (ContinuousClock.now - begun) / .seconds(1)
    print("simulator: \(result.seeds) seeds in \(String(format: "%.1f", seconds)) s,", terminator: " ")
    print("\(Int(Double(result.seeds) / max(seconds, 0.001))) a second; \(result.totals)")
    for violation in result.violations.prefix(20) { print("BACKOUT_SEED=\(violation.seed)  \(violation.what)") }
    #expect(result.violations.isEmpty)
    #expect(result.seeds == Int(max(1, seeds)))
    // What never happened was not tested.
    if seeds >= 1000 {
      for count in SimulationResult.Count.allCases {
        #expect(result.counts[count, default: 0] > 0, "no \(count.rawValue)")
      }
    }
  }

  @Test("Equal seeds give equal runs")
  func deterministic() {
    for seed in UInt64(1)...20 {
      #expect(Simulator.run(seed: seed, trace: true).trace == Simulator.run(seed: seed, trace: true).trace)
    }
  }
}
