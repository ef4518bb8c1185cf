import AccueilDomain

// What the codes are called: the one place where they have names.

extension Language {
    func label(_ audience: Audience) -> String {
        switch audience {
        case .singleMen: self("hommes isolés", "single men")
        case .singleWomen: self("femmes isolées", "single women")
        case .womenWithChildren: self("femmes avec enfants", "women with children")
        case .families: self("familles", "families")
        case .couples: self("couples", "couples")
        case .unaccompaniedMinors: self("mineurs isolés", "unaccompanied minors")
        case .youngAdults: self("jeunes majeurs", "young adults")
        case .any: self("tout public", "everybody")
        }
    }

    func label(_ absence: FigureAbsence) -> String {
        switch absence {
        case .onlyStated: self("non calculé", "not computed")
        case .notYet: self("pas encore connu", "not yet known")
        case .notAnswered:
            self("sans réponse : la question nomme ce qui n’existe pas", "no answer: it asks for what is not there")
        case .nothingFound: self("rien trouvé", "nothing found")
        case .dividesByZero: self("part de rien", "a share of nothing")
        case .tooGreat: self("nombre trop grand", "too great a number")
        }
    }

    func label(_ destination: Destination) -> String {
        switch destination {
        case .cada: self("centre d’accueil pour demandeurs d’asile (CADA)", "centre for asylum seekers (CADA)")
        case .huda:
            self("hébergement d’urgence pour demandeurs d’asile (HUDA)", "emergency housing for asylum seekers (HUDA)")
        case .cao: self("centre d’accueil et d’orientation (CAO)", "reception and orientation centre (CAO)")
        case .chu: self("centre d’hébergement d’urgence (CHU)", "emergency shelter (CHU)")
        case .cph: self("centre provisoire d’hébergement (CPH)", "temporary housing for refugees (CPH)")
        case .hotel: self("hôtel", "hotel")
        case .ownHousing: self("logement personnel", "own housing")
        case .thirdParty: self("hébergement chez un tiers", "with friends or family")
        case .hospital: self("hôpital", "hospital")
        case .childProtection: self("protection de l’enfance", "child protection")
        case .otherRegion: self("autre région", "another region")
        case .street: self("rue", "street")
        case .unknownDeparture: self("parti sans orientation connue", "left without a known destination")
        case .deceased: self("décès", "death")
        case .other: self("autre", "other")
        }
    }

    func label(_ kind: SiteKind) -> String {
        switch kind {
        case .cpa: self("centre de premier accueil", "first reception centre")
        case .chu: self("hébergement d’urgence", "emergency shelter")
        case .cao: self("accueil et orientation", "reception and orientation")
        case .caes: self("accueil et examen des situations", "reception and assessment")
        case .huda: self("hébergement d’urgence pour demandeurs d’asile", "emergency housing for asylum seekers")
        case .cada: self("centre d’accueil pour demandeurs d’asile", "centre for asylum seekers")
        case .cph: self("centre provisoire d’hébergement", "temporary housing for refugees")
        case .prahda: self("programme d’accueil et d’hébergement (PRAHDA)", "reception programme (PRAHDA)")
        case .hotel: self("hôtel", "hotel")
        case .mnaShelter: self("mise à l’abri de mineurs isolés", "shelter for unaccompanied minors")
        case .mnaTemporary: self("accueil temporaire de mineurs isolés", "temporary care of unaccompanied minors")
        case .citizenHost: self("hébergement citoyen", "citizens’ hospitality")
        case .intercalary: self("domaine intercalaire", "buildings awaiting their project")
        case .other: self("autre", "other")
        }
    }

    func label(_ kind: OperationKind) -> String {
        switch kind {
        case .shelter: self("mises à l’abri", "bringing to shelter")
        case .outreach: self("aller-vers, maraudes", "outreach")
        }
    }

