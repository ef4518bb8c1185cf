// What each command on points, goods and needs has to pass, and what each event changes.

extension CollectionPointOpened {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try checkArrondissement(arrondissement)
        guard let known = world.collections[point: point] else { return [Outcome(self)] }
        guard let closed = known.closed else {
            if known.opening == self, known.opened.day == stamp.day { return [] }
            throw Rejection(
                "point_already_open", "point \(point) is open since \(known.opened.day)",
                ["point": point, "opened": known.opened.day])
        }
        guard stamp.time >= closed.time else {
            throw Rejection(
                "open_periods_overlap", "point \(point) was open until \(closed.time), after \(stamp.time)",
                ["point": point, "closed": closed.time, "time": stamp.time])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        let reopens = world.collections[point: point] != nil
        let time = reopens ? stamp.time : world.calendar.start(of: stamp.day)
        world.collections.open(self, at: time, on: stamp.day)
    }
}

extension CollectionPointClosed {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        let known = try world.collections.known(point)
        if let (_, day) = known.closed {
            if day == stamp.day { return [] }
            throw Rejection(
                "point_already_closed", "point \(point) was closed on \(day)", ["point": point, "closed": day])
        }
        guard stamp.time >= known.opened.time else {
            throw Rejection(
                "closes_before_it_opens", "point \(point) was opened on \(known.opened.day), after \(stamp.day)",
                ["point": point, "opened": known.opened.day, "day": stamp.day])
        }
        for number in known.stocks {
            let stock = world.collections.stocks[Int(number)]
            if let last = stock.book.entries.last, last.time > stamp.time {
                throw Rejection(
                    "closes_before_latest_movement",
                    "goods were moved or counted at point \(point) at \(last.time), after \(stamp.time)",
                    ["point": point, "latest": last.time, "time": stamp.time])
            }
            guard stock.book.balance == 0 else {
                throw Rejection(
                    "point_not_empty",
                    "point \(point) has \(stock.book.balance) \(stock.unit.rawValue) of \(stock.category.rawValue): "
                        + "dispatch, distribute or discard them first",
                    [
                        "point": point, "category": stock.category, "unit": stock.unit,
                        "quantity": stock.book.balance,
                    ])
            }
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.collections.close(point: point, stamp)
    }
}

extension CollectionNeedDeclared {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        if let quantity { try checkQuantity(quantity) }
        guard (point == nil) != (site == nil) else {
            throw Rejection("point_or_site", "a need is that of a point or of a site, and not of both", ["need": need])
        }
        if let known = world.collections[need: need] {
            guard known.point == point, known.site == site, known.category == category, known.unit == unit else {
                throw Rejection(
                    "need_exists",
                    "need \(need) has another place, category or unit: only its quantity and priority can change",
                    ["need": need, "category": known.category, "unit": known.unit])
            }
            if let closed = known.closed, stamp.time >= closed.time {
                throw Rejection(
                    "need_closed", "need \(need) was closed on \(closed.day): declare another need",
                    ["need": need, "closed": closed.day, "outcome": closed.outcome])
            }
            let last = known.declarations.last { $0.time == stamp.time }
            if let last, last.quantity == quantity, last.priority == priority { return [] }
        }
        if let point { try world.collections.checkOpen(point, stamp) }
        if let site { _ = try world.sites.known(site) }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.collections.declare(self, stamp)
    }
}

extension CollectionNeedClosed {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard let known = world.collections[need: need], let last = known.declarations.last else {
            throw Rejection("unknown_need", "no need \(need): see query.needs", ["need": need])
        }
        if let closed = known.closed {
            if closed.outcome == outcome, closed.day == stamp.day { return [] }
            throw Rejection(
                "need_already_closed", "need \(need) was closed on \(closed.day) as \(closed.outcome.rawValue)",
                ["need": need, "closed": closed.day, "outcome": closed.outcome])
        }
        guard stamp.time >= last.time else {
            throw Rejection(
                "closes_before_it_opens", "need \(need) was declared at \(last.time), after \(stamp.time)",
                ["need": need, "declared": last.time, "time": stamp.time])
        }
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.collections.close(need: need, outcome, stamp)
    }
}

extension CollectionReceived {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try checkQuantity(quantity)
        try world.collections.checkOpen(goods.point, stamp)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.collections.enter(.by(quantity), goods, stamp)
        world.collections.note(.received, quantity, goods, from: donorKind, stamp)
    }
}

extension CollectionSorted {
    private var source: Goods { Goods(point: point, category: from, unit: unit) }
    private var result: Goods { Goods(point: point, category: into, unit: unit) }

    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard from != into else {
            throw Rejection(
                "sorted_into_itself", "goods of \(from.rawValue) are sorted into another category",
                ["point": point, "category": from])
        }
        try world.collections.checkTaking(quantity, source, stamp)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.collections.enter(.by(-quantity), source, stamp)
        world.collections.enter(.by(quantity), result, stamp)
        world.collections.note(.sortedIn, quantity, result, stamp)
    }
}

