/// How many columns a text takes on a terminal: two for each wide character, none for a mark over another.
func columnCount(of text: some StringProtocol) -> Int {
    text.unicodeScalars.reduce(0) { $0 + columnCount(of: $1) }
}

private func columnCount(of scalar: Unicode.Scalar) -> Int {
    guard !scalar.isASCII else { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    // The vowels and endings of a syllable of Hangul join its beginning.
    case .otherLetter where (0x1160...0x11FF).contains(scalar.value): return 0
    // Two letters that make a flag, one column each.
    case .otherSymbol where (0x1F1E6...0x1F1FF).contains(scalar.value): return 1
    default: return scalar.properties.isEmojiPresentation || isWide(scalar.value) ? 2 : 1
    }
}

/// East Asian wide and fullwidth characters (Unicode Standard Annex 11) that are no emoji.
private func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4C6,
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x1B2FB, 0x1F200...0x1F320, 0x20000...0x3FFFD:
        true
    default: false
    }
}

extension Terminal {
    /// As much of a line as goes into so many columns; what is cut ends in an ellipsis. Styles take no room, and end with
    /// the line.
    func cut(_ line: String, to width: Int) -> String {
        let scalars = line.unicodeScalars
        var (columns, isStyle, isStyled) = (0, false, false)
        // The end of the longest beginning that leaves room for an ellipsis.
        var end = scalars.startIndex
        for index in scalars.indices {
            if scalars[index] == "\u{1B}" { (isStyle, isStyled) = (true, true) }
            columns += isStyle ? 0 : columnCount(of: scalars[index])
            guard columns <= width else {
                return String(line[..<end]) + (width > 0 ? ellipsis : "") + (isStyled ? "\u{1B}[0m" : "")
            }
            if isStyle, scalars[index] == "m" { isStyle = false }
            if columns < width { end = scalars.index(after: index) }
        }
        return line
    }
}
