import CMaxMindDB
public import Wire

/// What a database says of an address.
public struct AddressRecord: Hashable, Sendable {
    /// ISO 3166-1 alpha-2.
    public var country: String?
    public var systemNumber: UInt32?
    public var systemName: String?

    public init(country: String? = nil, systemNumber: UInt32? = nil, systemName: String? = nil) {
        self.country = country
        self.systemNumber = systemNumber
        self.systemName = systemName
    }

    /// What either says, the first before the second.
    public func merged(with other: AddressRecord) -> AddressRecord {
        AddressRecord(
            country: self.country ?? other.country, systemNumber: self.systemNumber ?? other.systemNumber, systemName: self.systemName ?? other.systemName)
    }
}

/// A database of addresses in the MaxMind DB format (maxmind.github.io/MaxMind-DB), read with libmaxminddb: GeoLite2 or DB-IP
/// files of countries, cities or autonomous systems. It is a file of the user's; nothing is asked over the network.
// @unchecked Sendable: nothing is written after opening, and threads may ask at the same time (libmaxminddb(3), THREAD SAFETY).
@safe public final class AddressDatabase: @unchecked Sendable {
    /// Why a file was not opened, in libmaxminddb's words.
    public struct Failure: Error, Sendable {
        public let reason: String
    }

    // The library keeps pointers into this structure, so it must not move: it has memory of its own.
    private let database: UnsafeMutablePointer<MMDB_s>

    /// - Parameter file: path of a `.mmdb` file.
    public init(file: String) throws(Failure) {
        let database = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
        unsafe database.initialize(to: MMDB_s())
        // The library copies the name and maps the file; both end with MMDB_close, which only an open one may see.
        let status = unsafe MMDB_open(file, UInt32(MMDB_MODE_MMAP), database)
        guard status == MMDB_SUCCESS else {
            unsafe database.deallocate()
            throw Failure(reason: unsafe String(cString: MMDB_strerror(status)))
        }
        unsafe self.database = database
    }

    deinit {
        unsafe MMDB_close(self.database)
        unsafe self.database.deallocate()
    }

    private static let textLimit = 256

    /// What the file says of an address; `nil` where it says nothing.
    public func record(of address: IPAddress) -> AddressRecord? {
        var octets: [UInt8] = []
        for word in [address.high, address.low] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) { octets.append(UInt8(truncatingIfNeeded: word &>> shift)) }
        }
        var entry = unsafe MMDB_entry_s()
        // Sixteen octets, of which the library reads sixteen during the call.
        guard unsafe laennec_mmdb_find(self.database, octets, address.isV4, &entry) else { return nil }
        var record = AddressRecord()
        record.country = unsafe Self.text(&entry, "country", "iso_code") ?? Self.text(&entry, "registered_country", "iso_code")
        let number = unsafe laennec_mmdb_number(&entry, "autonomous_system_number")
        record.systemNumber = number == 0 ? nil : number
        record.systemName = unsafe Self.text(&entry, "autonomous_system_organization", nil)
        return record
    }

    private static func text(_ entry: inout MMDB_entry_s, _ first: String, _ second: String?) -> String? {
        var buffer = [CChar](repeating: 0, count: Self.textLimit)
        // The library writes at most as many characters as the buffer holds.
        let length = unsafe laennec_mmdb_text(&entry, first, second, &buffer, buffer.count)
        guard length > 0 else { return nil }
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
