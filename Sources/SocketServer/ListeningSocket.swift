import Glibc

/// A Unix socket that listens, to be adopted by the server.
public enum ListeningSocket {
    /// Why the socket cannot listen where it was asked to.
    public enum Failure: Error, CustomStringConvertible {
        case pathTooLong(String, bytesMax: Int)
        case inUse(String)
        case notASocket(String)
        case system(String, call: String, errno: Int32)

        public var description: String {
            switch self {
            case .pathTooLong(let path, let most):
                "\(path) is too long for a socket: at most \(most) bytes; choose another with --socket"
            case .inUse(let path):
                "\(path) is in use: another daemon answers there; stop it, or choose another path with --socket"
            case .notASocket(let path): "\(path) exists and is not a socket: choose another path with --socket"
            case .system(let path, let call, let code):
                "\(path): \(call): \(unsafe String(cString: strerror(code)))"
            }
        }
    }

    /// Connections that wait to be accepted.
    private static let backlog: Int32 = 1024

    /// Binds and listens at `path`, for the owner and the group (0660). A socket that nobody listens to any more is replaced.
    public static func bind(path: String) throws(Failure) -> CInt {
        var address = sockaddr_un()
        let most = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.utf8.count <= most else { throw .pathTooLong(path, bytesMax: most) }
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            unsafe bytes.copyBytes(from: path.utf8)
        }
        try clear(path, address)
        let socket = try socket(path)
        // Only the owner and the group may connect, from the first moment on.
        let mask = umask(0o117)
        let bound = unsafe withAddress(&address) { unsafe Glibc.bind(socket, $0, $1) }
        let code = errno
        umask(mask)
        guard bound == 0 else {
            close(socket)
            throw .system(path, call: "bind", errno: code)
        }
        guard listen(socket, backlog) == 0 else {
            let code = errno
            close(socket)
            throw .system(path, call: "listen", errno: code)
        }
        return socket
    }

    /// Removes a socket that is left over from a daemon that is gone.
    private static func clear(_ path: String, _ address: sockaddr_un) throws(Failure) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let probe = try socket(path)
        defer { close(probe) }
        var copy = address
        let connected = unsafe withAddress(&copy) { unsafe connect(probe, $0, $1) }
        guard connected != 0, errno == ECONNREFUSED else { throw .inUse(path) }
        guard unsafe unlink(path) == 0 else { throw .system(path, call: "unlink", errno: errno) }
    }

    private static func socket(_ path: String) throws(Failure) -> CInt {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw .system(path, call: "socket", errno: errno) }
        return descriptor
    }

    private static func withAddress(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe body(rebound, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
