import Foundation
import ImageLayer
import Layer
import Runbook
import RunbookReading
import Testing

/// An engine that falls silent between two questions has not said that nothing is there.
@Suite struct SilentEngineTests {
  private let driver = ImageDriver()

  /// Answers `info` as long as the file `silent` is not there, and nothing else.
  private static let docker = """
    case "$1" in
      info) [ -e "$state/silent" ] && exit 1; echo engine-1 ;;
      *) [ -e "$state/none" ] && { echo '[]'; exit 1; }; echo 'closed by remote host' >&2; exit 255 ;;
    esac
    """

  private func observed(_ text: String, _ tools: ToolFolder) async throws -> Observation {
    let command = try #require(ShellReader().statements(of: text, line: 1).first?.commands.first)
    let environment = tools.environment()
    let effect = try #require(driver.recognise(.command(command), in: environment.context))
    return try await driver.observe(effect, in: environment)
  }

  @Test(arguments: ["docker stop web", "docker rm -f web"])
  func nothingIsSaidOfWhatWasNotAnswered(_ text: String) async throws {
    let tools = try ToolFolder(["docker": Self.docker])
    defer { tools.remove() }
    let lost = try await observed(text, tools)
    #expect(!lost.isObserved && lost.summary.contains("closed by remote host"), "\(lost.summary)")
    try tools.set("none", "")
    #expect(try await observed(text, tools).isObserved, "it answered that there is none")
    try tools.set("silent", "")
    #expect(try await !observed(text, tools).isObserved)
  }

  @Test func aProjectIsNotTakenDownBySilence() async throws {
    let compose = "case \"$1\" in version) echo 2 ;; *) echo 'services: {web: {image: \"a:1\"}}' ;; esac"
    let tools = try ToolFolder(
      ["docker": Self.docker, "docker-compose": compose], state: ["docker-compose.yml": "services: {web: {image: a}}"])
    defer { tools.remove() }
    let down = try await observed("docker-compose down", tools)
    #expect(!down.isObserved && down.summary.contains("does not answer"), "\(down.summary)")
  }
}
