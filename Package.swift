// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
]

/// One driver, one target: the compiler then holds that no driver imports another.
func driver(_ name: String, dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
  .target(
    name: "\(name)Layer", dependencies: ["Runbook", "Layer"] + dependencies,
    path: "Sources/Layers/\(name)", resources: resources, swiftSettings: settings)
}

func tests(_ name: String, dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: ["BackoutTestKit", "Runbook"] + dependencies,
    path: "Tests/\(name)Tests", exclude: exclude, swiftSettings: settings)
}

let driverTargets: [Target.Dependency] = [
  "GitLayer", "FilesLayer", "PostgresLayer", "SQLiteLayer", "HTTPLayer", "ConfigLayer", "ProcessLayer", "ImageLayer",
  "SchemaLayer", "BackupLayer", "ScheduleLayer", "MessageLayer", "DeclaredLayer", "ManualLayer", "ShellLayer",
]

/// What holds for the readers whatever the bytes are: tried with mutants by the tests, and by libFuzzer in an executable
/// of the same sources, which script/fuzz asks for. A folder belongs to one target, and `@testable` needs its flag.
let robust: [Target.Dependency] = ["RunbookReading", "Journal", "SessionHost"]
let robustness: Target =
  Context.environment["BACKOUT_FUZZ"] == nil
  ? tests("Robustness", dependencies: robust, exclude: ["Fuzz"])
  : .executableTarget(
    name: "backout-fuzz", dependencies: ["Runbook"] + robust, path: "Tests/RobustnessTests",
    exclude: ["MutationTests.swift"], sources: ["Fuzz", "Invariants"], swiftSettings: settings)

