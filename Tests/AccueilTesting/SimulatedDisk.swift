public import EventLog
import Glibc
import Synchronization

/// A disk in memory that can fail or stop at any call, and whose power cut loses, keeps or tears what was not synced.
///
/// Programs write into its cache. What is synced is on the medium; of the rest, when the power goes, every sector of 512
/// bytes is, each by itself, as it was at the last sync or after any of the writes since; and every change of names has
/// happened or not.
public final class SimulatedDisk: Disk {
    /// What becomes of unsynced writes and names when the power goes.
    public enum PowerCut: Sendable, Hashable {
        case losesThem
        case keepsThem
        /// Every sector and every name by itself is a new or the old one.
        case tearsThem(seed: UInt64)
        /// One of the `states` there may be, counted from 0.
        case leaves(state: Int)
    }

    public enum Fault: Sendable, Hashable {
        /// The call and all after it answer nothing any more; a write may still have got through.
        case powerCut
        /// The call alone fails with this `errno`. Of what a sync should have kept, nothing is on the medium.
        case failure(Int32)
        /// A write fails after some of its bytes, a sync after some of the sectors; what it should have kept may be gone
        /// from the cache as well. Any other call just fails.
        case partialFailure(Int32, seed: UInt64)
    }

    private struct Inode {
        /// What programs see.
        var seen: [UInt8] = []
        /// What is on the medium.
        var durable: [UInt8] = []
        var unsynced: [(offset: Int, bytes: [UInt8])] = []

        mutating func write(at offset: Int, _ bytes: [UInt8]) {
            Inode.put(bytes, at: offset, into: &seen)
            unsynced.append((offset, bytes))
        }

        mutating func sync() {
            for write in unsynced { Inode.put(write.bytes, at: write.offset, into: &durable) }
            unsynced = []
        }

        /// What may stand on the medium, sector by sector, where that is not certain: the old content first.
        var doubts: [(start: Int, contents: [[UInt8]])] {
            var cache = durable
            var doubts: [Int: [[UInt8]]] = [:]
            for write in unsynced {
                let end = write.offset + write.bytes.count
                var start = write.offset / sectorBytes * sectorBytes
                let before = cache
                Inode.put(write.bytes, at: write.offset, into: &cache)
                while start < end {
                    let old = Array(before[min(start, before.count)..<min(start + sectorBytes, before.count)])
                    let new = Array(cache[start..<min(start + sectorBytes, cache.count)])
                    if new != doubts[start]?.last ?? old { doubts[start, default: [old]].append(new) }
                    start += sectorBytes
                }
            }
            return doubts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }

        /// The sectors that are not certain are decided, each by a number below the one given.
        mutating func settle(_ choose: (Int) -> Int) {
            for (start, contents) in doubts {
                Inode.put(contents[choose(contents.count)], at: start, into: &durable)
            }
            unsynced = []
        }

        static func put(_ bytes: [UInt8], at offset: Int, into all: inout [UInt8]) {
            guard !bytes.isEmpty else { return }
            let end = offset + bytes.count
            if all.count < end { all += [UInt8](repeating: 0, count: end - all.count) }
            // Copied as memory because these tests run unoptimized, and this is most of what they do.
            unsafe all.withUnsafeMutableBytes { all in
                unsafe bytes.withUnsafeBytes {
                    unsafe UnsafeMutableRawBufferPointer(rebasing: all[offset..<end]).copyMemory(from: $0)
                }
            }
        }
    }

    private struct State {
        var inodes: [Inode] = []
        var names: [String: Int] = [:]
        var durableNames: [String: Int] = [:]
        /// Each of them happens as a whole: the new inode of each name, nil where the name goes.
        var unsyncedNames: [[String: Int?]] = []
        var open: [Int32: Int] = [:]
        var opened: Int32 = 0
        var locks: [Int32: String] = [:]
        var freeBytes = 1 << 30
        var calls: [String] = []
        var faults: [Int: Fault] = [:]
        var isOff = false
        var interruption: (@Sendable (_ call: String, _ path: String) -> Fault?)?

        mutating func name(_ changes: [String: Int?]) {
            State.apply(changes, to: &names)
            unsyncedNames.append(changes)
        }

        static func apply(_ changes: [String: Int?], to names: inout [String: Int]) {
            for (name, inode) in changes { names[name] = inode }
        }

        /// Those whose content matters after a power cut, by number.
        var named: [Int] {
            Set(names.values).union(durableNames.values).union(unsyncedNames.flatMap { $0.values.compactMap(\.self) })
                .sorted()
        }
    }

    private static let sectorBytes = 512
    private let state = Mutex(State())

    public init() {}

