import Engine
import Layer
import PostgresLayer
import Runbook

/// The lock at the target that `settings: { lock: CONNECTION }` asks for.
enum TargetLock {
  /// Nil: the bindings ask for none. Throws `Failure`: nothing was executed.
  static func acquire(for context: RunContext) async throws -> PostgresTargetLock? {
    guard let name = context.plan.settings.lock else { return nil }
    let environment = StepEnvironment(
      label: "\(context.run.short)/lock",
      context: ReadingContext(
        directory: context.plan.directory, variables: context.variables,
        connections: context.plan.bindings.connections),
      images: context.images("lock"), runner: context.runner, secrets: context.secrets, redactor: context.redactor)
    do {
      return try await PostgresTargetLock.acquire(
        connection: name, service: context.plan.service, in: environment)
    } catch let held as PostgresTargetLock.Held {
      throw Failure(.blocked, "\(held). Nothing was executed.", next: "wait for it, or look there: backout status")
    } catch {
      throw Failure(
        .blocked, "The lock at the target (settings.lock: \(name)) cannot be taken: \(error). Nothing was executed.")
    }
  }
}
