/// Where the type, the subject and the time stand in an event's line; found without parsing the line.
///
/// The attributes come in a fixed order and, up to `time`, are strings without escapes (`EventLine`).
public struct EventHead {
    public let type: Range<Int>
    public let subject: Range<Int>
    public let time: Range<Int>

    /// `nil` when the line is not an event's.
    public init?(_ line: borrowing Span<UInt8>) {
        // {"specversion":"…","id":"…","source":"…","type":"…","subject":"…","time":"…"
        var values = InlineArray<6, Range<Int>>(repeating: 0..<0)
        var quotes = 0
        var start = 0
        var index = 0
        while index < line.count, quotes < 24 {
            if line[index] == 0x22 {
                quotes += 1
                if quotes % 4 == 3 { start = index + 1 }
                if quotes % 4 == 0 { values[quotes / 4 - 1] = start..<index }
            }
            index += 1
        }
        guard quotes == 24 else { return nil }
        type = values[3]
        subject = values[4]
        time = values[5]
    }
}
