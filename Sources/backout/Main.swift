import Foundation
import SessionHost

@main struct Main {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count > 1, arguments[1] == SessionHostMain.verb else { return print("backout") }
    exit(SessionHostMain.run(arguments: arguments))
  }
}
