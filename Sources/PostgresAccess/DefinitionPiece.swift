/// One part of a relation's definition, with the statements that make and remove it. Definitions are compared, kept
/// and put back by piece, as rows are by key.
package struct DefinitionPiece: Codable, Hashable, Sendable {
  /// `dev.calls`
  package var relation: String
  /// `column call_sid`, `constraint calls_pkey`
  package var name: String
  package var create: String
  package var drop: String
  /// The order in which pieces are made; they are removed in the opposite one.
  package var rank: Int
  /// Where a piece of this name is there already in another form, how it becomes this one. Nil: drop and create.
  package var alter: String?

  package var id: String { "\(relation) \(name)" }
}
