import ConfigLayer
import DeclaredLayer
import FilesLayer
import GitLayer
import HTTPLayer
import ImageLayer
import Layer
import ManualLayer
import PostgresLayer
import ProcessLayer
import SQLiteLayer
import ShellLayer

/// The one list of drivers, in the order in which they are asked: what a team declares comes first, the plain shell
/// last.
public let drivers = DriverList([
  DeclaredDriver(),
  GitDriver(),
  PostgresDriver(),
  SQLiteDriver(),
  HTTPDriver(),
  ConfigDriver(),
  FilesDriver(),
  ProcessDriver(),
  ImageDriver(),
  ManualDriver(),
  ShellDriver(),
])