    func label(_ rule: AnomalyRule) -> String {
        switch rule {
        case .occupancyAboveCapacity: self("plus de personnes que de places", "more people than places")
        case .blockedAboveCapacity: self("plus de places bloquées que de places", "more places blocked than there are")
        case .peopleNotPlaced: self("personnes sans destination connue", "people without a known destination")
        case .stayBeyondTarget: self("séjours au-delà de la durée cible", "stays beyond the target")
        case .audienceMismatch: self("séjours hors du public du site", "stays outside the site’s audience")
        case .pledgeOverdue: self("promesses de don échues", "overdue pledges")
        case .needStale: self("besoins non confirmés depuis 48 h", "needs unconfirmed for 48 hours")
        case .countDiffers: self("comptages différents du stock", "counts that differ from the books")
        case .serviceAboveCapacity: self("services au-delà de leur capacité", "services above their capacity")
        case .evaluationWaiting: self("évaluations en attente au-delà du délai", "evaluations waiting beyond the norm")
        case .sourcesDisagree: self("sources qui se contredisent", "sources that disagree")
        case .enteredLate: self("saisies plus de 30 jours après", "entered more than 30 days late")
        }
    }

    func label(_ kind: ActKind) -> String {
        switch kind {
        case .nurseAssessment: self("bilans infirmiers", "nurse assessments")
        case .medicalConsultation: self("consultations médicales", "medical consultations")
        case .psychologicalConsultation: self("consultations psychologiques", "psychological consultations")
        case .vaccination: self("vaccinations", "vaccinations")
        case .screening: self("dépistages", "screenings")
        case .referral: self("orientations", "referrals")
        case .lesson: self("cours", "lessons")
        case .jobDiagnosis: self("diagnostics professionnels", "job diagnoses")
        case .legalAdvice: self("conseils juridiques", "legal advice")
        case .interview: self("entretiens", "interviews")
        case .workshop: self("ateliers", "workshops")
        case .activity: self("activités", "activities")
        case .accompaniment: self("accompagnements", "accompaniment")
        case .followUp: self("suivis", "follow-up")
        case .enrolment: self("inscriptions", "enrolments")
        case .training: self("formations", "training")
        case .other: self("autres actes", "other")
        }
    }

    func label(_ outcome: EvaluationOutcome) -> String {
        switch outcome {
        case .minor: self("minorité reconnue", "found to be minors")
        case .adult: self("majorité constatée", "found to be adults")
        case .withdrawn: self("évaluation abandonnée", "withdrawn")
        case .noShow: self("absence à l’évaluation", "did not come")
        case .other: self("autre issue", "other")
        }
    }

    func label(_ kind: MilestoneKind) -> String {
        switch kind {
        case .meeting: self("réunion", "meeting")
        case .agreement: self("accord", "agreement")
        case .publication: self("publication", "publication")
        case .deliberation: self("délibération", "deliberation")
        case .event: self("événement", "event")
        case .training: self("formation", "training")
        case .project: self("projet", "project")
        case .programme: self("programme", "programme")
        case .support: self("soutien", "support")
        case .study: self("étude", "study")
        case .callForProjects: self("appel à projets", "call for projects")
        case .other: self("étape", "step")
        }
    }

    func label(_ category: GoodsCategory) -> String {
        switch category {
        case .unsorted: self("non trié", "unsorted")
        case .underwear: self("sous-vêtements", "underwear")
        case .tops: self("hauts", "tops")
        case .bottoms: self("pantalons, jupes", "trousers, skirts")
        case .shoes: self("chaussures", "shoes")
        case .jackets: self("vestes, manteaux", "jackets")
        case .dresses: self("robes", "dresses")
        case .accessories: self("accessoires", "accessories")
        case .baby: self("puériculture", "baby goods")
        case .hygiene: self("hygiène", "hygiene")
        case .food: self("alimentation", "food")
        case .kitchen: self("cuisine", "kitchen")
        case .equipment: self("équipement", "equipment")
        case .toys: self("jouets", "toys")
        case .medication: self("médicaments", "medication")
        case .books: self("livres", "books")
        case .water: self("eau", "water")
        case .shelter: self("abris", "shelter")
        case .bedding: self("literie", "bedding")
        case .other: self("autre", "other")
        }
    }

