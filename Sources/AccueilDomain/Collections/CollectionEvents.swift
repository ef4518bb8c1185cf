/// What goods are.
public enum GoodsCategory: String, CodeList {
    /// As it came in, before anybody looked inside.
    case unsorted
    case underwear, tops, bottoms, shoes, jackets, dresses, accessories, baby, hygiene, food, kitchen, equipment, toys
    case medication, books, water, shelter, bedding, other
}

/// What goods are counted in.
public enum GoodsUnit: String, CodeList {
    case item, pair, box, kg, g, l, ml, meal
}

/// How pressing a need is, the least first.
public enum NeedPriority: String, CodeList {
    case low, normal, high, urgent
}

/// How a need ended.
public enum NeedOutcome: String, CodeList {
    case met, withdrawn, replaced
}

/// Why goods were thrown away.
public enum DiscardReason: String, CodeList {
    case damaged, expired, unsuitable, other
}

/// Goods of one category, counted in one unit, at one collection point: what has a stock of its own.
public struct Goods: Sendable, Hashable {
    public var point = Identifier()
    public var category = GoodsCategory.other
    public var unit = GoodsUnit.item

    /// A blank to read into.
    public init() {}

    public init(point: Identifier, category: GoodsCategory, unit: GoodsUnit) {
        self.point = point
        self.category = category
        self.unit = unit
    }
}

/// `collection.open_point` → `collection.point_opened`: goods are taken in here from this day on.
public struct CollectionPointOpened: EventRecord, CommandRecord, Equatable {
    public static let type = "collection.point_opened"
    public static let method = "collection.open_point"

    public var point = Identifier()
    public var name: Text?
    public var commune: Commune?
    public var arrondissement: Int?
    public var operators: [Identifier] = []

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("point", &point)
        try visitor.field("name", &name)
        try visitor.field("commune", &commune)
        try visitor.field("arrondissement", &arrondissement)
        try visitor.list("operators", &operators)
    }

    public var subject: Subject { Subject(.point, point) }
}

/// `collection.close_point` → `collection.point_closed`: nothing is left here, and nothing comes in.
public struct CollectionPointClosed: EventRecord, CommandRecord {
    public static let type = "collection.point_closed"
    public static let method = "collection.close_point"

    public var point = Identifier()

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("point", &point)
    }

    public var subject: Subject { Subject(.point, point) }
}

/// `collection.declare_need` → `collection.need_declared`: goods are wanted, at a point or on a site.
///
/// Exactly one of the two is given. Declaring an open need again confirms it, or changes its quantity and priority.
public struct CollectionNeedDeclared: EventRecord, CommandRecord {
    public static let type = "collection.need_declared"
    public static let method = "collection.declare_need"

    public var need = Identifier()
    public var point: Identifier?
    public var site: Identifier?
    public var category = GoodsCategory.other
    public var unit = GoodsUnit.item
    /// 1 to `countMax`; absent: as much as there is.
    public var quantity: Int?
    public var priority = NeedPriority.normal

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("need", &need)
        try visitor.field("point", &point)
        try visitor.field("site", &site)
        try visitor.field("category", &category)
        try visitor.field("unit", &unit)
        try visitor.field("quantity", &quantity)
        try visitor.preset("priority", &priority)
    }

    public var subject: Subject { Subject(.need, need) }
}

/// `collection.close_need` → `collection.need_closed`
public struct CollectionNeedClosed: EventRecord, CommandRecord {
    public static let type = "collection.need_closed"
    public static let method = "collection.close_need"

    public var need = Identifier()
    public var outcome = NeedOutcome.withdrawn

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("need", &need)
        try visitor.field("outcome", &outcome)
    }

    public var subject: Subject { Subject(.need, need) }
}

/// `collection.receive` → `collection.received`: donors brought goods.
public struct CollectionReceived: EventRecord, CommandRecord {
    public static let type = "collection.received"
    public static let method = "collection.receive"

    public var goods = Goods()
    /// 1 to `countMax`.
    public var quantity = 0
    public var donorKind = DonorKind.anonymous
    /// The organisation that gave them.
    public var donor: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try goods.fields(&visitor)
        try visitor.field("quantity", &quantity)
        try visitor.field("donor_kind", &donorKind)
        try visitor.field("donor", &donor)
    }

    public var subject: Subject { Subject(.point, goods.point) }
}

