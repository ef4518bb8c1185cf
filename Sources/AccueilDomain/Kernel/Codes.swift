/// A closed list of codes; each is a string on the wire and in the log, never a number.
public protocol CodeList: FieldValue, RawRepresentable<String>, CaseIterable, Hashable {}

extension CodeList {
    public static var shape: Shape { .code(allCases.map(\.rawValue)) }

    /// The code that is written so.
    public init?(_ bytes: borrowing Span<UInt8>) {
        for code in Self.allCases where code.matches(bytes) {
            self = code
            return
        }
        return nil
    }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let code = source.text({ Self($0) }) ?? nil else { throw Malformed(expected: Self.shape.expectation) }
        self = code
    }

    public func write(to sink: inout some ValueSink) { sink.text(rawValue) }

    private func matches(_ bytes: borrowing Span<UInt8>) -> Bool {
        let code = rawValue.utf8
        guard code.count == bytes.count else { return false }
        var position = 0
        for byte in code {
            if byte != bytes[position] { return false }
            position += 1
        }
        return true
    }
}

/// Who a place or a stay is for.
public enum Audience: String, CodeList {
    case singleMen = "single_men"
    case singleWomen = "single_women"
    case womenWithChildren = "women_with_children"
    case families
    case couples
    case unaccompaniedMinors = "unaccompanied_minors"
    case youngAdults = "young_adults"
    case any
}

/// Where a stay ends.
public enum Destination: String, CodeList {
    case cada = "CADA"
    case huda = "HUDA"
    case cao = "CAO"
    case chu = "CHU"
    case cph = "CPH"
    case hotel
    case ownHousing = "own_housing"
    case thirdParty = "third_party"
    case hospital
    case childProtection = "child_protection"
    case otherRegion = "other_region"
    case street
    case unknownDeparture = "unknown_departure"
    case deceased
    case other
}

/// ISO 3166-1 alpha-3, with XXA (stateless) and UNK (unknown); kept in two bytes.
public struct Nationality: FieldValue, Hashable, Comparable, CustomStringConvertible {
    public static var shape: Shape {
        .text("an ISO 3166-1 alpha-3 code, XXA (stateless) or UNK (unknown)", pattern: "^[A-Z]{3}$")
    }

    public static let unknown = Nationality("UNK")!

    public let rawValue: UInt16

    public init?(_ bytes: borrowing Span<UInt8>) {
        guard bytes.count == 3 else { return nil }
        var packed: UInt16 = 0
        for index in 0..<3 {
            guard (0x41...0x5A).contains(bytes[index]) else { return nil }
            packed = packed * 26 + UInt16(bytes[index] - 0x41)
        }
        guard Self.known.contains(packed) else { return nil }
        rawValue = packed
    }

    public init?(_ text: String) { self.init(Array(text.utf8).span) }

    /// The code packed as `rawValue`; only for what came from a `Nationality`.
    init(packed: UInt16) { rawValue = packed }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let nationality = source.text({ Nationality($0) }) ?? nil else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self = nationality
    }

    public var description: String {
        let letters = [rawValue / 676, rawValue / 26 % 26, rawValue % 26]
        return String(decoding: letters.map { UInt8($0) + 0x41 }, as: UTF8.self)
    }

    public func write(to sink: inout some ValueSink) { sink.text(description) }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    private static let known: Set<UInt16> = {
        let codes = """
            AFG ALA ALB DZA ASM AND AGO AIA ATA ATG ARG ARM ABW AUS AUT AZE BHS BHR BGD BRB BLR BEL BLZ BEN BMU BTN BOL BES
            BIH BWA BVT BRA IOT BRN BGR BFA BDI CPV KHM CMR CAN CYM CAF TCD CHL CHN CXR CCK COL COM COG COD COK CRI CIV HRV
            CUB CUW CYP CZE DNK DJI DMA DOM ECU EGY SLV GNQ ERI EST SWZ ETH FLK FRO FJI FIN FRA GUF PYF ATF GAB GMB GEO DEU
            GHA GIB GRC GRL GRD GLP GUM GTM GGY GIN GNB GUY HTI HMD VAT HND HKG HUN ISL IND IDN IRN IRQ IRL IMN ISR ITA JAM
            JPN JEY JOR KAZ KEN KIR PRK KOR KWT KGZ LAO LVA LBN LSO LBR LBY LIE LTU LUX MAC MDG MWI MYS MDV MLI MLT MHL MTQ
            MRT MUS MYT MEX FSM MDA MCO MNG MNE MSR MAR MOZ MMR NAM NRU NPL NLD NCL NZL NIC NER NGA NIU NFK MKD MNP NOR OMN
            PAK PLW PSE PAN PNG PRY PER PHL PCN POL PRT PRI QAT REU ROU RUS RWA BLM SHN KNA LCA MAF SPM VCT WSM SMR STP SAU
            SEN SRB SYC SLE SGP SXM SVK SVN SLB SOM ZAF SGS SSD ESP LKA SDN SUR SJM SWE CHE SYR TWN TJK TZA THA TLS TGO TKL
            TON TTO TUN TUR TKM TCA TUV UGA UKR ARE GBR USA UMI URY UZB VUT VEN VNM VGB VIR WLF ESH YEM ZMB ZWE XXA UNK
            """
        var known: Set<UInt16> = []
        for code in codes.split(whereSeparator: \.isWhitespace) {
            known.insert(code.utf8.reduce(0) { $0 * 26 + UInt16($1 - 0x41) })
        }
        return known
    }()
}
