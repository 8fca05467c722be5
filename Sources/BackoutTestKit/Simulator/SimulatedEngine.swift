import Engine

/// The engine under simulation; tests plant bugs in it.
public struct SimulatedEngine: Sendable {
  public var decide: @Sendable (RunState) -> Directive
  public var apply: @Sendable (inout RunState, RunEvent) -> Void
  /// Whether the executor makes the intent durable before the effect.
  public var flushesBeforeActing: Bool

  public init(
    decide: @escaping @Sendable (RunState) -> Directive = { Decider.next($0) },
    apply: @escaping @Sendable (inout RunState, RunEvent) -> Void = { $0.apply($1) },
    flushesBeforeActing: Bool = true
  ) {
    self.decide = decide
    self.apply = apply
    self.flushesBeforeActing = flushesBeforeActing
  }

  public static let real = SimulatedEngine()
}

/// Runs the engine's pure core against random plans, worlds, people and crashes, and says which promise was broken.
public enum Simulator {
  /// One seed, one run with everything that befalls it. Equal seeds give equal results.
  public static func run(seed: UInt64, engine: SimulatedEngine = .real, trace: Bool = false) -> SimulationResult {
    let simulation = Simulation(seed: seed, engine: engine, traces: trace)
    return simulation.run()
  }

  /// Many seeds, on `width` cores.
  public static func run(
    seeds: ClosedRange<UInt64>, engine: SimulatedEngine = .real, width: Int = 2
  ) async -> SimulationResult {
    await withTaskGroup(of: SimulationResult.self) { group in
      for lane in 0..<UInt64(width) {
        group.addTask {
          var result = SimulationResult()
          var seed = seeds.lowerBound + lane
          while seed <= seeds.upperBound {
            result.add(run(seed: seed, engine: engine))
            seed += UInt64(width)
          }
          return result
        }
      }
      var total = SimulationResult()
      for await result in group { total.add(result) }
      total.violations.sort { $0.seed < $1.seed }
      return total
    }
  }
}
