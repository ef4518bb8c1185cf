import EventLog
import Glibc
import Synchronization

/// A disk in memory that can fail or stop at any call, and whose power cut loses, keeps or tears what was not synced.
final class SimulatedDisk: Disk {
    /// What becomes of unsynced writes and names when the power goes.
    enum PowerCut: Sendable, Hashable {
        case losesThem
        case keepsThem
        /// Every sector of 512 bytes by itself is the new or the old one.
        case tearsThem(seed: UInt64)
    }

    enum Fault: Sendable, Hashable {
        /// The call and all after it answer nothing any more; a write may still have got through.
        case powerCut
        /// The call alone fails with this `errno`.
        case failure(Int32)
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

        static func put(_ bytes: [UInt8], at offset: Int, into all: inout [UInt8]) {
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
        var open: [Int32: Int] = [:]
        var opened: Int32 = 0
        var locks: [Int32: String] = [:]
        var freeBytes = 1 << 30
        var calls: [String] = []
        var faults: [Int: Fault] = [:]
        var isOff = false
        var meanwhile: (call: String, work: @Sendable () -> Void)?
    }

    private let state = Mutex(State())

    init() {}

    /// A disk on which `files` are durable.
    convenience init(_ files: [String: [UInt8]]) {
        self.init()
        state.withLock {
            for (path, bytes) in files {
                $0.names[path] = $0.inodes.count
                $0.inodes.append(Inode(seen: bytes, durable: bytes))
            }
            $0.durableNames = $0.names
        }
    }

    /// The calls so far, by name.
    var calls: [String] { state.withLock { $0.calls } }

    /// All files as programs see them.
    var files: [String: [UInt8]] { state.withLock { state in state.names.mapValues { state.inodes[$0].seen } } }

    func setFree(_ bytes: Int) { state.withLock { $0.freeBytes = bytes } }

    /// Lets the call with this number, counted from 0, fail.
    func plan(_ fault: Fault, at call: Int) { state.withLock { $0.faults[call] = fault } }

    /// What another thread does right before the next call of this name.
    func before(_ call: String, _ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.meanwhile = (call, work) }
    }

    func cutPower() { state.withLock { $0.isOff = true } }

    /// The process is gone, the machine goes on: open files and locks are given back.
    func endProcess() {
        state.withLock {
            $0.open = [:]
            $0.locks = [:]
            $0.faults = [:]
        }
    }

    /// Turns the machine on again after its power was cut.
    func restart(after cut: PowerCut) {
        endProcess()
        state.withLock { state in
            var random = SplitMix(state: 0)
            switch cut {
            case .losesThem: state.names = state.durableNames
            case .keepsThem:
                for index in state.inodes.indices { state.inodes[index].sync() }
            case .tearsThem(let seed):
                random = SplitMix(state: seed)
                if Bool.random(using: &random) { state.names = state.durableNames }
                for index in state.inodes.indices { tear(&state.inodes[index], &random) }
            }
            for index in state.inodes.indices {
                state.inodes[index].seen = state.inodes[index].durable
                state.inodes[index].unsynced = []
            }
            state.durableNames = state.names
            state.isOff = false
        }
    }

    private func tear(_ inode: inout Inode, _ random: inout SplitMix) {
        for write in inode.unsynced {
            var start = write.offset
            while start < write.offset + write.bytes.count {
                let end = min((start / 512 + 1) * 512, write.offset + write.bytes.count)
                if Bool.random(using: &random) {
                    Inode.put(
                        Array(write.bytes[start - write.offset..<end - write.offset]), at: start, into: &inode.durable)
                }
                start = end
            }
        }
    }

    /// Counts the call and lets it fail where that is planned; `anyway` is what a power cut may still let through.
    private func call(
        _ name: String, _ path: String, anyway: (inout State) -> Void = { _ in }
    ) throws(DiskError) {
        let meanwhile = state.withLock { state in
            guard state.meanwhile?.call == name else { return nil as (@Sendable () -> Void)? }
            defer { state.meanwhile = nil }
            return state.meanwhile?.work
        }
        meanwhile?()
        let code: Int32? = state.withLock { state in
            guard !state.isOff else { return EIO }
            defer { state.calls.append(name) }
            switch state.faults[state.calls.count] {
            case nil: return nil
            case .failure(let code)?: return code
            case .powerCut?:
                anyway(&state)
                state.isOff = true
                return EIO
            }
        }
        if let code { throw DiskError(name, path, code: code) }
    }