let package = Package(
  name: "backout",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "backout", targets: ["backout"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    // The transport of async-http-client, spelled as there.
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.100.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CMarkGFM", pkgConfig: "libcmark-gfm",
      providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),
    .systemLibrary(name: "CPgQuery", providers: [.apt(["libpg-query-dev"])]),
    // Headers only: PostgresAccess loads the library when it first connects (docs/decisions/0013).
    .systemLibrary(name: "CPostgres", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),

    // What Swift cannot import: variadic and GNU-only calls.
    .target(name: "CSystemCalls"),

    // Values only.
    .target(
      name: "Runbook", dependencies: [.product(name: "Crypto", package: "swift-crypto")], swiftSettings: settings),
    // Text → Runbook.
    .target(
      name: "RunbookReading",
      dependencies: [
        "Runbook", "CMarkGFM", "CPgQuery", .product(name: "Yams", package: "Yams"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ], swiftSettings: settings),
    // Runbook → Findings.
    .target(name: "RunbookLint", dependencies: ["Runbook"], swiftSettings: settings),
    // The driver contract, and the drivers.
    .target(
      name: "Layer",
      dependencies: [
        "Runbook", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: settings),
    // PostgreSQL's connection, catalog and parser, for the drivers that need them (docs/decisions/0016).
    .target(
      name: "PostgresAccess", dependencies: ["Runbook", "Layer", "CPostgres", "CPgQuery"], swiftSettings: settings),
    driver("Git"),
    driver("Files"),
    driver("Postgres", dependencies: ["PostgresAccess"]),
    driver("Schema", dependencies: ["PostgresAccess"]),
    driver("SQLite", dependencies: [.product(name: "GRDB", package: "GRDB.swift")]),
    driver(
      "HTTP",
      dependencies: [
        "RunbookReading", .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], resources: [.embedInCode("Tools")]),
    driver("Config"),
    driver("Process"),
    driver("Schedule", dependencies: ["RunbookReading"]),
    driver("Message"),
    driver("Backup"),
    driver("Image", dependencies: [.product(name: "Yams", package: "Yams")]),
    driver("Declared", dependencies: ["RunbookReading"], resources: [.embedInCode("Tools")]),
    driver("Manual"),
    driver("Shell"),

    .target(name: "Planning", dependencies: ["Runbook", "Layer"], swiftSettings: settings),
    .target(
      name: "Journal",
      dependencies: [
        "Runbook", "CSodium", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: settings),
    .target(
      name: "SessionHost",
      dependencies: [
        "Runbook", "Journal", "CSystemCalls", .product(name: "SystemPackage", package: "swift-system"),
      ], swiftSettings: settings),
    .target(
      name: "Engine", dependencies: ["Runbook", "Layer", "Planning", "Journal", "SessionHost"],
      swiftSettings: settings),
    .target(
      name: "Report", dependencies: ["Runbook", "Layer", "Planning", "Journal", "Engine"], swiftSettings: settings),
    .target(
      name: "BackoutCommands",
      dependencies: [
        "Runbook", "RunbookReading", "RunbookLint", "Layer", "Planning", "Journal", "SessionHost", "Engine", "Report",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Yams", package: "Yams"),
      ] + driverTargets, swiftSettings: settings),
    .executableTarget(
      name: "backout", dependencies: ["BackoutCommands", "SessionHost"], swiftSettings: settings,
      linkerSettings: [
        // A start of the release, and of each session host, pays for every relocation and every exported name
        // (docs/decisions/0013: 13.8 ms with them, 8.3 ms without).
        .unsafeFlags(
          ["-Xclang-linker", "-no-pie", "-Xlinker", "-z", "-Xlinker", "now", "-Xlinker", "--no-export-dynamic"],
          .when(platforms: [.linux], configuration: .release))
      ]),

    // What script/bench measures with; not a product that anybody installs.
    .executableTarget(
      name: "backout-bench", dependencies: ["BackoutTestKit", "Journal", "RunbookReading"], swiftSettings: settings),

    // How well the reader reads: script/score-reading prints it, a test holds it. Neither is installed.
    .target(name: "ReadingScore", dependencies: ["Runbook"], swiftSettings: settings),
    .executableTarget(
      name: "backout-score", dependencies: ["Runbook", "RunbookReading", "ReadingScore", "Layer", "BackoutCommands"],
      swiftSettings: settings),

    .target(
      name: "BackoutTestKit", dependencies: ["Runbook", "Layer", "Planning", "Journal", "Engine"],
      swiftSettings: settings),
    tests("Runbook", dependencies: []),
    tests("RunbookReading", dependencies: ["RunbookReading", "ReadingScore"], exclude: ["Labels"]),
    tests("RunbookLint", dependencies: ["RunbookLint", "RunbookReading"]),
    tests("Layer", dependencies: ["Layer"]),
    tests(
      "Layers",
      dependencies: ["Layer", "RunbookReading", .product(name: "Yams", package: "Yams")] + driverTargets),
    tests("Planning", dependencies: ["Planning", "Layer"]),
    tests("Journal", dependencies: ["Journal", "Engine", .product(name: "GRDB", package: "GRDB.swift")]),
    tests("SessionHost", dependencies: ["SessionHost", "Journal"]),
    tests("Engine", dependencies: ["Engine", "Planning", "Layer", "Journal", "SessionHost"]),
    tests("Report", dependencies: ["Report", "Journal"]),
    tests("BackoutCommands", dependencies: ["BackoutCommands"]),
    tests("EndToEnd", dependencies: ["Journal", .product(name: "Yams", package: "Yams")]),
    robustness,
  ]
)

/// `BACKOUT_TESTS=Layers,Planning swift test` builds these tests and what they import, and links nothing else: a whole
/// build takes minutes, a driver's own tests much less.
if let names = Context.environment["BACKOUT_TESTS"] {
  var wanted = names.split(separator: ",").map { "\($0)Tests" }
  var kept: Set<String> = []
  while let name = wanted.popLast() {
    guard kept.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
    for case .byNameItem(let dependency, _) in target.dependencies { wanted.append(dependency) }
  }
  package.targets.removeAll { !kept.contains($0.name) }
  package.products = []
}
