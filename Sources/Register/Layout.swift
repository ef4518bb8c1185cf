import AccueilDomain
import EventLog
@_spi(Reflection) import Swift

/// How the values of a type lie in memory: runs of plain bytes and, between them, lists that lie elsewhere.
///
///     World ─► bytes · list of bytes · list of (bytes · list of bytes) · bytes …
///
/// It is found by asking the compiler's own description of the type, so that no field is ever forgotten, and nothing has
/// to be written beside the fields. What it writes only the same program can read: to another one, bytes may mean
/// something else. No pointer may be among them.
struct Layout: Sendable {
    private struct Part: Sendable {
        let offset: Int
        let kind: Kind
    }

    private enum Kind {
        case bytes(Int)
        case list(any Listed.Type, of: Layout)
    }

    private var parts: [Part] = []
    /// There is nothing but bytes.
    let isPlain: Bool

    /// Stops the program for a type that it cannot describe, such as a class.
    init<Value>(_ type: Value.Type) {
        isPlain = _isPOD(type)
        if isPlain {
            parts = [Part(offset: 0, kind: .bytes(MemoryLayout<Value>.size))]
        } else if let list = type as? any Listed.Type {
            parts = [Part(offset: 0, kind: .list(list, of: list.itemLayout))]
        } else {
            var found: [Part] = []
            unsafe _forEachField(of: type) { _, offset, field, _ in
                for part in Layout(of: field).parts {
                    found.append(Part(offset: offset + part.offset, kind: part.kind))
                }
                return true
            }
            precondition(!found.isEmpty, "\(type) is neither bytes nor list, nor has it fields")
            parts = found
        }
    }

    private init(of type: Any.Type) {
        func layout<Value>(_ type: Value.Type) -> Layout { Layout(type) }
        self = _openExistential(type, do: layout)
    }

    /// Writes a value of the type.
    func write<Value>(_ value: Value, to writer: inout SnapshotWriter) {
        unsafe withUnsafePointer(to: value) { unsafe write(UnsafeRawPointer($0), to: &writer) }
    }

    /// Reads a value of the type.
    func read<Value>(_ type: Value.Type, from reader: inout SnapshotReader) -> Value {
        let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        defer { unsafe place.deallocate() }
        unsafe read(into: place, from: &reader)
        return unsafe place.move()
    }

    /// Writes the value that lies at `place`.
    fileprivate func write(_ place: UnsafeRawPointer, to writer: inout SnapshotWriter) {
        for part in parts {
            let place = unsafe place + part.offset
            switch part.kind {
            case .bytes(let count): unsafe writer.write(UnsafeRawBufferPointer(start: place, count: count))
            case .list(let list, let item): unsafe list.write(place, item, to: &writer)
            }
        }
    }

    /// Makes the value that is read at `place`, where there is none yet.
    fileprivate func read(into place: UnsafeMutableRawPointer, from reader: inout SnapshotReader) {
        for part in parts {
            let place = unsafe place + part.offset
            switch part.kind {
            case .bytes(let count): unsafe reader.read(into: UnsafeMutableRawBufferPointer(start: place, count: count))
            case .list(let list, let item): unsafe list.read(into: place, item, from: &reader)
            }
        }
    }
}

/// What can be taken for a list of items, and made again of one: a collection, but also an option.
private protocol Listed: SendableMetatype {
    associatedtype Item
    var items: [Item] { get }
    /// Of a damaged snapshot, which nobody will see, the list may be any.
    init(items: [Item])
}

extension Listed {
    fileprivate static var itemLayout: Layout { Layout(Item.self) }

    fileprivate static func write(_ place: UnsafeRawPointer, _ item: Layout, to writer: inout SnapshotWriter) {
        let items = unsafe place.assumingMemoryBound(to: Self.self).pointee.items
        unsafe withUnsafeBytes(of: items.count) { unsafe writer.write($0) }
        unsafe items.withUnsafeBufferPointer { items in
            if item.isPlain { return unsafe writer.write(UnsafeRawBufferPointer(items)) }
            for index in items.indices { unsafe item.write(items.baseAddress! + index, to: &writer) }
        }
    }

    fileprivate static func read(into place: UnsafeMutableRawPointer, _ item: Layout, from reader: inout SnapshotReader)
    {
        var count = 0
        unsafe withUnsafeMutableBytes(of: &count) { unsafe reader.read(into: $0) }
        // Whatever stands there, no more than the file can hold.
        count = min(max(0, count), reader.bytesLeftMax / (item.isPlain ? MemoryLayout<Item>.stride : 1))
        let items = unsafe [Item](unsafeUninitializedCapacity: count) { items, filled in
            if item.isPlain {
                unsafe reader.read(into: UnsafeMutableRawBufferPointer(items))
            } else {
                for index in items.indices { unsafe item.read(into: items.baseAddress! + index, from: &reader) }
            }
            filled = count
        }
        unsafe place.initializeMemory(as: Self.self, to: Self(items: items))
    }
}

extension Array: Listed {
    fileprivate var items: [Element] { self }
    fileprivate init(items: [Element]) { self = items }
}

extension Optional: Listed {
    fileprivate var items: [Wrapped] { map { [$0] } ?? [] }
    fileprivate init(items: [Wrapped]) { self = items.first }
}

extension Dictionary: Listed {
    fileprivate var items: [(key: Key, value: Value)] { Array(self) }
    fileprivate init(items: [(key: Key, value: Value)]) {
        self.init(items.map { ($0.key, $0.value) }) { first, _ in first }
    }
}

extension Set: Listed {
    fileprivate var items: [Element] { Array(self) }
    fileprivate init(items: [Element]) { self.init(items) }
}

extension String: Listed {
    fileprivate var items: [UInt8] { Array(utf8) }
    fileprivate init(items: [UInt8]) { self.init(decoding: items, as: UTF8.self) }
}

// The rooms lie behind a reference.
extension World: Listed {
    fileprivate var items: [(calendar: CivilCalendar, rooms: Rooms)] { [(calendar, rooms)] }

    fileprivate init(items: [(calendar: CivilCalendar, rooms: Rooms)]) {
        self = items.first.map { World(calendar: $0.calendar, rooms: $0.rooms) } ?? World(calendar: .utc)
    }
}

extension Parameter: Listed {
    fileprivate var items: [(text: String?, number: Int?, flag: Bool)] {
        switch self {
        case .text(let text): [(text, nil, false)]
        case .number(let number): [(nil, number, false)]
        case .flag(let flag): [(nil, nil, flag)]
        }
    }

    fileprivate init(items: [(text: String?, number: Int?, flag: Bool)]) {
        let item = items.first
        self = item?.text.map { .text($0) } ?? item?.number.map { .number($0) } ?? .flag(item?.flag ?? false)
    }
}
