public import AccueilDomain

// The parameters and answers of the methods for named consumers, for those who ask and those who answer.

/// `consumer.ack`: everything up to a position is done with. Makes the consumer where there is none of that name.
public struct ConsumerAck: Record {
    public static let method = "consumer.ack"

    public var consumer = Identifier()
    /// 0 is before the first event.
    public var sequence = 0

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("consumer", &consumer)
        try visitor.field("sequence", &sequence)
    }
}

/// `consumer.remove`: there is no consumer of that name any more.
public struct ConsumerRemove: Record {
    public static let method = "consumer.remove"

    public var consumer = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("consumer", &consumer)
    }
}

/// How a consumer stands: what `consumer.ack` and `consumer.remove` answer.
public struct ConsumerStanding: Record {
    public var consumer = Identifier()
    /// Who made it, `uid:1000`; only they and administrators move or remove it.
    public var owner = Identifier()
    /// It has done with everything up to this position.
    public var cursor = 0
    /// When its cursor last moved.
    public var acked = Timestamp(microseconds: 0)
    /// Events of the log behind its cursor, those it may not want included.
    public var lag = 0

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("consumer", &consumer)
        try visitor.field("owner", &owner)
        try visitor.field("cursor", &cursor)
        try visitor.field("acked", &acked)
        try visitor.field("lag", &lag)
    }
}

/// What `consumer.list` answers: all of them, by name.
public struct ConsumerStandings: Record {
    public static let method = "consumer.list"

    public var consumers: [ConsumerStanding] = []
    public var head = 0

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("consumers", &consumers)
        try visitor.field("head", &head)
    }
}
