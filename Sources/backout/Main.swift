import BackoutCommands
import Foundation
import SessionHost

@main struct Main {
  static func main() async {
    let arguments = CommandLine.arguments
    if arguments.count > 1, arguments[1] == SessionHostMain.verb { exit(SessionHostMain.run(arguments: arguments)) }
    exit(await BackoutCommand.run(Array(arguments.dropFirst())))
  }
}
