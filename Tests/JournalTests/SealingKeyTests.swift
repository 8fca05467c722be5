import Foundation
import Testing

@testable import Journal

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

@Suite struct SealingKeyTests {
  private let hex = "00ff10203040506070809000a0b0c0d0e0f0112233445566778899aabbccddee"

  private func bytes() -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  @Test func readsHexAndBase64() throws {
    let expected = try #require(SealingKey(bytes: bytes()))
    let base64 = Data(bytes()).base64EncodedString()
    let urlSafe = base64.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
    for text in [hex, hex.uppercased(), " \(hex)\n", base64, "\(base64)\n", String(urlSafe.dropLast())] {
      #expect(SealingKey(text: text)?.bytes == expected.bytes, "\(text)")
    }
    for text in ["", "abc", String(hex.dropLast()), hex + "00", "zz" + hex.dropFirst(2), "AAAA", "٣" + hex.dropFirst()]
    {
      #expect(SealingKey(text: text) == nil, "\(text)")
    }
  }

  @Test func isNeverShown() throws {
    let key = try #require(SealingKey(text: hex))
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(!text.contains("255") && !text.lowercased().contains("00ff"), "\(text)")
    }
    #expect(!key.check.contains(Data(bytes().prefix(8))))
  }

  @Test func comesFromTheCommandThenTheVariableThenTheFile() throws {
    let folder = try TemporaryFolder()
    let home = HomeFolder(path: folder.file("home"))
    let other = String(hex.reversed())
    var environment = ["XDG_CONFIG_HOME": folder.file("config"), "PATH": "/usr/bin:/bin"]
    #expect(try SealingKey.load(environment: environment, home: home, makes: false) == nil)
    #expect(try folder.names().isEmpty)
    let made = try #require(try SealingKey.load(environment: environment, home: home))
    #expect(permissions(of: folder.file("config/backout/key")) == 0o600)
    #expect(permissions(of: folder.file("config/backout")) == 0o700)
    #expect(try folder.names(in: "config/backout") == ["key"])
    #expect(try SealingKey.load(environment: environment, home: home, makes: false)?.bytes == made.bytes)
    environment["BACKOUT_KEY"] = hex
    #expect(try SealingKey.load(environment: environment, home: home)?.hex == hex)
    environment["BACKOUT_KEY_COMMAND"] = "echo \(other)"
    #expect(try SealingKey.load(environment: environment, home: home)?.hex == other)
  }

  @Test func refusesWhatIsNoKey() throws {
    let folder = try TemporaryFolder()
    let home = HomeFolder(path: folder.file("home"))
    func load(_ environment: [String: String]) throws {
      _ = try SealingKey.load(
        environment: ["XDG_CONFIG_HOME": folder.file("config"), "PATH": "/usr/bin:/bin"]
          .merging(environment) { $1 }, home: home)
    }
    #expect(throws: SealingKeyError.malformed(source: "BACKOUT_KEY")) { try load(["BACKOUT_KEY": "secret"]) }
    #expect(throws: SealingKeyError.malformed(source: "BACKOUT_KEY_COMMAND")) {
      try load(["BACKOUT_KEY_COMMAND": "echo no", "BACKOUT_KEY": hex])
    }
    #expect(throws: SealingKeyError.commandFailed(status: 3)) {
      try load(["BACKOUT_KEY_COMMAND": "echo \(hex); exit 3"])
    }
    try Folder.make(folder.file("config/backout"))
    let path = folder.file("config/backout/key")
    try Data("nonsense".utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o600)
    #expect(throws: SealingKeyError.malformed(source: path)) { try load([:]) }
    try Data(hex.utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o640)
    #expect(throws: SealingKeyError.readableByOthers(path: path, mode: 0o640)) { try load([:]) }
    chmod(path, 0o400)
    try load([:])
  }

  @Test func neverLiesInTheHome() throws {
    let folder = try TemporaryFolder()
    let home = HomeFolder(path: folder.file("home"))
    try home.create()
    try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: home.path)
    for config in ["home", "home/config", "link/config"] {
      let environment = ["XDG_CONFIG_HOME": folder.file(config)]
      #expect(throws: SealingKeyError.insideHome(path: folder.file(config) + "/backout/key")) {
        try SealingKey.load(environment: environment, home: home)
      }
    }
    #expect(try folder.names(in: "home") == ["locks", "runs"])
    _ = try SealingKey.load(environment: ["XDG_CONFIG_HOME": folder.file("home-config")], home: home)
  }

  @Test func firstUsesMayMeet() async throws {
    let folder = try TemporaryFolder()
    let home = HomeFolder(path: folder.file("home"))
    let environment = ["XDG_CONFIG_HOME": folder.file("config")]
    // The same process id writes the same temporary name, so one at a time here; the key stays the first one's.
    let first = try #require(try SealingKey.load(environment: environment, home: home))
    for _ in 0..<3 { #expect(try SealingKey.load(environment: environment, home: home)?.bytes == first.bytes) }
  }
}
