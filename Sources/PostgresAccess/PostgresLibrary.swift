import CPostgres
import Foundation

/// libpq, loaded when the first connection is wanted and never before: with what it brings along (Kerberos, LDAP, TLS)
/// it is thirty libraries, and 6 ms of every start of the tool and of every session host (docs/decisions/0013).
///
/// Its calls have their own names: libpq's manual is theirs.
struct PostgresLibrary: Sendable {
  typealias Text = UnsafePointer<CChar>
  typealias OwnedText = UnsafeMutablePointer<CChar>
  typealias Options = UnsafeMutablePointer<PQconninfoOption>

  // Connections.
  let PQconnectdbParams: @Sendable @convention(c) (UnsafePointer<Text?>?, UnsafePointer<Text?>?, CInt) -> OpaquePointer?
  let PQconnectStartParams:
    @Sendable @convention(c) (UnsafePointer<Text?>?, UnsafePointer<Text?>?, CInt) -> OpaquePointer?
  let PQconnectPoll: @Sendable @convention(c) (OpaquePointer?) -> PostgresPollingStatusType
  let PQsocket: @Sendable @convention(c) (OpaquePointer?) -> CInt
  let PQsetErrorVerbosity: @Sendable @convention(c) (OpaquePointer?, PGVerbosity) -> PGVerbosity
  let PQconnectionUsedPassword: @Sendable @convention(c) (OpaquePointer?) -> CInt
  let PQconnectionNeedsPassword: @Sendable @convention(c) (OpaquePointer?) -> CInt
  let PQfinish: @Sendable @convention(c) (OpaquePointer?) -> Void
  let PQstatus: @Sendable @convention(c) (OpaquePointer?) -> ConnStatusType
  let PQerrorMessage: @Sendable @convention(c) (OpaquePointer?) -> OwnedText?
  let PQsetNoticeProcessor:
    @Sendable @convention(c) (OpaquePointer?, PQnoticeProcessor?, UnsafeMutableRawPointer?) -> PQnoticeProcessor?
  let PQhost: @Sendable @convention(c) (OpaquePointer?) -> OwnedText?
  let PQport: @Sendable @convention(c) (OpaquePointer?) -> OwnedText?
  let PQdb: @Sendable @convention(c) (OpaquePointer?) -> OwnedText?
  let PQconninfoParse: @Sendable @convention(c) (Text?, UnsafeMutablePointer<OwnedText?>?) -> Options?
  let PQconninfoFree: @Sendable @convention(c) (Options?) -> Void
  let PQgetCancel: @Sendable @convention(c) (OpaquePointer?) -> OpaquePointer?
  let PQfreeCancel: @Sendable @convention(c) (OpaquePointer?) -> Void
  let PQcancel: @Sendable @convention(c) (OpaquePointer?, OwnedText?, CInt) -> CInt

  // Statements and their results.
  let PQexec: @Sendable @convention(c) (OpaquePointer?, Text?) -> OpaquePointer?
  let PQexecParams:
    @Sendable @convention(c) (
      OpaquePointer?, Text?, CInt, UnsafePointer<Oid>?, UnsafePointer<Text?>?, UnsafePointer<CInt>?,
      UnsafePointer<CInt>?, CInt
    ) -> OpaquePointer?
  let PQgetResult: @Sendable @convention(c) (OpaquePointer?) -> OpaquePointer?
  let PQclear: @Sendable @convention(c) (OpaquePointer?) -> Void
  let PQresultStatus: @Sendable @convention(c) (OpaquePointer?) -> ExecStatusType
  let PQresultErrorField: @Sendable @convention(c) (OpaquePointer?, CInt) -> OwnedText?
  let PQnfields: @Sendable @convention(c) (OpaquePointer?) -> CInt
  let PQntuples: @Sendable @convention(c) (OpaquePointer?) -> CInt
  let PQfname: @Sendable @convention(c) (OpaquePointer?, CInt) -> OwnedText?
  let PQftype: @Sendable @convention(c) (OpaquePointer?, CInt) -> Oid
  let PQgetisnull: @Sendable @convention(c) (OpaquePointer?, CInt, CInt) -> CInt
  let PQgetvalue: @Sendable @convention(c) (OpaquePointer?, CInt, CInt) -> OwnedText?
  let PQgetlength: @Sendable @convention(c) (OpaquePointer?, CInt, CInt) -> CInt
  let PQcmdTuples: @Sendable @convention(c) (OpaquePointer?) -> OwnedText?
  let PQcmdStatus: @Sendable @convention(c) (OpaquePointer?) -> OwnedText?

