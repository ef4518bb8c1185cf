internal import CSystemd
internal import Glibc

/// The listening sockets that the service manager opened for us and handed over at start.
public enum ListeningSockets {
    /// Takes over every inherited socket, with the name its socket unit gave it (`FileDescriptorName=`).
    ///
    /// Empty when the process was not started through a socket. The descriptors are close-on-exec and belong to the
    /// caller from here on; `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES` are removed from the environment, so call
    /// it once, before any thread starts. Source: sd_listen_fds(3).
    /// - Throws: ``InheritedSocketError`` when the environment is malformed or a descriptor is anything but a listening
    ///   Unix stream socket.
    public static func inherited() throws(InheritedSocketError) -> [(name: String, fd: Int32)] {
        // libsystemd allocates the array and its strings; both are ours to free.
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = nil
        let count = unsafe sd_listen_fds_with_names(1, &names)
        guard count >= 0 else { throw .malformedEnvironment(errno: -count) }
        defer { unsafe free(names) }

        var sockets: [(name: String, fd: Int32)] = []
        for index in 0..<Int(count) {
            guard let name = unsafe names?[index] else { break }
            unsafe sockets.append((String(cString: name), SD_LISTEN_FDS_START + Int32(index)))
            unsafe free(name)
        }
        for socket in sockets { try check(name: socket.name, fd: socket.fd) }
        return sockets
    }

    /// Refuses a descriptor that is not a listening Unix stream socket.
    static func check(name: String, fd: Int32) throws(InheritedSocketError) {
        guard sd_is_socket_unix(fd, Int32(SOCK_STREAM.rawValue), 1, nil, 0) > 0 else {
            throw .notListeningUnixStream(name: name, fd: fd)
        }
    }
}

/// Why the sockets handed over at start cannot be used: a fault of the socket unit, not of this process.
public enum InheritedSocketError: Error, Equatable, CustomStringConvertible {
    /// `LISTEN_FDS` or `LISTEN_PID` cannot be read; `errno` as libsystemd gave it.
    case malformedEnvironment(errno: Int32)
    /// The socket unit passes something else than `ListenStream=` with a path.
    case notListeningUnixStream(name: String, fd: Int32)

    public var description: String {
        switch self {
        case .malformedEnvironment(let errno):
            "LISTEN_FDS and LISTEN_PID cannot be read (errno \(errno)): start through the socket unit, or without them"
        case .notListeningUnixStream(let name, let fd):
            "inherited descriptor \(fd) (\(name)) is not a listening Unix stream socket: "
                + "use ListenStream= with a path in the socket unit"
        }
    }
}
