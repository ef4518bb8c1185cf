public import AccueilDomain

/// The limits of the protocol; `server.info` tells them.
public struct Limits: Record {
    /// Bytes of one line, without its end; a longer one is answered and the connection closed, for its frame is lost.
    public var lineBytesMax = 1 << 20
    /// Requests of one connection that wait for their answer; further lines are not read until some are answered.
    public var requestsInFlightMax = 1024
    /// Connections at one time.
    public var connectionsMax = 1024
    /// Connections of one user at one time.
    public var connectionsPerUserMax = 512
    /// Subscriptions of one connection.
    public var subscriptionsMax = 16
    /// Named consumers of one user.
    public var consumersPerUserMax = 100
    /// Requests of one batch, commands of one transaction.
    public var batchMax = 1000
    /// Events or rows of one page.
    public var pageMax = 1000
    /// Bytes waiting to be taken by a client, from which on nothing more is read for it.
    public var backlogBytesMax = 256 << 10

    public init() {}

    /// A limit may be absent when read: it is then as it was. Every one has bounds of its own.
    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        func limit(_ name: StaticString, _ value: inout Int, _ bounds: ClosedRange<Int>) throws(Malformed) {
            try visitor.preset(name, &value)
            guard bounds.contains(value) else {
                let least = bounds.lowerBound
                let expected = bounds.count > 1 ? "from \(least) to \(bounds.upperBound)" : "\(least), as it always is"
                throw Malformed(path: "\(name)", expected: expected)
            }
        }
        try limit("line_bytes_max", &lineBytesMax, 4 << 10...64 << 20)
        try limit("requests_in_flight_max", &requestsInFlightMax, 1...65_536)
        try limit("connections_max", &connectionsMax, 1...65_536)
        try limit("connections_per_user_max", &connectionsPerUserMax, 1...65_536)
        try limit("subscriptions_max", &subscriptionsMax, 1...4096)
        try limit("consumers_per_user_max", &consumersPerUserMax, 1...1000)
        try limit("batch_max", &batchMax, 1...10_000)
        // The domain's queries have the same.
        try limit("page_max", &pageMax, 1000...1000)
        // The socket server tells that a client takes again at 64 KiB.
        try limit("backlog_bytes_max", &backlogBytesMax, 64 << 10...64 << 20)
    }
}
