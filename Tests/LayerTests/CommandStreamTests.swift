import Foundation
import Layer
import Testing

@Suite struct CommandStreamTests {
  private func request(_ script: String, timeout: Int = 60) -> CommandRequest {
    CommandRequest(words: ["sh", "-c", script], directory: "/tmp", timeout: timeout)
  }

  @Test func outputComesInPieces() async throws {
    let (pieces, result) = try await ProcessRunner().read(
      request("head -c 3000000 /dev/zero; echo no >&2; exit 3")
    ) { next in
      var sizes: [Int] = []
      while let piece = try await next() { sizes.append(piece.count) }
      return sizes
    }
    #expect(pieces.reduce(0, +) == 3_000_000 && pieces.count > 1)
    #expect(result.status == 3 && result.errorText == "no")
  }

  @Test func inputGoesInPieces() async throws {
    let result = try await ProcessRunner().write(request("wc -c")) { write in
      for _ in 0..<30 { try await write(Data(repeating: 65, count: 100_000)) }
    }
    #expect(result.status == 0 && result.trimmed == "3000000")
  }

  @Test func aCommandThatEndsEarlySaysSoByItsStatus() async throws {
    let result = try await ProcessRunner().write(request("exit 4")) { write in
      for _ in 0..<100 { try await write(Data(repeating: 65, count: 100_000)) }
    }
    #expect(result.status == 4)
  }

  @Test(arguments: ["exit 4", "head -c 1 >/dev/null; exit 4", "exec <&-; sleep 0.05; exit 4"])
  func aCommandThatDoesNotReadWhatItIsGiven(_ script: String) async throws {
    var request = request(script)
    request.input = Data(repeating: 65, count: 1_000_000)
    for _ in 0..<10 { #expect(try await ProcessRunner().run(request).status == 4) }
  }

  @Test func inputGivenWhole() async throws {
    var request = request("wc -c")
    request.input = Data(repeating: 65, count: 1_000_000)
    #expect(try await ProcessRunner().run(request).trimmed == "1000000")
    request.input = nil
    #expect(try await ProcessRunner().run(request).trimmed == "0")
  }

  @Test func aFailureOfTheReaderEndsTheCommand() async throws {
    struct Full: Error {}
    let begun = ContinuousClock.now
    await #expect(throws: Full.self) {
      try await ProcessRunner().read(request("cat /dev/zero")) { next in
        _ = try await next()
        throw Full()
      }
    }
    #expect(ContinuousClock.now - begun < .seconds(50))
  }

  @Test func aCommandThatTakesTooLongIsStopped() async throws {
    let (count, result) = try await ProcessRunner().read(request("echo a; sleep 600", timeout: 1)) { next in
      var count = 0
      while let piece = try await next() { count += piece.count }
      return count
    }
    #expect(count == 2 && result.status != 0)
  }

  @Test func aProgramThatIsNotThere() async throws {
    let missing = CommandRequest(words: ["no-such-program"], directory: "/tmp")
    await #expect(throws: CommandFailure(words: ["no-such-program"], reason: .notFound)) {
      try await ProcessRunner().write(missing) { _ in }
    }
  }
}
