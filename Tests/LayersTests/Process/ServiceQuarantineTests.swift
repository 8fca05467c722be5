import BackoutTestKit
import Foundation
import Layer
import Runbook
import Testing

@testable import ProcessLayer

/// What would start again a service that a plan stops.
@Suite struct ServiceQuarantineTests {
  private let driver = ProcessDriver()

  private func recognised(_ words: [String]) throws -> Effect {
    try #require(
      driver.recognise(.command(ParsedCommand(literal: words)), in: ReadingContext(directory: "/tmp")))
  }

  @Test func aStoppedServiceThatWouldStartAgainIsOfferedForAMask() async throws {
    let tools = try ToolFolder(
      ["systemctl": FakeSystemd.systemctl, "readlink": #"cat "$state/$(basename "$1" .service).link" 2>/dev/null"#],
      state: FakeSystemd.state)
    defer { tools.remove() }
    let environment = tools.environment()
    func change(_ words: [String]) throws -> QuarantineChange {
      QuarantineChange(
        step: words.joined(separator: " "), effect: try recognised(words), context: environment.context)
    }
    let stop = try change(["systemctl", "stop", "agy", "stuck", "gone"])
    let offers = try await driver.quarantines(after: [stop], in: environment)
    #expect(offers.map(\.name) == ["mask-agy", "mask-stuck"])
    #expect(offers.map(\.statement) == ["systemctl mask agy", "systemctl mask stuck"])
    #expect(offers.map(\.release) == ["systemctl unmask agy", "systemctl unmask stuck"])
    #expect(offers[0].danger == "agy is enabled: the next boot starts it again" && offers[0].step == stop.step)
    #expect(try recognised(["systemctl", "unmask", "agy"]).reversibility == .exact)

    let start = try change(["systemctl", "start", "agy"])
    #expect(try await driver.quarantines(after: [stop, start], in: environment).map(\.name) == ["mask-stuck"])
    // To systemd they are one, whoever asks.
    let full = try change(["systemctl", "start", "agy.service"])
    #expect(try await driver.quarantines(after: [stop, full], in: environment).map(\.name) == ["mask-stuck"])
    var byRoot = full
    byRoot.effect.place = .sudo(user: nil)
    #expect(try await driver.quarantines(after: [stop, byRoot], in: environment).map(\.name) == ["mask-stuck"])
    var onOther = full
    onOther.effect.place = .ssh(host: "db2", options: [])
    #expect(try await driver.quarantines(after: [stop, onOther], in: environment).count == 2)
    #expect(try await driver.quarantines(after: [start, try change(["killall", "agy"])], in: environment) == [])
    var remote = stop
    remote.effect.place = .sudo(user: nil)
    // sudo is not in the folder: nothing is known, so nothing is offered.
    let bare = tools.environment(variables: ["PATH": tools.folder.path])
    #expect(try await driver.quarantines(after: [remote], in: bare) == [])
    // systemd refuses to mask what stands where the mask would be.
    try tools.set("agy.file", "/etc/systemd/system/agy.service")
    try tools.set("stuck.file", "/etc/systemd/system/stuck.service")
    let own = try await driver.quarantines(after: [stop], in: environment)
    #expect(own.map(\.name) == ["disable-agy"])
    #expect(own.map(\.statement) == ["systemctl disable agy"] && own.map(\.release) == ["systemctl enable agy"])
    // To disable what is only linked would take its link away; a user's own folders are looked at for --user alone.
    try tools.set("agy.link", "/srv/app/agy.service")
    #expect(try await driver.quarantines(after: [stop], in: environment) == [])
    try tools.set("agy.link", "../../../lib/systemd/system/agy.service")
    #expect(try await driver.quarantines(after: [stop], in: environment).map(\.name) == ["disable-agy"])
    try tools.set("agy.link", "")
    let mine = try change(["systemctl", "--user", "stop", "agy"])
    for (file, ofUser) in [("/srv/app/agy.service", 0), ("/home/me/.config/systemd/user/agy.service", 1)] {
      try tools.set("agy.file", file)
      #expect(try await driver.quarantines(after: [stop], in: environment) == [])
      #expect(try await driver.quarantines(after: [mine], in: environment).count == ofUser)
    }
    try tools.set("agy.file", "/etc/systemd/system/agy.service")
    try tools.set("agy.enabled", "disabled")
    try tools.set("stuck.enabled", "masked")
    #expect(try await driver.quarantines(after: [stop], in: environment) == [])
  }
}