    /// A disk on which `files` are durable.
    public convenience init(_ files: [String: [UInt8]]) {
        self.init()
        state.withLock {
            for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
                $0.names[path] = $0.inodes.count
                $0.inodes.append(Inode(seen: bytes, durable: bytes))
            }
            $0.durableNames = $0.names
        }
    }

    /// The calls so far, by name.
    public var calls: [String] { state.withLock { $0.calls } }

    /// All files as programs see them.
    public var files: [String: [UInt8]] { state.withLock { state in state.names.mapValues { state.inodes[$0].seen } } }

    /// A byte that was written long ago changes on the medium.
    public func flip(_ path: String, at offset: Int, _ mask: UInt8) {
        state.withLock {
            let inode = $0.names[path]!
            $0.inodes[inode].seen[offset] ^= mask
            $0.inodes[inode].durable[offset] ^= mask
        }
    }

    public func setFree(_ bytes: Int) { state.withLock { $0.freeBytes = bytes } }

    /// Lets the call with this number, counted from 0, fail.
    public func plan(_ fault: Fault, at call: Int) { state.withLock { $0.faults[call] = fault } }

    /// What happens right before every call: what other threads do meanwhile, and whether the call fails.
    public func interrupt(_ interruption: (@Sendable (_ call: String, _ path: String) -> Fault?)?) {
        state.withLock { $0.interruption = interruption }
    }

    public func cutPower() { state.withLock { $0.isOff = true } }

    /// The process is gone, the machine goes on: open files and locks are given back.
    public func endProcess() {
        state.withLock {
            $0.open = [:]
            $0.locks = [:]
            $0.faults = [:]
            $0.isOff = false
        }
    }

    /// How many different disks there may be after a power cut now; `Int.max` for more than can be counted.
    public var states: Int {
        state.withLock { state in
            var states = 1
            func times(_ count: Int) {
                let (product, isTooLarge) = states.multipliedReportingOverflow(by: count)
                states = isTooLarge ? .max : product
            }
            for inode in state.named { for doubt in state.inodes[inode].doubts { times(doubt.contents.count) } }
            for _ in state.unsyncedNames { times(2) }
            return states
        }
    }

    /// Turns the machine on again after its power was cut.
    public func restart(after cut: PowerCut) {
        endProcess()
        state.withLock { state in
            var random = SplitMix(seed: 0)
            var rest = 0
            switch cut {
            case .losesThem, .keepsThem: break
            case .tearsThem(let seed): random = SplitMix(seed: seed)
            case .leaves(let state): rest = state
            }
            func choose(_ count: Int) -> Int {
                switch cut {
                case .losesThem: return 0
                case .keepsThem: return count - 1
                case .tearsThem: return Int.random(in: 0..<count, using: &random)
                case .leaves:
                    defer { rest /= count }
                    return rest % count
                }
            }
            for inode in state.named {
                state.inodes[inode].settle(choose)
                state.inodes[inode].seen = state.inodes[inode].durable
            }
            for changes in state.unsyncedNames where choose(2) == 1 { State.apply(changes, to: &state.durableNames) }
            state.unsyncedNames = []
            state.names = state.durableNames
        }
    }

    /// Counts the call and lets it fail where that is planned; `anyway` is what a power cut may still let through, and
    /// `partly` what a failure does.
    private func call(
        _ name: String, _ path: String, anyway: (inout State) -> Void = { _ in },
        partly: (inout State, _ random: inout SplitMix) -> Void = { _, _ in }
    ) throws(DiskError) {
        let interruption = state.withLock { $0.isOff ? nil : $0.interruption }
        let sudden = interruption?(name, path)
        let code: Int32? = state.withLock { state in
            guard !state.isOff else { return EIO }
            defer { state.calls.append(name) }
            switch sudden ?? state.faults[state.calls.count] {
            case nil: return nil
            case .failure(let code)?: return code
            case .partialFailure(let code, let seed)?:
                var random = SplitMix(seed: seed)
                partly(&state, &random)
                return code
            case .powerCut?:
                anyway(&state)
                state.isOff = true
                return EIO
            }
        }
        if let code { throw DiskError(name, path, code: code) }
    }

    public func makeDirectory(_ path: String) throws(DiskError) { try call("makeDirectory", path) }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        try call("list", directory)
        return state.withLock {
            $0.names.keys.filter { $0.hasPrefix(directory + "/") }.map { String($0.dropFirst(directory.count + 1)) }
                .filter { !$0.contains("/") }.sorted()
        }
    }

    public func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> DiskFile {
        try call("open", path)
        let number: Int32? = state.withLock {
            if access == .create {
                $0.name([path: $0.inodes.count])
                $0.inodes.append(Inode())
            }
            guard let inode = $0.names[path] else { return nil }
            $0.opened += 1
            $0.open[$0.opened] = inode
            return $0.opened
        }
        guard let number else { throw DiskError("open", path, code: ENOENT) }
        return DiskFile(number: number, path: path)
    }

    public func close(_ file: DiskFile) {
        state.withLock {
            $0.open[file.number] = nil
            $0.locks[file.number] = nil
        }
    }

    /// How many files are open.
    public var openCount: Int { state.withLock { $0.open.count } }

    public func whereabouts(_ file: DiskFile) throws(DiskError) -> String? {
        try call("whereabouts", file.path)
        return state.withLock { state in
            let inode = state.open[file.number]!
            guard state.names[file.path] != inode else { return nil }
            return "it is now " + (state.names.first { $0.value == inode }?.key ?? "without a name")
        }
    }

    /// Somebody else renames a file.
    public func rename(_ path: String, _ other: String) {
        state.withLock { $0.name([path: Int?.none, other: $0.names[path]!]) }
    }

    public func size(_ file: DiskFile) throws(DiskError) -> Int {
        try call("size", file.path)
        return state.withLock { $0.inodes[$0.open[file.number]!].seen.count }
    }

    public func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        try call("read", file.path)
        return state.withLock { Array($0.inodes[$0.open[file.number]!].seen.dropFirst(offset).prefix(count)) }
    }

    public func write(_ file: DiskFile, at offset: Int, _ bytes: Span<UInt8>) throws(DiskError) {
        let bytes = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
        func write(_ bytes: [UInt8], _ state: inout State) {
            state.inodes[state.open[file.number]!].write(at: offset, bytes)
        }
        try call("write", file.path) {
            write(bytes, &$0)
        } partly: {
            write(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &$1))), &$0)
        }
        let has = state.withLock {
            let grows = offset + bytes.count - $0.inodes[$0.open[file.number]!].seen.count
            guard grows <= 0 || grows <= $0.freeBytes else { return false }
            write(bytes, &$0)
            return true
        }
        if !has { throw DiskError("write", file.path, code: ENOSPC) }
    }

    public func reserve(_ file: DiskFile, bytes: Int) throws(DiskError) {
        try call("reserve", file.path)
        let has = state.withLock {
            guard $0.freeBytes >= bytes else { return false }
            $0.inodes[$0.open[file.number]!].write(at: 0, [UInt8](repeating: 0, count: bytes))
            return true
        }
        if !has { throw DiskError("reserve", file.path, code: ENOSPC) }
    }

    public func sync(_ file: DiskFile) throws(DiskError) {
        do throws(DiskError) {
            try call("sync", file.path) { _ in
            } partly: { state, random in
                let inode = state.open[file.number]!
                state.inodes[inode].settle { Int.random(in: 0..<$0, using: &random) }
                if Bool.random(using: &random) { state.inodes[inode].seen = state.inodes[inode].durable }
            }
            state.withLock { $0.inodes[$0.open[file.number]!].sync() }
        } catch {
            // As Linux does it: the pages pass for written from now on, and another sync would find nothing to do.
            state.withLock { if !$0.isOff { $0.inodes[$0.open[file.number]!].unsynced = [] } }
            throw error
        }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        try call("syncDirectory", path)
        state.withLock { state in
            for changes in state.unsyncedNames where changes.keys.contains(where: { $0.hasPrefix(path + "/") }) {
                State.apply(changes, to: &state.durableNames)
            }
            state.unsyncedNames.removeAll { $0.keys.contains { $0.hasPrefix(path + "/") } }
        }
    }

    public func rename(_ path: String, to other: String) throws(DiskError) {
        func rename(_ state: inout State) { state.name([path: Int?.none, other: state.names[path]!]) }
        try call("rename", path, anyway: rename)
        state.withLock { rename(&$0) }
    }

    public func remove(_ path: String) throws(DiskError) {
        try call("remove", path)
        state.withLock { $0.name([path: Int?.none]) }
    }

    public func adopt(_ path: String, like other: String) throws(DiskError) { try call("adopt", path) }

    public func freeBytes(_ directory: String) throws(DiskError) -> Int {
        try call("freeBytes", directory)
        return state.withLock { $0.freeBytes }
    }

    public func lock(_ path: String) throws(DiskError) -> DiskLock {
        try call("lock", path)
        return state.withLock {
            guard !$0.locks.values.contains(path) else { return .heldElsewhere(processID: 4711) }
            $0.opened += 1
            $0.locks[$0.opened] = path
            return .held(DiskFile(number: $0.opened, path: path))
        }
    }
}
