/// The few things the log asks of a file system. `PosixDisk` is the real one; the tests bring one that loses power.
public protocol Disk: Sendable {
    /// Makes the folder (mode 0700) and its entry in the parent durable; does nothing when it is there.
    func makeDirectory(_ path: String) throws(DiskError)
    /// The names in the folder, in no order.
    func list(_ directory: String) throws(DiskError) -> [String]
    func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> DiskFile
    func close(_ file: DiskFile)
    /// Nil while the file is found under its path; otherwise what became of it, and how to get at what it holds.
    func whereabouts(_ file: DiskFile) throws(DiskError) -> String?
    /// How many bytes the file has.
    func size(_ file: DiskFile) throws(DiskError) -> Int
    /// Reads `count` bytes, fewer only at the end of the file.
    func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8]
    /// Writes all of `bytes`.
    func write(_ file: DiskFile, at offset: Int, _ bytes: Span<UInt8>) throws(DiskError)
    /// Makes the file `bytes` long and certain to find room for them.
    func reserve(_ file: DiskFile, bytes: Int) throws(DiskError)
    /// Returns once what was written, and the file's size, are durable. Not to be tried again when it fails.
    func sync(_ file: DiskFile) throws(DiskError)
    /// Returns once the names in the folder are durable.
    func syncDirectory(_ path: String) throws(DiskError)
    func rename(_ path: String, to other: String) throws(DiskError)
    func remove(_ path: String) throws(DiskError)
    /// Gives the file or folder the owner and the group of the other, where they are not the same.
    func adopt(_ path: String, like other: String) throws(DiskError)
    /// How many bytes the file system of the folder can still give to this process.
    func freeBytes(_ directory: String) throws(DiskError) -> Int
    /// Takes the lock file, writing this process's number into it, or tells whose it is.
    func lock(_ path: String) throws(DiskError) -> DiskLock
}

/// How a file is opened.
public enum DiskAccess: Sendable {
    case read
    case readWrite
    /// For reading and writing, as a new and empty file.
    case create
}

/// An open file, to be closed once with `Disk.close`.
public struct DiskFile: Hashable, Sendable {
    public let number: Int32
    public let path: String

    public init(number: Int32, path: String) {
        self.number = number
        self.path = path
    }
}

/// What became of the attempt to take the lock.
public enum DiskLock: Hashable, Sendable {
    /// Taken until the file is closed.
    case held(DiskFile)
    /// Another process has it.
    case heldElsewhere(processID: Int)
}

/// A system call that failed.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was attempted, as a verb: "open", "write".
    public let operation: String
    public let path: String
    /// The `errno` value.
    public let code: Int32

    public init(_ operation: String, _ path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }
}
