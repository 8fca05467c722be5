import Foundation
import Runbook
import Testing

@testable import Journal

@Suite struct HomeFolderTests {
  @Test func liesWhereTheEnvironmentSays() throws {
    #expect(try HomeFolder(environment: ["BACKOUT_HOME": "/srv/b/", "XDG_STATE_HOME": "/x"]).path == "/srv/b")
    #expect(try HomeFolder(environment: ["XDG_STATE_HOME": "/x", "HOME": "/h"]).path == "/x/backout")
    #expect(try HomeFolder(environment: ["XDG_STATE_HOME": "x", "HOME": "/h"]).path == "/h/.local/state/backout")
    #expect(try HomeFolder(environment: ["BACKOUT_HOME": "", "HOME": "/h"]).path == "/h/.local/state/backout")
    #expect(throws: HomeFolderError.relative("state")) { try HomeFolder(environment: ["BACKOUT_HOME": "state"]) }
  }

  @Test func foldersAreThePersonsAlone() throws {
    let folder = try TemporaryFolder()
    let home = HomeFolder(path: folder.file("a/b/home"))
    #expect(try home.freeBytes() > 0)
    try home.create()
    try home.create()
    try home.createFolders(of: sampleRun)
    let made = [
      folder.file("a"), home.path, home.runs, home.locks, home.session(of: sampleRun), home.images(of: sampleRun),
    ]
    for path in made { #expect(permissions(of: path) == 0o700, "\(path)") }
  }

  @Test func aFileInTheWayIsAnError() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(fileURLWithPath: folder.file("home")))
    #expect(throws: FolderError.self) { try HomeFolder(path: folder.file("home")).create() }
  }

  @Test func namesStayInsideTheirFolder() {
    let names = ["step-6/4", "step-6%2F4", "..", ".", "", "%", "a b", "ü", "x/../../y", ".hidden", "a.b"]
    let safe = names.map(Folder.safeName)
    #expect(Set(safe).count == names.count)
    #expect(safe.allSatisfy { !$0.contains("/") && !$0.hasPrefix(".") && !$0.isEmpty })
    #expect(safe[0] == "step-6%2F4")
    let long = [String(repeating: "ü", count: 300), String(repeating: "ü", count: 301)].map(Folder.safeName)
    #expect(long[0] != long[1])
    #expect(long.allSatisfy { $0.utf8.count < 200 })
  }
}