    func label(_ unit: GoodsUnit) -> String {
        switch unit {
        case .item: self("pièces", "items")
        case .pair: self("paires", "pairs")
        case .box: self("cartons", "boxes")
        case .kg: "kg"
        case .g: "g"
        case .l: "l"
        case .ml: "ml"
        case .meal: self("repas", "meals")
        }
    }

    /// `environ 7 600`: a number, already written, as exactly as a source states it.
    func stated(_ value: String?, to valueMax: String?, _ precision: Precision) -> String {
        let number = value ?? "?"
        return switch precision {
        case .exact: number
        case .about: self("environ ", "about ") + number
        case .moreThan: self("plus de ", "more than ") + number
        case .lessThan: self("moins de ", "less than ") + number
        case .range: self("de ", "") + number + self(" à ", " to ") + (valueMax ?? "?")
        case .unspecified: self("nombre non précisé", "number not given")
        }
    }

    /// What a figure is counted in, beside the number; nothing where the number shows it or is a plain count. A unit
    /// without a name here is shown as it is written in the register.
    func unit(_ unit: Identifier, of value: Decimal?) -> String {
        /// French keeps the singular up to two, English for one alone.
        func noun(_ french: (one: String, more: String), _ english: (one: String, more: String)) -> String {
            let isOne = value.map { self == .fr ? $0 < Decimal(2) : $0 == Decimal(1) } ?? false
            return isOne ? self(french.one, english.one) : self(french.more, english.more)
        }
        return switch unit.description {
        case "count", "factor", "percent", "date": ""
        case "people": noun(("personne", "personnes"), ("person", "people"))
        case "places": noun(("place", "places"), ("place", "places"))
        case "families": noun(("famille", "familles"), ("family", "families"))
        case "households": noun(("ménage", "ménages"), ("household", "households"))
        case "operations": noun(("opération", "opérations"), ("operation", "operations"))
        case "stays": noun(("séjour", "séjours"), ("stay", "stays"))
        case "acts": noun(("acte", "actes"), ("act", "acts"))
        case "posts": noun(("poste", "postes"), ("post", "posts"))
        case "fte": self("ETP", "FTE")
        case "volunteers": noun(("bénévole", "bénévoles"), ("volunteer", "volunteers"))
        case "meetings": noun(("réunion", "réunions"), ("meeting", "meetings"))
        case "copies": noun(("exemplaire", "exemplaires"), ("copy", "copies"))
        case "hours": noun(("heure", "heures"), ("hour", "hours"))
        case "hour": "h"
        case "minutes": noun(("minute", "minutes"), ("minute", "minutes"))
        case "days": noun(("jour", "jours"), ("day", "days"))
        case "months": self("mois", value == Decimal(1) ? "month" : "months")
        case "years": noun(("an", "ans"), ("year", "years"))
        case _ where Currency(unit) != nil: ""
        case let other: other.split(separator: "_").joined(separator: " ")
        }
    }

    /// `75056-18`: the commune, and `18e`; the commune is left out where it is the same everywhere.
    func place(_ key: String, withCommune: Bool) -> String {
        let parts = key.split(separator: "-")
        guard key != "unknown", let last = parts.last else { return self("lieu inconnu", "unknown place") }
        guard last.count <= 2, let number = Int(last) else { return self("commune ", "commune ") + key }
        let arrondissement = self("\(number)\(number == 1 ? "er" : "e")", ordinal(number))
        return (withCommune && parts.count == 2 ? parts[0] + ", " : "") + arrondissement
    }

    private func ordinal(_ number: Int) -> String {
        switch (number % 10, number % 100) {
        case (_, 11...13): "\(number)th"
        case (1, _): "\(number)st"
        case (2, _): "\(number)nd"
        case (3, _): "\(number)rd"
        default: "\(number)th"
        }
    }
}