  // COPY.
  let PQgetCopyData: @Sendable @convention(c) (OpaquePointer?, UnsafeMutablePointer<OwnedText?>?, CInt) -> CInt
  let PQputCopyData: @Sendable @convention(c) (OpaquePointer?, Text?, CInt) -> CInt
  let PQputCopyEnd: @Sendable @convention(c) (OpaquePointer?, Text?) -> CInt
  let PQfreemem: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void

  private static let loaded = Result { () throws(PostgresFailure) in try PostgresLibrary() }

  /// The library of this process. Throws `PostgresFailure` where the machine has none.
  static func load() throws(PostgresFailure) -> PostgresLibrary { try loaded.get() }

  private init() throws(PostgresFailure) {
    // Its ABI's name: the one that Debian's libpq5 holds, without the development package.
    let name = "libpq.so.5"
    func problem() -> String { dlerror().map { String(cString: $0) } ?? "unknown" }
    guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
      throw PostgresFailure(
        state: nil, message: "PostgreSQL's client library does not load: \(problem())", hint: "apt-get install libpq5")
    }
    func call<Function>(_ symbol: String) throws(PostgresFailure) -> Function {
      guard let address = dlsym(library, symbol) else {
        throw PostgresFailure(state: nil, message: "\(name) is not the one Backout knows: \(problem())")
      }
      return unsafeBitCast(address, to: Function.self)
    }
    PQconnectdbParams = try call("PQconnectdbParams")
    PQconnectStartParams = try call("PQconnectStartParams")
    PQconnectPoll = try call("PQconnectPoll")
    PQsocket = try call("PQsocket")
    PQsetErrorVerbosity = try call("PQsetErrorVerbosity")
    PQconnectionUsedPassword = try call("PQconnectionUsedPassword")
    PQconnectionNeedsPassword = try call("PQconnectionNeedsPassword")
    PQfinish = try call("PQfinish")
    PQstatus = try call("PQstatus")
    PQerrorMessage = try call("PQerrorMessage")
    PQsetNoticeProcessor = try call("PQsetNoticeProcessor")
    PQhost = try call("PQhost")
    PQport = try call("PQport")
    PQdb = try call("PQdb")
    PQconninfoParse = try call("PQconninfoParse")
    PQconninfoFree = try call("PQconninfoFree")
    PQgetCancel = try call("PQgetCancel")
    PQfreeCancel = try call("PQfreeCancel")
    PQcancel = try call("PQcancel")
    PQexec = try call("PQexec")
    PQexecParams = try call("PQexecParams")
    PQgetResult = try call("PQgetResult")
    PQclear = try call("PQclear")
    PQresultStatus = try call("PQresultStatus")
    PQresultErrorField = try call("PQresultErrorField")
    PQnfields = try call("PQnfields")
    PQntuples = try call("PQntuples")
    PQfname = try call("PQfname")
    PQftype = try call("PQftype")
    PQgetisnull = try call("PQgetisnull")
    PQgetvalue = try call("PQgetvalue")
    PQgetlength = try call("PQgetlength")
    PQcmdTuples = try call("PQcmdTuples")
    PQcmdStatus = try call("PQcmdStatus")
    PQgetCopyData = try call("PQgetCopyData")
    PQputCopyData = try call("PQputCopyData")
    PQputCopyEnd = try call("PQputCopyEnd")
    PQfreemem = try call("PQfreemem")
  }
}