extension CollectionDispatched {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        guard (toPoint == nil) != (toSite == nil) else {
            throw Rejection(
                "point_or_site", "goods are dispatched to a point or to a site, and not to both",
                ["point": goods.point])
        }
        if let toPoint {
            guard toPoint != goods.point else {
                throw Rejection(
                    "dispatched_to_itself", "goods of point \(toPoint) are dispatched to another point or to a site",
                    ["point": toPoint])
            }
            try world.collections.checkOpen(toPoint, stamp)
        }
        if let toSite { _ = try world.sites.known(toSite) }
        try world.collections.checkTaking(quantity, goods, stamp)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.collections.enter(.by(-quantity), goods, stamp)
        world.collections.note(.dispatched, quantity, goods, stamp)
        guard let toPoint else { return }
        let arrived = Goods(point: toPoint, category: goods.category, unit: goods.unit)
        world.collections.enter(.by(quantity), arrived, stamp)
    }
}

extension CollectionDistributed {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        if let people, !(1...countMax).contains(people) { throw .headcountOutOfBounds(people) }
        if let operation { _ = try world.operations.known(operation) }
        try world.collections.checkTaking(quantity, goods, stamp)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.collections.enter(.by(-quantity), goods, stamp)
        world.collections.note(.distributed, quantity, goods, stamp)
    }
}

extension CollectionDiscarded {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try world.collections.checkTaking(quantity, goods, stamp)
        return [Outcome(self)]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.collections.enter(.by(-quantity), goods, stamp)
        world.collections.note(.discarded, quantity, goods, stamp)
    }
}

extension CollectionCounted {
    public func decide(_ world: World, _ stamp: Stamp) throws(Rejection) -> [Outcome] {
        try checkQuantity(quantity, from: 0)
        try world.collections.checkOpen(goods.point, stamp)
        let book = world.collections.book(of: goods)
        if let last = book.entries.last(where: { $0.time <= stamp.time }), last.time == stamp.time,
            last.change == .counted(quantity)
        {
            return []
        }
        let difference = quantity - book.balance(at: stamp.time)
        try book.checkLeast(adding: difference, goods, stamp)
        return [Outcome(self, anomalies: difference != 0 ? [.countDiffers] : [])]
    }

    public func evolve(_ world: inout World, _ stamp: Stamp) {
        world.collections.enter(.counted(quantity), goods, stamp)
    }
}

private func checkQuantity(_ quantity: Int, from least: Int = 1) throws(Rejection) {
    guard (least...countMax).contains(quantity) else {
        throw Rejection(
            "quantity_out_of_bounds", "a quantity of \(quantity): from \(least) to \(countMax) are possible",
            ["quantity": quantity, "quantity_max": countMax])
    }
}

extension Collections {
    fileprivate func known(_ id: Identifier) throws(Rejection) -> Point {
        guard let point = self[point: id] else { throw .unknownPoint(id) }
        return point
    }

    /// Refuses points that were not open at that time, and what comes late about a point that has been closed since: it
    /// was closed empty, and no single entry leaves it so.
    fileprivate func checkOpen(_ id: Identifier, _ stamp: Stamp) throws(Rejection) {
        let point = try known(id)
        if let closed = point.closed {
            throw Rejection(
                "point_not_open", "point \(id) was closed on \(closed.day), empty", ["point": id, "closed": closed.day])
        }
        guard stamp.time >= point.opened.time else {
            throw Rejection(
                "point_not_open", "point \(id) was opened on \(point.opened.day), after \(stamp.day)",
                ["point": id, "opened": point.opened.day, "day": stamp.day])
        }
    }

    fileprivate func checkTaking(_ quantity: Int, _ goods: Goods, _ stamp: Stamp) throws(Rejection) {
        try checkQuantity(quantity)
        try checkOpen(goods.point, stamp)
        try book(of: goods).checkLeast(adding: -quantity, goods, stamp)
    }
}

extension Account {
    /// Refuses what would take the stock below zero at that time or, because of later entries, at any time after it.
    fileprivate func checkLeast(adding quantity: Int, _ goods: Goods, _ stamp: Stamp) throws(Rejection) {
        let least = leastBalance(adding: quantity, at: stamp.time)
        guard least.balance < 0 else { return }
        let day = least.day ?? stamp.day
        throw Rejection(
            "stock_below_zero",
            "point \(goods.point) would be \(-least.balance) \(goods.unit.rawValue) of "
                + "\(goods.category.rawValue) short on \(day)",
            [
                "point": goods.point, "category": goods.category, "unit": goods.unit, "day": day,
                "short": -least.balance,
            ])
    }
}

extension Rejection {
    static func unknownPoint(_ id: Identifier) -> Rejection {
        Rejection("unknown_point", "no collection point \(id): open it first", ["point": id])
    }
}

extension GoodsCategory: RejectionValue {}
extension GoodsUnit: RejectionValue {}
extension NeedOutcome: RejectionValue {}
