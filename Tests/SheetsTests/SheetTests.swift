import Sheets
import Testing

@Suite struct SheetTests {
    private func records(_ text: String, delimiter: UInt8? = nil) throws -> [[String]] {
        var reader = SheetReader(Array(text.utf8), delimiter: delimiter)
        var records: [[String]] = []
        while let record = try reader.next() { records.append(record.fields) }
        return records
    }

    @Test(arguments: ["a,b\r\n1,2\r\n", "a;b\n1;2", "a\tb\r1\t2\r", "\u{FEFF}a,b\n\n1,2\n\r\n"])
    func `a sheet is read whatever its delimiter and its line ends`(sheet: String) throws {
        #expect(try records(sheet) == [["a", "b"], ["1", "2"]])
    }

    @Test func `quotes keep delimiters, quotes and line breaks, and lines are counted as an editor counts them`() throws
    {
        var reader = SheetReader(Array("a;b\r\n\"x;\"\"y\"\"\r\nz\";\r\nlast;\"\"\n".utf8))
        let all = try (0..<3).map { _ in try #require(try reader.next()) }
        #expect(all.map(\.fields) == [["a", "b"], ["x;\"y\"\r\nz", ""], ["last", ""]])
        #expect(all.map(\.line) == [1, 2, 4])
        #expect(all[1].bytes == Array("\"x;\"\"y\"\"\r\nz\";".utf8))
        #expect(try reader.next() == nil)
    }

    @Test func `a delimiter in quotes does not count`() throws {
        #expect(try records("\"a,b,c\";d\n1;2\n") == [["a,b,c", "d"], ["1", "2"]])
        #expect(try records("a,b;c\n", delimiter: 0x2C) == [["a", "b;c"]])
    }

    @Test func `what is no sheet is refused with its line`() throws {
        let open = #expect(throws: SheetReader.Fault.self) { try records("a\n\"b\nc") }
        #expect(open?.description == "line 2: a quote is never closed")
        #expect(throws: SheetReader.Fault.self) { try records("a\n\"b\"c\n") }
        var reader = SheetReader([0x61, 0x0A, 0xE9, 0x0A])
        _ = try reader.next()
        #expect(throws: SheetReader.Fault.self) { try reader.next() }
    }

    @Test(arguments: ["=1+1", "+33", "-2", "@x", "\ta", "plain", "", "'=", "a=b", "«à»", "1,5", "a\"b", "a\r\nb"])
    func `what is written can be read again, and is no formula`(text: String) throws {
        let line = SheetLine.csv([.text(text), .number("-7")])
        let fields = try #require(try records(line).first)
        #expect(fields[1] == "-7")
        #expect(!["=", "+", "-", "@", "\t"].contains(fields[0].first))
        // An apostrophe of its own before a formula is the one thing that cannot be told apart.
        if text != "'=" { #expect(SheetLine.plain(fields[0]) == text) }
    }
}