    func makeDirectory(_ path: String) throws(DiskError) { try call("makeDirectory", path) }

    func list(_ directory: String) throws(DiskError) -> [String] {
        try call("list", directory)
        return state.withLock {
            $0.names.keys.filter { $0.hasPrefix(directory + "/") }.map { String($0.dropFirst(directory.count + 1)) }
        }
    }

    func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> DiskFile {
        try call("open", path)
        let number: Int32? = state.withLock {
            if access == .create {
                $0.names[path] = $0.inodes.count
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

    func close(_ file: DiskFile) {
        state.withLock {
            $0.open[file.number] = nil
            $0.locks[file.number] = nil
        }
    }

    /// How many files are open.
    var openCount: Int { state.withLock { $0.open.count } }

    func whereabouts(_ file: DiskFile) throws(DiskError) -> String? {
        try call("whereabouts", file.path)
        return state.withLock { state in
            let inode = state.open[file.number]!
            guard state.names[file.path] != inode else { return nil }
            return "it is now " + (state.names.first { $0.value == inode }?.key ?? "without a name")
        }
    }

    /// Somebody else renames a file.
    func rename(_ path: String, _ other: String) {
        state.withLock { $0.names[other] = $0.names.removeValue(forKey: path) }
    }

    func size(_ file: DiskFile) throws(DiskError) -> Int {
        try call("size", file.path)
        return state.withLock { $0.inodes[$0.open[file.number]!].seen.count }
    }

    func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        try call("read", file.path)
        return state.withLock { Array($0.inodes[$0.open[file.number]!].seen.dropFirst(offset).prefix(count)) }
    }

    func write(_ file: DiskFile, at offset: Int, _ bytes: Span<UInt8>) throws(DiskError) {
        let bytes = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
        let write = { @Sendable (state: inout State) in state.inodes[state.open[file.number]!].write(at: offset, bytes)
        }
        try call("write", file.path, anyway: write)
        state.withLock { write(&$0) }
    }

    func reserve(_ file: DiskFile, bytes: Int) throws(DiskError) {
        try call("reserve", file.path)
        let has = state.withLock {
            guard $0.freeBytes >= bytes else { return false }
            $0.inodes[$0.open[file.number]!].write(at: 0, [UInt8](repeating: 0, count: bytes))
            return true
        }
        if !has { throw DiskError("reserve", file.path, code: ENOSPC) }
    }

    func sync(_ file: DiskFile) throws(DiskError) {
        do throws(DiskError) {
            try call("sync", file.path)
            state.withLock { $0.inodes[$0.open[file.number]!].sync() }
        } catch {
            // As Linux does it: the pages pass for written from now on, and another sync would find nothing to do.
            state.withLock { if !$0.isOff { $0.inodes[$0.open[file.number]!].unsynced = [] } }
            throw error
        }
    }

    func syncDirectory(_ path: String) throws(DiskError) {
        try call("syncDirectory", path)
        state.withLock { $0.durableNames = $0.names }
    }

    func rename(_ path: String, to other: String) throws(DiskError) {
        let rename = { @Sendable (state: inout State) in state.names[other] = state.names.removeValue(forKey: path)! }
        try call("rename", path, anyway: rename)
        state.withLock { rename(&$0) }
    }

    func remove(_ path: String) throws(DiskError) {
        try call("remove", path)
        state.withLock { _ = $0.names.removeValue(forKey: path) }
    }

    func adopt(_ path: String, like other: String) throws(DiskError) { try call("adopt", path) }

    func freeBytes(_ directory: String) throws(DiskError) -> Int {
        try call("freeBytes", directory)
        return state.withLock { $0.freeBytes }
    }

    func lock(_ path: String) throws(DiskError) -> DiskLock {
        try call("lock", path)
        return state.withLock {
            guard !$0.locks.values.contains(path) else { return .heldElsewhere(processID: 4711) }
            $0.opened += 1
            $0.locks[$0.opened] = path
            return .held(DiskFile(number: $0.opened, path: path))
        }
    }
}

/// A small random generator (SplitMix64) that gives the same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
