import ArgumentParser
import Foundation

/// `backout`: one file a verb, listed here.
public struct BackoutCommand: AsyncParsableCommand {
  public static let version = "0.1.0"

  public static let configuration = CommandConfiguration(
    commandName: "backout",
    abstract:
      "Runs the rollback runbook that you have: shows what it would do, does it with proof, keeps what it destroys.",
    version: version,
    subcommands: [
      InitCommand.self, LintCommand.self, ConvertCommand.self, ConfirmCommand.self, PlanCommand.self, RunCommand.self,
      StatusCommand.self, ApproveCommand.self, RejectCommand.self, AnswerCommand.self, NoteCommand.self,
      PauseCommand.self, ResumeCommand.self, AbortCommand.self, UndoCommand.self, HistoryCommand.self,
      ReportCommand.self, JournalCommand.self, DoctorCommand.self,
    ])

  public init() {}

  /// Parses, runs, and says once on standard error what went wrong. Returns the exit status.
  public static func run(_ arguments: [String]) async -> Int32 {
    do {
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return ExitStatus.done.rawValue
    } catch let ending as Ending {
      return ending.code.rawValue
    } catch let failure as Failure {
      report(failure)
      return failure.code.rawValue
    } catch {
      let code = exitCode(for: error)
      if code == .success || code == .validationFailure || error is CleanExit || code.rawValue == 64 {
        let text = fullMessage(for: error)
        if !text.isEmpty {
          if code == .success { print(text) } else { Console.error(text) }
        }
        return code == .success ? ExitStatus.done.rawValue : ExitStatus.badInput.rawValue
      }
      let failure = Failure.of(error)
      report(failure)
      return failure.code.rawValue
    }
  }

  private static func report(_ failure: Failure) {
    Console.error(Style.error.paint("backout: ") + failure.message)
    if let next = failure.next { Console.error("  \(next)") }
  }
}

/// The verb has said everything; only its exit status is left.
struct Ending: Error {
  var code: ExitStatus
}
