import Runbook

/// Reads definitions from the catalog, by piece.
struct DefinitionReading {
  private let connection: PostgresConnection
  init(_ connection: PostgresConnection) { self.connection = connection }

  func pieces(of relations: [RelationName]) async throws -> [DefinitionPiece] { [] }
}
