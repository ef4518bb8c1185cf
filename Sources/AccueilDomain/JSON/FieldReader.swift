/// Finds each field of a record among the members of an object, and notices what is left over.
///
/// Most records come with their fields in order: the next member is looked at first.
public struct FieldReader: FieldVisitor {
    private let object: JSONValue
    private var members: JSONValue.Members
    private var taken = 0
    /// The fields that were asked for; only kept where they are to be told.
    private var names: [StaticString]?

    /// `nil` when the value is not an object.
    init?(_ object: JSONValue, namesAreKept: Bool = false) {
        guard let members = object.members else { return nil }
        self.object = object
        self.members = members
        names = namesAreKept ? [] : nil
    }

    public mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) throws(Malformed) {
        guard try read(name, into: &value) else {
            throw Malformed(path: "\(name)", expected: "there: " + Value.shape.expectation)
        }
    }

    public mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) throws(Malformed) {
        value = nil
        guard let found = find(name) else { return }
        do throws(Malformed) { value = try Value(json: found) } catch { throw error.inside("\(name)") }
    }

    public mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) throws(Malformed) {
        _ = try read(name, into: &value)
    }

    public mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) throws(Malformed) {
        value = []
        _ = try read(name, into: &value)
    }

    public mutating func embed(_ record: inout some Record) throws(Malformed) { try record.read(from: &self) }

    /// Whether every member was asked for, and none came twice.
    var isFinished: Bool { members.isEmpty && members.outOfOrder == 0 || taken == count }

    private var count: Int {
        var count = 0
        object.forEachMember { _, _ in count += 1 }
        return count
    }

    /// What of an object that was read into `record` is too much: a member that no field asked for, or one that came twice.
    func leftOver(from record: some Record) throws(Malformed) -> Malformed {
        var again = record
        guard var reader = FieldReader(object, namesAreKept: true) else { preconditionFailure("it was an object") }
        try again.read(from: &reader)
        let names = reader.names ?? []
        var seen: Set<String> = []
        do throws(Malformed) {
            try object.forEachMember { (key: JSONValue, _) throws(Malformed) in
                let name = String((key.string ?? "").prefix(64))
                guard seen.insert(name).inserted else { throw Malformed(path: name, expected: "given once") }
                guard names.contains(where: { key.equals($0) }) else {
                    let known = names.map { "\($0)" }.joined(separator: ", ")
                    throw Malformed(path: name, expected: "left out: there is no such field, only " + known)
                }
            }
        } catch { return error }
        preconditionFailure("an object with more members than fields has one that is unknown or double")
    }

    private mutating func read<Value: FieldValue>(_ name: StaticString, into value: inout Value) throws(Malformed)
        -> Bool
    {
        guard let found = find(name) else { return false }
        do throws(Malformed) { value = try Value(json: found) } catch { throw error.inside("\(name)") }
        return true
    }

    private mutating func find(_ name: StaticString) -> JSONValue? {
        names?.append(name)
        let found = members.find(name)
        if found != nil { taken += 1 }
        return found
    }
}
