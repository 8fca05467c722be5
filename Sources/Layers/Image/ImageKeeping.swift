import Layer
import Runbook

/// Keeps what makes the containers what they are, and a name on each image, so that no prune takes it.
struct ImageKeeping {
  let effect: Effect
  let before: Observation
  let environment: StepEnvironment

  /// What is kept, sealed: it holds the variables of the containers.
  struct Content: Codable {
    /// In the order in which they were started.
    var containers: [JSONValue]
    var networks: [JSONValue]
    var volumes: [JSONValue]
  }

  static let blobName = "containers"

  /// Throws `NoAnswer`.
  func keep() async throws -> BeforeImage {
    let command = try effect.imageCommand()
    guard before.isObserved else { throw NoAnswer(kind: .engine, description: before.summary) }
    // A tag would be a second name of an image that is removed by its id: the command would refuse.
    if command.options.namesIdentifier { return BeforeImage(driver: "image", summary: "nothing") }
    let look = try await ImageLook(command, effect, in: environment)
    var tags: [String: JSONValue] = [:]
    for image in look.images.sorted() {
      let name = KeptTag.name(label: environment.label, image: image)
      let result = try await look.engine.docker(["image", "tag", image, name])
      guard result.status == 0 else {
        throw NoAnswer(
          kind: .engine,
          description: "\(image.prefix(19)) could not be kept: \(look.engine.firstLine(result.errorText))")
      }
      tags[image] = .string(name)
    }
    var blobs: [BlobReference] = []
    if !look.containers.isEmpty || !look.networks.isEmpty || !look.volumes.isEmpty {
      let content = Content(
        containers: look.containers.sorted { $0.startedAt < $1.startedAt }.map(\.raw), networks: look.networks,
        volumes: look.volumes)
      blobs = [try await environment.images.save(Self.blobName, data: try CanonicalJSON.data(of: content))]
    }
    return BeforeImage(
      driver: "image", blobs: blobs,
      facts: ["tags": .object(tags), "project": look.projectName.map(JSONValue.string) ?? .null],
      summary: Self.summary(containers: look.containers.count, images: tags.count))
  }

  static func summary(containers: Int, images: Int) -> String {
    var parts: [String] = []
    if containers > 0 { parts.append("the settings of " + containers.counted("container")) }
    if images > 0 { parts.append("a tag on " + images.counted("image")) }
    return parts.isEmpty ? "nothing: nothing is there" : parts.joined(separator: ", ")
  }
}
