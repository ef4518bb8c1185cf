import EventLog
import Register
import Testing
import WireProtocol

/// What the register tells of its log, so that others can hold it to that.
@Suite struct LogProofTests {
    private let desk: Desk
    private let client: Client

    init() throws {
        desk = try Desk()
        client = desk.connect()
        for number in 1...13 { client.call(1000 + number, "site.open", #"{"site":"s\#(number)","kind":"CHU"}"#) }
        desk.settle()
    }

    private func ask(_ id: Int, _ method: String, _ params: String = "{}") {
        client.call(id, method, params)
        desk.settle()
    }

    private func hashes(_ id: Int) -> [TreeHash] {
        let count = Int(client.answer(id, "result.hashes.count")!)!
        return (0..<count).map { TreeHash(client.answer(id, "result.hashes.\($0)")!)! }
    }

    @Test func `a checkpoint is the log's head, signed with its key`() throws {
        ask(1, "log.checkpoint")
        #expect(client.answer(1, "result.position") == "13")
        let note = try #require(SignedNote(Array(client.answer(1, "result.note")!.utf8)))
        let (origin, checkpoint) = try #require(Checkpoint.read(note.text))
        #expect(origin == desk.log.identity.origin && checkpoint == desk.log.checkpoint)
        #expect(client.answer(1, "result.root") == "\(checkpoint.root)")
        let key = try #require(VerifierKey(client.answer(1, "result.verifier_key")!))
        #expect(key == Desk.logKey.verifier(of: desk.log.identity))
        #expect(key.verdict(on: note) == .signed)
    }

    @Test func `an event is proven to be in the whole log, and in what it was earlier`() throws {
        for (id, size) in [13, 8, 5].enumerated() {
            ask(id, "log.proof", #"{"sequence":5,"size":\#(size)}"#)
            let proof = InclusionProof(
                position: Position(rawValue: 5), size: Position(rawValue: UInt64(size)), hashes: hashes(id))
            let root = try desk.log.checkpoint(at: proof.size).root
            #expect(proof.root(from: TreeHash(ofLine: desk.log.lines[4])) == root)
            #expect(client.answer(id, "result.root") == "\(root)")
            #expect(client.answer(id, "result.leaf") == "\(TreeHash(ofLine: desk.log.lines[4]))")
        }
        ask(4, "log.proof", #"{"sequence":5}"#)
        #expect(client.answer(4, "result.size") == "13")
    }

    @Test func `an earlier log is proven to be the beginning`() throws {
        for (id, from) in [1, 8, 11, 13].enumerated() {
            ask(id, "log.proof", #"{"from":\#(from)}"#)
            let old = try desk.log.checkpoint(at: Position(rawValue: UInt64(from)))
            let proof = ConsistencyProof(old: old.position, size: desk.log.durable, hashes: hashes(id))
            #expect(proof.proves(old.root, desk.log.checkpoint.root))
            #expect(client.answer(id, "result.from_root") == "\(old.root)")
        }
    }

    @Test(arguments: [
        ("{}", "sequence"), (#"{"sequence":1,"from":1}"#, "from"), (#"{"sequence":9,"size":8}"#, "sequence"),
        (#"{"from":9,"size":8}"#, "from"), (#"{"sequence":14}"#, "beyond_the_log"), (#"{"from":0}"#, "beyond_the_log"),
        (#"{"sequence":1,"size":14}"#, "beyond_the_log"), (#"{"size":5}"#, "sequence"),
    ])
    func `what is not asked for rightly is refused`(params: String, rule: String) {
        ask(1, "log.proof", params)
        #expect(client.answer(1, "error.data.rule") == rule)
    }

    @Test func `an empty log has a checkpoint, and nothing to prove`() throws {
        let desk = try Desk()
        let client = desk.connect()
        client.call(1, "log.checkpoint")
        client.call(2, "log.proof", #"{"from":1}"#)
        desk.settle()
        #expect(client.answer(1, "result.position") == "0")
        #expect(client.answer(2, "error.data.rule") == "beyond_the_log")
    }

    @Test func `the log is verified elsewhere, and the end of the service ends it`() {
        client.role = .admin
        ask(1, "log.verify")
        #expect(client.answer(1, "result.sound") == "true" && client.answer(1, "result.position") == "13")
        #expect(client.answer(1, "result.segments") == "1" && client.answer(1, "result.damage.count") == "0")

        client.call(2, "log.verify")
        #expect(client.answer(2) == nil, "it is under way")
        desk.register.stop {}
        desk.settle()
        #expect(client.answer(2, "error.data.type") == "stopping")
        ask(3, "log.verify")
        #expect(client.answer(3, "error.data.type") == "stopping")
    }
}
