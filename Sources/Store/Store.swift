import GRDB

/// The inventory that lasts: one SQLite file per establishment.
public enum StoreVersion {
    /// The version of the schema that this program writes.
    public static let current = 1
}
