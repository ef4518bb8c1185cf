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
    /// Requests of one batch, commands of one transaction.
    public var batchMax = 1000
    /// Events or rows of one page.
    public var pageMax = 1000
    /// Bytes waiting to be taken by a client, from which on nothing more is read for it.
    public var backlogBytesMax = 1 << 20

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("line_bytes_max", &lineBytesMax)
        try visitor.field("requests_in_flight_max", &requestsInFlightMax)
        try visitor.field("connections_max", &connectionsMax)
        try visitor.field("connections_per_user_max", &connectionsPerUserMax)
        try visitor.field("subscriptions_max", &subscriptionsMax)
        try visitor.field("batch_max", &batchMax)
        try visitor.field("page_max", &pageMax)
        try visitor.field("backlog_bytes_max", &backlogBytesMax)
    }
}
