// Whether what is said of a figure can all be true at once.

extension Statement {
    /// `about` is within one twentieth, five per cent, of what is stated.
    private static let aboutShare: Int128 = 20

    /// The values that it allows, in twentieths of ten thousandths, so that five per cent of a value are whole.
    var allowed: ClosedRange<Int128> {
        let stated = Int128(value?.tenThousandths ?? 0) * Self.aboutShare
        let margin = Int128((value?.tenThousandths ?? 0).magnitude)
        let (least, most) = (Int128(Int64.min) * Self.aboutShare, Int128(Int64.max) * Self.aboutShare)
        return switch precision {
        case .exact: stated...stated
        case .about: stated - margin...stated + margin
        case .moreThan: stated + 1...most
        case .lessThan: least...stated - 1
        case .range: stated...max(stated, Int128(valueMax?.tenThousandths ?? 0) * Self.aboutShare)
        case .unspecified: 1...most
        }
    }

    /// The values that a computed figure allows: itself.
    static func allowed(byComputed value: Decimal) -> ClosedRange<Int128> {
        let value = Int128(value.tenThousandths) * aboutShare
        return value...value
    }
}

/// What is said of one figure on one day.
struct Claims {
    private let all: [(value: Decimal, allowed: ClosedRange<Int128>)]

    /// The computed figure first, then the statements as they come.
    init(computed: Decimal?, _ statements: [Statement]) {
        let computed = computed.map { [($0, Statement.allowed(byComputed: $0))] } ?? []
        all = computed + statements.map { ($0.value ?? Decimal(), $0.allowed) }
    }

    /// Absent where there is nothing to compare.
    var agreement: Agreement? { all.count < 2 ? nil : contradiction == nil ? .agree : .disagree }

    /// Two claims that exclude each other, in their order. Ranges that meet two by two have a point in common, so the
    /// one that begins last and the one that ends first tell.
    var contradiction: (value: Decimal, other: Decimal)? {
        guard let last = all.indices.max(by: { all[$0].allowed.lowerBound < all[$1].allowed.lowerBound }),
            let first = all.indices.min(by: { all[$0].allowed.upperBound < all[$1].allowed.upperBound }),
            all[first].allowed.upperBound < all[last].allowed.lowerBound
        else { return nil }
        return (all[min(first, last)].value, all[max(first, last)].value)
    }
}
