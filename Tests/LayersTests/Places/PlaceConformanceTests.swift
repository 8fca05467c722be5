import BackoutTestKit
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

/// One command of one driver, wherever it acts.
struct PlaceCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let exercise: @Sendable (TestPlace.Kind) async throws -> Void

  init(_ name: String, _ exercise: @escaping @Sendable (TestPlace.Kind) async throws -> Void) {
    testDescription = name
    self.exercise = exercise
  }
}

/// Every driver's conformance in every place that a command can act in.
@Suite struct PlaceConformanceTests {
  static let cases = files + git + declared + [schedule, process, message] + databases

  @Suite struct Here {
    @Test(arguments: cases) func conforms(_ scenario: PlaceCase) async throws { try await scenario.exercise(.here) }
  }

  @Suite(.enabled(if: TestPlace.Kind.sudo.isAvailable, Comment(rawValue: TestPlace.Kind.sudo.whyNot ?? "")))
  struct Sudo {
    @Test(arguments: cases) func conforms(_ scenario: PlaceCase) async throws { try await scenario.exercise(.sudo) }
  }

  @Suite(.enabled(if: TestPlace.Kind.container.isAvailable, Comment(rawValue: TestPlace.Kind.container.whyNot ?? "")))
  struct Container {
    @Test(arguments: cases) func conforms(_ scenario: PlaceCase) async throws {
      try await scenario.exercise(.container)
    }
  }

  @Suite(.enabled(if: TestPlace.Kind.ssh.isAvailable, Comment(rawValue: TestPlace.Kind.ssh.whyNot ?? "")))
  struct SSH {
    @Test(arguments: cases) func conforms(_ scenario: PlaceCase) async throws { try await scenario.exercise(.ssh) }
  }
}

extension TestPlace {
  /// The last command of `statement`, as the reader has it.
  static func action(_ statement: String) throws -> ParsedAction {
    let commands = ShellReader().statements(of: statement, line: 1).flatMap(\.commands)
    return .command(try #require(commands.last { $0.context != .substitution }, "\(statement)"))
  }

  /// `environment` with all that its commands need to get there.
  func reached(from environment: StepEnvironment) -> StepEnvironment {
    var environment = environment
    let variables = environment.context.variables.merging(self.variables) { $1 }
    environment.context.variables = variables
    environment.session = PlainShell(directory: environment.context.directory, variables: variables)
    return environment
  }

  /// The conformance suite for `command` here.
  /// - Parameters:
  ///   - options: of the place's own program.
  ///   - tail: what follows, outside the place.
  ///   - isRead: whether the command only looks.
  func exercise(
    _ driver: any LayerDriver, _ command: String, options: String = "", tail: String = "",
    from environment: StepEnvironment, isRead: Bool = false, isProvable: Bool = true,
    disturb: (@Sendable () async throws -> Void)? = nil,
    survives: @escaping @Sendable () async throws -> Bool = { true },
    reset: @escaping @Sendable () async throws -> Void = {}
  ) async throws {
    let statement = text(command, options: options) + tail
    let action = try Self.action(statement)
    let environment = reached(from: environment)
    let effect = try #require(driver.recognise(action, in: environment.context), "\(statement)")
    #expect(effect.place.isHere == (kind == .here) && (effect.role == .observe) == isRead)
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: command, action: action, statement: statement, environment: environment, disturb: disturb,
        disturbanceSurvives: survives, reset: reset, isProvable: isProvable))
    #expect(report.violations.isEmpty, "\(statement): \(report.violations.joined(separator: "\n"))")
  }
}
