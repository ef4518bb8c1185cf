internal import Glibc

/// The file system of the machine.
public struct PosixDisk: Disk {
    public init() {}

    public func makeDirectory(_ path: String) throws(DiskError) {
        if unsafe mkdir(path, 0o700) == 0 {
            try syncDirectory(path)
            try syncDirectory(path + "/..")
        } else if errno != EEXIST {
            throw DiskError("make folder", path, code: errno)
        }
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        guard let stream = unsafe opendir(directory) else { throw DiskError("list folder", directory, code: errno) }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw DiskError("list folder", directory, code: errno) }
        return names
    }

    public func open(_ path: String, _ access: DiskAccess) throws(DiskError) -> DiskFile {
        let flags =
            switch access {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT | O_TRUNC
            }
        return try open(path, flags: flags)
    }

    private func open(_ path: String, flags: Int32) throws(DiskError) -> DiskFile {
        let number = try retried("open", path) { unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600) }
        return DiskFile(number: number, path: path)
    }

    public func close(_ file: DiskFile) { _ = Glibc.close(file.number) }

    public func whereabouts(_ file: DiskFile) throws(DiskError) -> String? {
        var (open, named) = (stat(), stat())
        guard unsafe fstat(file.number, &open) == 0 else { throw DiskError("look at", file.path, code: errno) }
        if unsafe stat(file.path, &named) == 0 {
            if open.st_ino == named.st_ino, open.st_dev == named.st_dev { return nil }
        } else if errno != ENOENT, errno != ENOTDIR {
            throw DiskError("look at", file.path, code: errno)
        }
        // The kernel adds " (deleted)" to the path of a file that has no name any more (proc(5)).
        var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe path.withUnsafeMutableBytes {
            unsafe readlink("/proc/self/fd/\(file.number)", $0.baseAddress!, $0.count)
        }
        let now = count > 0 ? String(decoding: path[..<count], as: UTF8.self) : "a file without a name"
        return "it is now \(now), and can be copied from /proc/\(getpid())/fd/\(file.number) while this process runs"
    }

    public func size(_ file: DiskFile) throws(DiskError) -> Int {
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else { throw DiskError("look at", file.path, code: errno) }
        return status.st_size
    }

    public func read(_ file: DiskFile, at offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        var failure: DiskError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(DiskError) {
                while filled < count {
                    let part = try retried("read", file.path) {
                        unsafe pread(file.number, buffer.baseAddress! + filled, count - filled, offset + filled)
                    }
                    if part == 0 { break }
                    filled += part
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    public func write(_ file: DiskFile, at offset: Int, _ bytes: Span<UInt8>) throws(DiskError) {
        var written = 0
        while written < bytes.count {
            written += try retried("write", file.path) {
                unsafe bytes.withUnsafeBytes {
                    unsafe pwrite(file.number, $0.baseAddress! + written, $0.count - written, offset + written)
                }
            }
        }
    }

    public func reserve(_ file: DiskFile, bytes: Int) throws(DiskError) {
        let code = posix_fallocate(file.number, 0, bytes)
        guard code == 0 else { throw DiskError("reserve room for", file.path, code: code) }
    }

    public func sync(_ file: DiskFile) throws(DiskError) {
        guard fdatasync(file.number) == 0 else { throw DiskError("sync", file.path, code: errno) }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let folder = try open(path, flags: O_RDONLY | O_DIRECTORY)
        defer { close(folder) }
        guard fsync(folder.number) == 0 else { throw DiskError("sync folder", path, code: errno) }
    }

    public func rename(_ path: String, to other: String) throws(DiskError) {
        guard unsafe Glibc.rename(path, other) == 0 else { throw DiskError("rename", path, code: errno) }
    }

    public func remove(_ path: String) throws(DiskError) {
        guard unsafe unlink(path) == 0 else { throw DiskError("remove", path, code: errno) }
    }

    public func adopt(_ path: String, like other: String) throws(DiskError) {
        var (own, wanted) = (stat(), stat())
        guard unsafe stat(path, &own) == 0 else { throw DiskError("look at", path, code: errno) }
        guard unsafe stat(other, &wanted) == 0 else { throw DiskError("look at", other, code: errno) }
        guard own.st_uid != wanted.st_uid || own.st_gid != wanted.st_gid else { return }
        guard unsafe chown(path, wanted.st_uid, wanted.st_gid) == 0 else {
            throw DiskError("change the owner of", path, code: errno)
        }
    }

    public func freeBytes(_ directory: String) throws(DiskError) -> Int {
        var status = statvfs()
        guard unsafe statvfs(directory, &status) == 0 else { throw DiskError("look at", directory, code: errno) }
        return Int(clamping: status.f_bavail.multipliedReportingOverflow(by: status.f_frsize).partialValue)
    }

    public func lock(_ path: String) throws(DiskError) -> DiskLock {
        let file = try open(path, flags: O_RDWR | O_CREAT)
        var kept = false
        defer { if !kept { close(file) } }
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw DiskError("lock", path, code: errno) }
            let text = String(decoding: try read(file, at: 0, count: 20), as: UTF8.self)
            return .heldElsewhere(processID: Int(text.prefix { $0.isNumber }) ?? 0)
        }
        guard ftruncate(file.number, 0) == 0 else { throw DiskError("write", path, code: errno) }
        try write(file, at: 0, Array("\(getpid())\n".utf8).span)
        kept = true
        return .held(file)
    }

    /// Calls until the answer is anything but "interrupted by a signal".
    private func retried<Count: SignedInteger>(
        _ operation: String, _ path: String, _ call: () -> Count
    ) throws(DiskError) -> Count {
        while true {
            let answer = call()
            if answer >= 0 { return answer }
            if errno != EINTR { throw DiskError(operation, path, code: errno) }
        }
    }
}

extension DiskError {
    /// A sentence with what to do next where that is known.
    public var description: String {
        let advice =
            switch code {
            case EACCES, EPERM: "; give the user this program runs as the right to it"
            case ENOSPC, EDQUOT: "; make room on the file system"
            case EROFS: "; mount the file system for writing"
            case EIO: "; check the disk"
            default: ""
            }
        return unsafe "cannot \(operation) \(path): \(String(cString: strerror(code)))\(advice)"
    }
}
