import AccueilDomain

/// Makes the ids of events: ULIDs (github.com/ulid/spec), 48 bits of milliseconds and 80 random bits in Crockford's base 32.
struct EventIdentity {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(at microseconds: Int64) -> Identifier {
        let alphabet = StaticString("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        let milliseconds = UInt64(max(0, microseconds) / 1000)
        let (high, low) = (random() & 0xFFFF, random())
        // 130 bits in 26 digits of five: two zero bits, the time, the randomness.
        var words = (milliseconds << 16 | high, low)
        var digits: [UInt8] = []
        digits.reserveCapacity(26)
        for _ in 0..<26 {
            digits.append(unsafe alphabet.utf8Start[Int(words.1 & 31)])
            words.1 = words.1 >> 5 | words.0 << 59
            words.0 >>= 5
        }
        digits.reverse()
        guard let id = Identifier(digits.span) else { preconditionFailure("a ULID is an id") }
        return id
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): ids must differ, not be secret.
    private mutating func random() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