/// `collection.sort` → `collection.sorted`: goods of one category turn out to be of another.
public struct CollectionSorted: EventRecord, CommandRecord {
    public static let type = "collection.sorted"
    public static let method = "collection.sort"

    public var point = Identifier()
    public var unit = GoodsUnit.item
    /// 1 to `countMax`.
    public var quantity = 0
    public var from = GoodsCategory.unsorted
    public var into = GoodsCategory.other

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("point", &point)
        try visitor.field("unit", &unit)
        try visitor.field("quantity", &quantity)
        try visitor.preset("from", &from)
        try visitor.field("into", &into)
    }

    public var subject: Subject { Subject(.point, point) }
}

/// `collection.dispatch` → `collection.dispatched`: goods are sent to another point or to a site, to exactly one.
public struct CollectionDispatched: EventRecord, CommandRecord {
    public static let type = "collection.dispatched"
    public static let method = "collection.dispatch"

    public var goods = Goods()
    /// 1 to `countMax`.
    public var quantity = 0
    /// The point whose stock grows.
    public var toPoint: Identifier?
    public var toSite: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try goods.fields(&visitor)
        try visitor.field("quantity", &quantity)
        try visitor.field("to_point", &toPoint)
        try visitor.field("to_site", &toSite)
    }

    public var subject: Subject { Subject(.point, goods.point) }
}

/// `collection.distribute` → `collection.distributed`: goods are handed to people.
public struct CollectionDistributed: EventRecord, CommandRecord {
    public static let type = "collection.distributed"
    public static let method = "collection.distribute"

    public var goods = Goods()
    /// 1 to `countMax`.
    public var quantity = 0
    /// How many people got some, 1 to `countMax`.
    public var people: Int?
    /// The operation during which it happened.
    public var operation: Identifier?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try goods.fields(&visitor)
        try visitor.field("quantity", &quantity)
        try visitor.field("people", &people)
        try visitor.field("operation", &operation)
    }

    public var subject: Subject { Subject(.point, goods.point) }
}

/// `collection.discard` → `collection.discarded`: goods are thrown away.
public struct CollectionDiscarded: EventRecord, CommandRecord {
    public static let type = "collection.discarded"
    public static let method = "collection.discard"

    public var goods = Goods()
    /// 1 to `countMax`.
    public var quantity = 0
    public var reason = DiscardReason.other

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try goods.fields(&visitor)
        try visitor.field("quantity", &quantity)
        try visitor.field("reason", &reason)
    }

    public var subject: Subject { Subject(.point, goods.point) }
}

/// `collection.count` → `collection.counted`: somebody counted; the book stock becomes what they found.
public struct CollectionCounted: EventRecord, CommandRecord {
    public static let type = "collection.counted"
    public static let method = "collection.count"

    public var goods = Goods()
    /// 0 to `countMax`.
    public var quantity = 0

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try goods.fields(&visitor)
        try visitor.field("quantity", &quantity)
    }

    public var subject: Subject { Subject(.point, goods.point) }
}

extension Goods {
    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("point", &point)
        try visitor.field("category", &category)
        try visitor.field("unit", &unit)
    }
}

extension Collections {
    static let events: [any EventRecord.Type] = [
        CollectionPointOpened.self, CollectionPointClosed.self, CollectionNeedDeclared.self, CollectionNeedClosed.self,
        CollectionReceived.self, CollectionSorted.self, CollectionDispatched.self, CollectionDistributed.self,
        CollectionDiscarded.self, CollectionCounted.self,
    ]
    static let commands: [any CommandRecord.Type] = [
        CollectionPointOpened.self, CollectionPointClosed.self, CollectionNeedDeclared.self, CollectionNeedClosed.self,
        CollectionReceived.self, CollectionSorted.self, CollectionDispatched.self, CollectionDistributed.self,
        CollectionDiscarded.self, CollectionCounted.self,
    ]
    static let queries: [any QueryRecord.Type] = [StockQuery.self, NeedsQuery.self]
}
