import Layer
import Runbook

struct Forecasting {
  let request: Request
  let effect: Effect
  let before: Observation
  let environment: StepEnvironment
  func forecast() async throws -> Forecast { Forecast(from: before.summary, to: effect.summary) }
}
