"""The plan behind the bilan of March 2017: commitments, milestones, notes, and its 199 figures, one indicator each.

An indicator has the id, the title and the figure of its row in the list of the bilan's figures. Whatever follows from
what the story tells is calculated; what the bilan says of it stands beside it, also where the two cannot both be true.
The figures about the plan as a whole (`E00`) belong to engagement 10, whose meetings presented the plan and its bilans.
"""
from datetime import date

from plan import PEOPLE, known_from, one, stated, term, total
from story import at

BILAN, LATELY, PRESENTED = date(2017, 3, 23), date(2017, 3, 1), date(2015, 10, 8)
PLAN, MINORS_PLAN = "mobilisation-paris", "mie-paris"

PILLARS = {
    1: "Paris exemplaire dans son domaine de compétences",
    2: "Paris au rendez vous d'une mobilisation collective",
    3: "Paris relève le défi grâce aux parisiens",
    4: "Paris acteur de la promotion des droits humains sur le plan international",
}

COMMITMENTS = [
    (1, "Protection des mineurs isolés étrangers"),
    (1, "Protection et accompagnement des femmes enceintes et des femmes avec enfants"),
    (1, "Instauration d'une veille sociale renforcée dans l'espace public parisien"),
    (1, "Renforcement de l'accès aux droits dans les domaines de compétences de la Ville de Paris"),
    (2, "Amélioration des conditions d'accueil des nouveaux arrivants sur le territoire parisien"),
    (2, "Garantie de l'accès aux soins"),
    (2, "Contribution active à l'ouverture de nouveaux centres d'accueil"),
    (2, "Facilitation de l'intégration des réfugiés"),
    (2, "Promotion de l'accès à l'éducation et à la formation"),
    (2, "Lancement d'une plateforme de ressources et de coordination participative"),
    (3, "Accompagnement de la forte mobilisation citoyenne"),
    (3, "Accompagnement des Parisiens accueillant des réfugiés"),
    (3, "Organisation du recueil de dons financiers"),
    (3, "Structuration de la collecte des biens prioritaires"),
    (3, "Acquisition et partage de connaissances"),
    (4, "Développement des solidarités sur le plan international"),
    (4, "Accueil des défenseurs des droits humains"),
    (4, "Promotion de la liberté mondiale de circulation"),
]

# What was reached, by engagement; where the bilan gives only a month, its first day stands.
REACHED = [
    (1, "plan-mie", "deliberation", date(2015, 4, 1), "Adoption du plan parisien pour les mineurs isolés étrangers",
     {"count": 15}),
    (2, "deliberation-crf-2015", "deliberation", date(2015, 11, 1), "Délibération : suivi à l'hôtel", {}),
    (2, "deliberation-crf-2016", "deliberation", date(2016, 6, 1), "Délibération : moyens de la Croix-Rouge renforcés",
     {}),
    (3, "coordination-maraudes", "project", date(2016, 9, 1), "Refonte de la coordination des maraudes", {}),
    (4, "guide-professionnels", "publication", date(2016, 11, 1), "Guide à destination des professionnels",
     {"count": 4000}),
    (4, "acces-aux-droits", "support", LATELY, "Moyens des associations d'accès aux droits renforcés", {}),
    (4, "services-ville", "programme", LATELY, "Mobilisation des services de la Ville", {}),
    (5, "photographie-nationalites", "study", date(2017, 3, 9), "Nationalités présentes au pôle hébergement", {}),
    (6, "formation-tuberculose", "training", LATELY, "Pré-diagnostic de la tuberculose (CLAT 75)",
     {"partners": ["clat-75"], "theme": "tuberculosis"}),
    (6, "formation-primo-levi", "training", LATELY, "Psycho-trauma : centres médico-sociaux",
     {"partners": ["primo-levi"], "series": "psycho-trauma"}),
    (6, "formation-traces", "training", LATELY, "Psycho-trauma : médecine et service social scolaires",
     {"partners": ["traces"], "series": "psycho-trauma"}),
    (6, "assises-interpretariat", "programme", LATELY, "Assises de la santé : interprétariat",
     {"series": "assises-sante"}),
    (6, "assises-mediation", "programme", LATELY, "Assises de la santé : médiation en santé",
     {"series": "assises-sante"}),
    (6, "assises-discriminations", "programme", LATELY, "Assises de la santé : lutte contre les discriminations",
     {"series": "assises-sante"}),
    (8, "fami-eif-fel", "project", date(2016, 5, 1), "Projet européen FAMI-EIF-FEL", {}),
    (8, "appel-francais", "call_for_projects", date(2016, 9, 1), "Appel à projet : français en centre d'hébergement",
     {}),
    (8, "hacking-2", "event", date(2016, 3, 24), "Hacking de l'Hôtel de Ville, 2e édition",
     {"count": 2, "partners": ["paris-and-co", "singa"]}),
    (8, "guide-etat", "publication", LATELY, "Guide de l'État sur les initiatives d'insertion", {}),
    (8, "cui-cie", "programme", LATELY, "Emplois aidés : CUI-CIE", {"series": "emplois-aides"}),
    (8, "cui-cae", "programme", LATELY, "Emplois aidés : CUI-CAE", {"series": "emplois-aides"}),
    (8, "championnat-foot", "event", LATELY, "Championnat de Foot de l'Intégration et de la Solidarité", {"count": 2}),
    (8, "sport-parc", "event", LATELY, "Ouverture du Paris Sport Parc aux migrants", {}),
    (9, "acces-education", "programme", LATELY, "Accès à l'éducation des enfants", {}),
    (9, "appel-etudiant", "call_for_projects", LATELY, "Appel à projet « Initiatives étudiantes »",
     {"partners": ["singa", "kiron", "agromigrateurs", "entraide-etudiants-etrangers"]}),
    (9, "convention-syrie", "agreement", LATELY, "Convention avec Démocratie et Entraide en Syrie",
     {"partners": ["democratie-entraide-syrie"]}),
    (9, "reseau-education", "programme", LATELY, "Réseau de coordination du ministère de l'éducation nationale", {}),
    (9, "accord-chancellerie", "agreement", LATELY, "Accord Préfecture – Chancellerie des universités",
     {"partners": ["prefecture-idf", "chancellerie"]}),
    (10, "conference-citoyenne", "meeting", date(2015, 9, 10), "Conférence citoyenne", {"attendance": 100}),
    (10, "plateforme-2015-09", "meeting", date(2015, 9, 15), "Plateforme : recueil des initiatives et des besoins",
     {"series": "plateforme"}),
    (10, "plateforme-2015-10", "meeting", date(2015, 10, 8), "Plateforme : présentation du plan",
     {"series": "plateforme"}),
    (10, "plateforme-2016-02", "meeting", date(2016, 2, 19), "Plateforme : premier point d'étape",
     {"series": "plateforme"}),
    (10, "plateforme-2016-10", "meeting", date(2016, 10, 14), "Plateforme : bilan de un an de mobilisation",
     {"series": "plateforme"}),
    (10, "plateforme-2017-03", "meeting", date(2017, 3, 10), "Plateforme : nouveau bilan d'étape",
     {"series": "plateforme"}),
    (10, "bilan-mars-2017", "publication", BILAN, "Bilan mars 2017", {}),
    (11, "page-jemengage", "publication", LATELY, "Page dédiée à la mobilisation citoyenne", {}),
    (11, "atelier-mobilisation", "event", date(2016, 10, 21), "Atelier « Mobilisation citoyenne »", {}),
    (11, "inalco", "agreement", LATELY, "Partenariat : traductions par des étudiants", {"partners": ["inalco"]}),
    (11, "gestion-benevoles", "agreement", LATELY, "Accompagnement à la gestion des bénévoles",
     {"partners": ["passerelles-et-competences", "emmaus-solidarite"]}),
    (11, "reunion-publique-18e", "meeting", LATELY, "Réunion publique dans le 18e arrondissement", {}),
    (11, "speed-dating-18e", "event", LATELY, "Speed dating bénévole à la mairie du 18e", {}),
    (14, "mecenat", "agreement", LATELY, "Mécénat d'entreprise de biens prioritaires",
     {"partners": ["company-textile", "company-hygiene"]}),
    (15, "etude-ehess", "study", LATELY, "Étude de terrain sur l'hospitalité individuelle", {"partners": ["ehess"]}),
    (15, "expositions-oim", "event", LATELY, "Expositions sur les migrations", {"partners": ["oim"]}),
    (15, "sequence-accueil-1", "meeting", date(2016, 11, 1), "Première séquence sur l'accueil des réfugiés",
     {"series": "sequences-accueil"}),
    (15, "sequence-accueil-2", "meeting", date(2016, 11, 1), "Seconde séquence sur l'accueil des réfugiés",
     {"series": "sequences-accueil"}),
    (15, "sommet-maires", "meeting", date(2016, 11, 1), "Sommet de maires de villes du monde entier",
     {"attendance": 30}),
    (15, "journee-refugies-2016", "event", date(2016, 6, 1), "Journée mondiale des réfugiés à l'Hôtel de Ville",
     {"partners": ["unhcr"]}),
    (15, "catalogue-histoire", "publication", LATELY, "Catalogue des outils de l'histoire de l'immigration", {}),
    (15, "cycle-conferences", "event", LATELY, "Cycle de conférences « connaissances des migrations »", {}),
    (16, "charte-maires", "agreement", date(2015, 10, 1), "Charte des Maires francophones pour des villes inclusives",
     {"partners": ["aimf"]}),
    (18, "cities-for-life", "event", date(2016, 11, 21), "Sommet « Cities for Life »", {"days": 2}),
]

# What was still to come.
PLANNED = [
    (4, "formation-droit-asile", "training", None, "Formations des professionnels sur le droit d'asile"),
    (6, "radio-depistages", "programme", date(2017, 4, 1), "Radio-dépistages itinérants, dont le CHU d'Ivry"),
    (6, "mediation-avicenne", "training", date(2018, 1, 1), "Médiation sanitaire interculturelle (CHU Avicenne)"),
    (8, "garantie-jeunes-2", "programme", date(2017, 4, 1), "Garantie Jeunes Réfugiés : nouvelle promotion"),
    (8, "journee-refugies-2017", "event", date(2017, 6, 20), "Évènement multisport, Journée mondiale des Réfugiés"),
]

NOTES = [
    (1, "1 (1/2)", "Doublement de l'équipe salariée du DEMIE en cours."),
    (1, "1 (2/2)", "Le centre Charles Godon doit limiter le recours à l'hôtel."),
    (2, "2", "Bourg-la-Reine et Ivry sont cofinancés par l'État et la Ville."),
    (2, "2", "La montée en charge d'Ivry est progressive."),
    (5, "5 (2/3)", "Une alternative aux campements de rue, avec l'État, Emmaüs solidarité et la Ville d'Ivry."),
    (7, "7", "La liste des sites d'accueil n'est pas exhaustive."),
    (10, "10", "Quatre réunions de la plateforme sont annoncées, cinq dates sont données."),
    (12, "12", "L'adaptation de Louez solidaire s'adresse aux hommes migrants isolés."),
    (17, "17 et 18", "La Ville met à disposition et rénove des locaux pour PAUSE."),
]


def adopt(story):
    """Both plans, the 18 commitments, and the indicators: from the day of the plan on, each can be asked for."""
    story.say("plan.adopt", date(2015, 4, 1), plan=MINORS_PLAN, commitments=15,
              name="Plan parisien d'accueil et d'accompagnement des mineurs isolés étrangers")
    story.say("plan.adopt", PRESENTED, plan=PLAN, commitments=18,
              name="Mobilisation de la communauté de Paris pour l'accueil des réfugiés")
    for number, (pillar, title) in enumerate(COMMITMENTS, 1):
        story.say("plan.declare_commitment", PRESENTED, commitment=f"paris-{number}", plan=PLAN, number=number,
                  pillar=pillar, pillar_title=PILLARS[pillar], title=title)
    for _, id, title, unit, _, calculation, target in rows():
        params = {"target": target} if target else {}
        if unit in PEOPLE:
            params["about_people"] = True
        if calculation:
            params["calculation"] = calculation
        story.say("plan.define_indicator", PRESENTED, indicator=id, commitment=commitment_of(id), title=title,
                  unit=unit, **params)


def reach_milestones(story):
    """What came before the plan is told once the commitments are there."""
    for number, id, kind, day, title, params in REACHED:
        late = at(PRESENTED, 0) if day < PRESENTED else None
        story.say("plan.reach_milestone", day, late=late, milestone=id, commitment=f"paris-{number}", kind=kind,
                  title=title, **params)
    for number, id, kind, due, title in PLANNED:
        params = {"due": due.isoformat()} if due else {}
        story.say("plan.plan_milestone", LATELY, milestone=id, commitment=f"paris-{number}", kind=kind, title=title,
                  **params)


def state_figures(story):
    """What the bilan says of each figure, and beside the figures, at the end of its day."""
    for page, id, _, unit, figure, calculation, _ in rows():
        day = known_from(calculation)
        params = {"day": day.isoformat()} if day else {}
        story.say("plan.measure_indicator", at(BILAN, 23), indicator=id, unit=unit, source=source(page), **params,
                  **stated(figure, unit))
    for number, page, note in NOTES:
        story.say("plan.record_note", at(BILAN, 23), commitment=f"paris-{number}", note=note, source=source(page))


def commitment_of(id):
    return f"paris-{int(id[1:3]) or 10}"


def source(page):
    if page == "titre":
        return "Bilan mars 2017, page de titre"
    return f"Bilan mars 2017, engagement{'s' if ' et ' in page else ''} {page}"


def rows():
    """Page, id, title, unit, figure, calculation, target."""
    for page, figures in FIGURES.items():
        for id, title, unit, figure, calculation, *target in figures:
            yield page, id, title, unit, figure, calculation, target[0] if target else None


# MARK: Calculations


def occupancy(path, **params):
    return one("occupancy", path, **params)


def site_is_open(site):
    return occupancy("rows[open=true].count", site=site)


def services(path, **params):
    return one("services", path, **params)


def service_is_open(service):
    return services("count", service=service)


def staff(service, role, number, **params):
    return term("services", f"rows[].staffing[role={role}].{number}", service=service, **params)


def acts(service, kind, **params):
    return services(f"rows[].acts[kind={kind}].headcount", service=service, **params)


def reached(milestone, path="count"):
    return one("milestones", path, milestone=milestone)


def planned(milestone):
    return one("milestones", "count", milestone=milestone, state="planned")


def awarded(*themes, **params):
    """Euros, of amounts in cents."""
    which = [{"theme": theme} for theme in themes] or [{}]
    return total(*(term("grants", "totals[currency=EUR].awarded", **each, **params) for each in which), factor="0.01")


def brought(path):
    """By the two organisations that bring volunteers to others."""
    return total(*(term("volunteers", path, partner=each) for each in ("passerelles-et-competences", "benenova")))


SHELTER = {"kind": "shelter", "from": "2015-06-01", "to": "2016-11-09"}
OUTREACH = {"kind": "outreach", "from": "2016-11-10", "site": "cpa-ney"}
CPA = {"site": "cpa-ney"}
IN_2016 = {"from": "2016-01-01", "to": "2016-12-31"}
DEMIE_TEAM = staff("demie", "team", "fte")
DEMIE_TEAM_2016 = staff("demie", "team", "fte", as_of="2016-12-31")
THERE = {"site": "cpa-ney", "by": "nationality", "as_of": "2017-03-09"}
WOMEN_AND_FAMILIES = "rows[key=single_women|women_with_children|couples|families].oriented"
PLACES_FOR_MIGRANTS = "rows[kind=CPA|CHU].places"


def nationality(code):
    return total(term("occupancy", f"breakdown[key={code}].people", **THERE),
                 per=[term("occupancy", "occupied", **THERE)], factor="100")


# Page of the bilan: id, title, unit, figure, calculation, target.
FIGURES = {
    "titre": [
        ("E00.01", "Bilan du plan : date du rapport", "date", "2017-03", reached("bilan-mars-2017", "rows[].day")),
        ("E00.02", "Piliers du plan parisien", "count", "4", one("plans", "rows[].pillars", plan=PLAN)),
        ("E00.03", "Engagements du plan (numérotés 1 à 18)", "count", "18",
         one("plans", "rows[].commitments", plan=PLAN)),
    ],
    "1 (1/2)": [
        ("E01.01", "Plan parisien d'accueil et d'accompagnement des MIE : engagements adoptés", "count", "15",
         reached("plan-mie", "copies")),
        ("E01.02", "Mineurs et jeunes majeurs isolés étrangers pris en charge", "people", "1400",
         occupancy("occupied", site="ase-paris")),
        ("E01.03", "Ouverture du DEMIE (opérateur Croix-Rouge)", "count", "1",
         services("count", service="demie", operator="croix-rouge")),
        ("E01.04", "DEMIE : équipe pluridisciplinaire - psychologue", "posts", "1",
         total(staff("demie", "psychologist", "posts"))),
        ("E01.05", "DEMIE : équipe pluridisciplinaire - infirmière", "posts", "1",
         total(staff("demie", "nurse", "posts"))),
        ("E01.06", "DEMIE : équipe salariée actuelle", "fte", "12.7", total(DEMIE_TEAM, decimals=1)),
    ],
    "1 (2/2)": [
        ("E01.07", "DEMIE : effectifs début 2017", "fte", "22.8", total(DEMIE_TEAM, decimals=1)),
        ("E01.08", "DEMIE : effectifs 2016", "fte", "10.7", total(DEMIE_TEAM_2016, decimals=1)),
        ("E01.09", "DEMIE : doublement des effectifs (rapport 22,8/10,70)", "factor", "2",
         total(DEMIE_TEAM, per=[DEMIE_TEAM_2016])),
        ("E01.10", "DEMIE : espaces (accueil et évaluation)", "count", "2",
         services("rows[].places[place=espace-accueil|espace-evaluation].count", service="demie")),
        ("E01.11", "Poste avancé du DEMIE à la Porte de la Chapelle", "count", "1",
         services("rows[].places[site=cpa-ney].count", service="demie")),
        ("E01.12", "Poste avancé DEMIE : évaluateurs", "posts", "2",
         total(staff("demie-poste-avance", "evaluator", "posts"))),
        ("E01.13", "Poste avancé DEMIE : jours de présence par semaine", "days", "5",
         services("rows[].schedule.days_per_week", service="demie-poste-avance")),
        ("E01.14", "Poste avancé DEMIE : ETP mobilisés", "fte", "3",
         total(staff("demie-poste-avance", "evaluator", "fte"))),
        ("E01.15", "DEMIE : espace accueil ouvert le samedi", "count", "1",
         total(term("services", "rows[].schedule.days_per_week", service="demie"),
               term("services", "rows[].schedule.days_per_week", minus=True, service="demie", as_of="2016-12-31"))),
        ("E01.16", "Places de mise à l'abri inconditionnel (MIE) en janvier 2016", "places", "70",
         occupancy("places", kind="MNA_SHELTER", as_of="2016-01-31")),
        ("E01.17", "Places de mise à l'abri inconditionnel (MIE) en mars 2017", "places", "241",
         occupancy("places", kind="MNA_SHELTER")),
        ("E01.18", "Places d'accueil temporaire (MIE) en juillet 2015", "places", "95",
         occupancy("places", kind="MNA_TEMPORARY", as_of="2015-07-31")),
        ("E01.19", "Places d'accueil temporaire (MIE) en août 2016", "places", "150",
         occupancy("places", kind="MNA_TEMPORARY", as_of="2016-08-31")),
        ("E01.20", "Centre Charles Godon", "places", "30", occupancy("places", site="charles-godon")),
        ("E01.21", "Plateforme d'accompagnement des jeunes isolés étrangers", "places", "96",
         services("places", service="plateforme-jie")),
        ("E01.22", "Plateforme JIE : tranche d'âge (l'âge minimal est calculé)", "years", "17-21",
         services("rows[].age_min", service="plateforme-jie")),
    ],
    "2": [
        ("E02.01", "Bourg-la-Reine : femmes enceintes et femmes avec enfants en bas âge", "places", "50",
         occupancy("places", site="chu-bourg-la-reine")),
        ("E02.02", "Bourg-la-Reine : ouverture (cofinancement État-Ville)", "count", "1",
         site_is_open("chu-bourg-la-reine")),
        ("E02.03", "Bourg-la-Reine : personnes accueillies en 2016", "people", "98",
         one("flows", "arrivals", site="chu-bourg-la-reine", **IN_2016)),
        ("E02.04", "Bourg-la-Reine : mères accueillies en 2016", "people", "40",
         one("flows", "adults", site="chu-bourg-la-reine", **IN_2016)),
        ("E02.05", "Bourg-la-Reine : enfants accueillis en 2016", "people", "58",
         one("flows", "children", site="chu-bourg-la-reine", **IN_2016)),
        ("E02.06", "Centre Lima 14", "places", "25", occupancy("places", site="chu-lima-14")),
        ("E02.07", "Ivry-sur-Seine : personnes vulnérables (capacité)", "places", "400",
         occupancy("places", site="chu-ivry")),
        ("E02.08", "Ivry-sur-Seine : ouverture (cofinancement État-Ville)", "count", "1", site_is_open("chu-ivry")),
        ("E02.09", "Ivry-sur-Seine : personnes présentes le 20 mars 2017", "people", "320",
         occupancy("occupied", site="chu-ivry", as_of="2017-03-20")),
        ("E02.10", "Ivry-sur-Seine : personnes accueillies au total", "people", "431",
         one("flows", "arrivals", site="chu-ivry", **{"from": "2017-01-17", "to": "2017-03-20"})),
        ("E02.11", "Femmes isolées et familles à l'hôtel suivies par la Croix-Rouge", "people", "561",
         acts("suivi-hotel-crf", "enrolment")),
        ("E02.12", "Délibération de novembre 2015 (suivi hôtel)", "count", "1", reached("deliberation-crf-2015")),
        ("E02.13", "Délibération de juin 2016 (renforcement des moyens CRF)", "count", "1",
         reached("deliberation-crf-2016")),
    ],
    "3": [
        ("E03.01", "UASA : renforcement des équipes", "count", "1", service_is_open("uasa")),
        ("E03.02", "UASA : recrutement d'un coordonnateur migrants", "posts", "1",
         total(staff("uasa", "coordinator", "posts"))),
        ("E03.03", "UASA : traducteurs (Afghanistan, Érythrée)", "posts", "", None),
        ("E03.04", "Équipe d'intervention dédiée : gestion conjointe Emmaüs Solidarités / FTDA", "count", "1",
         services("rows[operators=emmaus-solidarite,operators=ftda].count", service="equipe-dediee",
                  as_of="2017-01-31")),
        ("E03.05", "Équipe d'intervention dédiée : gestion FTDA seule", "count", "1",
         total(term("services", "count", service="equipe-dediee", operator="ftda"),
               term("services", "count", minus=True, service="equipe-dediee", operator="emmaus-solidarite"))),
        ("E03.06", "Refonte de la coordination des maraudes", "count", "1", reached("coordination-maraudes")),
    ],
    "4": [
        ("E04.01", "Guide à destination des professionnels : exemplaires papier", "copies", "4000",
         reached("guide-professionnels", "copies")),
        ("E04.02", "Associations généralistes spécialisées dans l'accès aux droits : moyens renforcés", "count", "1",
         reached("acces-aux-droits")),
        ("E04.03", "Permanences d'accès aux droits des étudiants migrants (RESOME)", "count", "1",
         service_is_open("permanences-resome")),
        ("E04.04", "Mobilisation des services de la Ville", "count", "1", reached("services-ville")),
        ("E04.05", "Formations à venir sur le droit d'asile (agents et associations)", "count", "1",
         planned("formation-droit-asile")),
    ],
    "5 (1/3)": [
        ("E05.01", "Opérations de mise à l'abri avant l'ouverture du CPA", "operations", "30",
         one("operations", "carried_out", **SHELTER)),
        ("E05.02", "Personnes mises à l'abri avant l'ouverture du CPA", "people", "23000",
         one("operations", "people", **SHELTER)),
        ("E05.03", "Part des personnes dans le 18e arrondissement", "percent", "80",
         total(term("operations", "rows[key=75056-18].people", by="arrondissement", **SHELTER),
               per=[term("operations", "people", by="arrondissement", **SHELTER)], factor="100")),
        ("E05.04", "Organismes nommés associés aux opérations (Ville, Préfecture, OFII, OFPRA, Emmaüs, FTDA, SSP)",
         "count", "7", one("operations", "partners.count", **SHELTER)),
        ("E05.05", "Opérations d'aller vers effectuées par les maraudes", "operations", "25",
         one("operations", "carried_out", **OUTREACH)),
        ("E05.06", "Personnes mises à l'abri après l'ouverture du CPA", "people", ">1500",
         one("operations", "people", **OUTREACH)),
    ],
    "5 (2/3)": [
        ("E05.07", "Ouverture du CPA (dispositif d'accueil humanitaire)", "count", "1", site_is_open("cpa-ney")),
        ("E05.08", "CPA : pôle accueil, heure d'ouverture", "hour", "8",
         services("rows[].schedule.opens_hour", service="pole-accueil")),
        ("E05.09", "CPA : pôle accueil, heure de fermeture", "hour", "20",
         services("rows[].schedule.closes_hour", service="pole-accueil")),
        ("E05.10", "CPA : pôle accueil, jours par semaine", "days", "7",
         services("rows[].schedule.days_per_week", service="pole-accueil")),
        ("E05.11", "CPA : pôles santé", "count", "2",
         total(term("services", "count", kind="health", operator="ssp", site="cpa-ney"),
               term("services", "count", kind="health", operator="ssp", site="chu-ivry"))),
        ("E05.12", "CPA bd Ney : pôle hébergement hommes isolés", "places", "400", occupancy("places", **CPA)),
        ("E05.13", "CPA bd Ney : durée de séjour prévue (la durée moyenne est calculée)", "days", "5-10",
         one("stays", "rows[].days_mean_tenths", **CPA) | {"factor": "0.1", "decimals": 1}),
        ("E05.14", "CHU Ivry : femmes isolées, familles avec enfants", "places", "400",
         occupancy("places", site="chu-ivry")),
        ("E05.15", "CHU Ivry : durée de séjour prévue", "months", "~3",
         one("stays", "rows[].target_max", site="chu-ivry") | {"factor": "0.0329"}),
        ("E05.16", "CPA : pôle enseignement (CASNAV 75 et 94)", "count", "1", service_is_open("pole-enseignement")),
        ("E05.17", "CPA : gestionnaire unique (Emmaüs Solidarité)", "count", "1",
         occupancy("rows[].operators.count", **CPA)),
        ("E05.18", "CPA : partenariat (OFII, GIP habitat et interventions sociales, bénévolat)", "count", "2",
         services("rows[].partners.count", service="pole-accueil")),
    ],
    "5 (3/3)": [
        ("E05.19", "CPA : date et ancienneté du bilan chiffré", "months", "4",
         one("occupancy_series", "days.count", **CPA, **{"from": "2016-11-10"}) | {"factor": "0.0329"}),
        ("E05.20", "CPA : personnes hébergées", "people", "~7600",
         total(term("flows", "arrivals", **CPA), term("flows", "oriented", **CPA))),
        ("E05.21", "CPA : hommes célibataires hébergés dans la Halle", "people", "5379",
         one("flows", "persons", audience="single_men", **CPA)),
        ("E05.22", "CPA : sorties via une orientation en structure adaptée", "people", "3956",
         one("flows", "rows[key=CADA|CAO|CHU|HUDA].departures", by="destination", **CPA)),
        ("E05.23", "CPA : femmes seules et familles orientées", "people", "691",
         one("flows", WOMEN_AND_FAMILIES, by="audience", **CPA)),
        ("E05.24", "CPA : jeunes se déclarant mineurs", "people", "1497", one("evaluations", "requested", **CPA)),
        ("E05.25", "CPA pôle santé : bilans infirmiers (SSP)", "acts", "2354",
         services("rows[].acts[kind=nurse_assessment,provider=ssp].headcount", service="pole-sante-ney")),
        ("E05.26", "CPA pôle santé : consultations médicales (MDM)", "acts", "1950",
         services("rows[].acts[kind=medical_consultation,provider=mdm].headcount", service="pole-sante-ney")),
        ("E05.27", "CPA pôle santé : consultations psychologiques (MDM + EMPP)", "acts", "335",
         services("rows[].acts[kind=psychological_consultation,provider=mdm|empp].headcount",
                  service="pole-sante-ney")),
        ("E05.28", "CPA pôle hébergement : date de la photographie des nationalités", "date", "2017-03-09",
         reached("photographie-nationalites", "rows[].day")),
        ("E05.29", "CPA pôle hébergement : part de la nationalité Afghanistan (AFG)", "percent", "40",
         nationality("AFG")),
        ("E05.30", "CPA pôle hébergement : part de la nationalité Soudan (SDN)", "percent", "27", nationality("SDN")),
        ("E05.31", "CPA pôle hébergement : part de la nationalité Somalie (SOM)", "percent", "8", nationality("SOM")),
        ("E05.32", "CPA pôle hébergement : part de la nationalité Érythrée (ERI)", "percent", "7", nationality("ERI")),
        ("E05.33", "CPA pôle hébergement : part de la nationalité Éthiopie (ETH)", "percent", "5", nationality("ETH")),
        ("E05.34", "CPA pôle hébergement : part de la nationalité autres (ZZZ)", "percent", "13",
         total(term("occupancy", "occupied", **THERE),
               term("occupancy", "breakdown[key=AFG|SDN|SOM|ERI|ETH].people", minus=True, **THERE),
               per=[term("occupancy", "occupied", **THERE)], factor="100")),
    ],
    "6 (1/2)": [
        ("E06.01", "Centres municipaux de santé (CMS) : offre de soins et de prévention", "count", "1",
         service_is_open("cms")),
        ("E06.02", "Prestations CMS : rattrapage vaccinal, analyses, dépistage IST, dépistage tuberculose", "count",
         "4", services("count", kind="health", operator="cms-paris")),
        ("E06.03", "Pôles santé du CPA et du centre d'Ivry", "count", "2",
         services("rows[open=true].sites.distinct", kind="health", operator="ssp")),
        ("E06.04", "Orientations vers les PASS hospitalières ou les CMS", "acts", "", None),
        ("E06.05", "Accueil spécifique au centre médico-social de Belleville", "count", "1",
         service_is_open("accueil-belleville")),
        ("E06.06", "Tuberculose : formations des professionnels (CLAT 75)", "count", "1",
         one("milestones", "count", kind="training", theme="tuberculosis")),
        ("E06.07", "Radio-dépistages itinérants de la tuberculose (CHU d'Ivry à partir d'avril 2017)", "count", "1",
         planned("radio-depistages")),
        ("E06.08", "Diagnostics infirmiers du Samu social dans les CHU migrants", "acts", "", None),
    ],
    "6 (2/2)": [
        ("E06.09", "PASS psychiatrique et EMPP mobilisées", "count", "2",
         total(term("services", "count", service="pass-psychiatrique"), term("services", "count", service="empp"))),
        ("E06.10", "Formations psycho-trauma (Primo Lévi ; Traces)", "count", "2",
         one("milestones", "partners.count", series="psycho-trauma")),
        ("E06.11", "Assises de la santé : interprétariat, médiation, lutte contre les discriminations", "count", "3",
         one("milestones", "count", series="assises-sante")),
        ("E06.12", "Formation à la médiation sanitaire interculturelle (CHU Avicenne)", "count", "1",
         planned("mediation-avicenne")),
    ],
    "7": [
        ("E07.01", "Site d'accueil : CHU de Bourg la Reine (92)", "count", "1", site_is_open("chu-bourg-la-reine")),
        ("E07.02", "Site d'accueil : CHU Forges les Bains (91)", "count", "1", site_is_open("chu-forges-les-bains")),
        ("E07.03", "Site d'accueil : CHU Ivry sur Seine (94)", "count", "1", site_is_open("chu-ivry")),
        ("E07.04", "Site d'accueil : CHU Lima 14", "count", "1", site_is_open("chu-lima-14")),
        ("E07.05", "Site d'accueil : CHU Coustou", "count", "1", site_is_open("chu-coustou")),
        ("E07.06", "Site d'accueil : CHU Jean Quarré", "count", "1", site_is_open("chu-jean-quarre")),
        ("E07.07", "Site d'accueil : Lieu d'accueil humanitaire Boulevard Ney (18e)", "count", "1",
         site_is_open("cpa-ney")),
        ("E07.08", "Places dans le domaine intercalaire, tous publics", "places", "1900",
         occupancy("places", kind="INTERCALARY")),
        ("E07.09", "Places d'hébergement pour les migrants à Paris", "places", "1484",
         occupancy(PLACES_FOR_MIGRANTS, commune="75056"), "1456"),
        ("E07.10", "Objectif de places à Paris", "places", "1456", None),
        ("E07.11", "Part de Paris dans les places d'Île-de-France", "percent", "19",
         total(term("occupancy", PLACES_FOR_MIGRANTS, commune="75056"), per=[term("occupancy", PLACES_FOR_MIGRANTS)],
               factor="100")),
    ],
    "8 (1/4)": [
        ("E08.01", "Parcours linguistiques à visée professionnelle : avant", "places", "~300",
         services("places", service="parcours-linguistiques", as_of="2016-12-31")),
        ("E08.02", "Parcours linguistiques à visée professionnelle : après", "places", "500",
         services("places", service="parcours-linguistiques")),
        ("E08.03", "Permanences d'accueil linguistique (CEFIL, Alpha-Choisy)", "count", "2",
         services("rows[service=permanence-cefil|permanence-alpha-choisy,open=true].count", kind="language")),
        ("E08.04", "Projet européen FAMI-EIF-FEL : démarrage", "count", "1", reached("fami-eif-fel")),
        ("E08.05", "Associations développant des modules d'apprentissage du français", "count", "12",
         services("rows[].partners.distinct", service="modules-francais")),
        ("E08.06", "Appel à projet de la Ville (français en centre d'hébergement)", "count", "1",
         reached("appel-francais")),
        ("E08.07", "Ateliers socio-linguistiques articulés avec le FLE de l'OFII", "count", "1",
         one("grants", "count", theme="french-lessons")),
    ],
    "8 (2/4)": [
        ("E08.08", "Coworking Singa « Fabrique Kiwanda » : soutien financier", "count", "1",
         one("grants", "count", beneficiary="singa", theme="enterprise")),
        ("E08.09", "Projet « PLACE » : soutien financier", "count", "1", one("grants", "count", beneficiary="wowlabs")),
        ("E08.10", "« Hacking de l'Hôtel de Ville » : 2e édition", "count", "2", reached("hacking-2", "copies")),
        ("E08.11", "Garantie Jeunes Réfugiés : jeunes accueillis", "people", "22",
         acts("garantie-jeunes-refugies", "enrolment")),
        ("E08.12", "Garantie Jeunes Réfugiés : tranche d'âge (l'âge minimal est calculé)", "years", "16-25",
         services("rows[].age_min", service="garantie-jeunes-refugies")),
        ("E08.13", "Garantie Jeunes Réfugiés : nouvelle promotion", "count", "1", planned("garantie-jeunes-2")),
        ("E08.14", "Guide de l'État sur les initiatives d'insertion", "count", "1", reached("guide-etat")),
    ],
    "8 (3/4)": [
        ("E08.15", "Diagnostics professionnels Pôle emploi", "acts", "118",
         acts("diagnostics-pole-emploi", "job_diagnosis")),
        ("E08.16", "Expérimentation AFPA : hébergement + langue + métier", "places", "100",
         services("places", service="afpa")),
        ("E08.17", "Convention FNTP : coffreur-bancheur", "places", "28", services("places", service="fntp")),
        ("E08.18", "Postes SIAE ouverts par l'État", "places", "200", services("places", service="siae")),
        ("E08.19", "Emplois aidés CUI-CIE et CUI-CAE", "count", "2",
         one("milestones", "count", series="emplois-aides")),
    ],
    "8 (4/4)": [
        ("E08.20", "Championnat de Foot de l'Intégration et de la Solidarité", "count", "2",
         reached("championnat-foot", "copies")),
        ("E08.21", "Séances multisport FSGT", "count", "1", service_is_open("fsgt-multisport")),
        ("E08.22", "Paris Sport Parc (hockey sur glace Paris 2017)", "count", "1", reached("sport-parc")),
        ("E08.23", "Évènement multisport Journée mondiale des Réfugiés", "count", "1",
         planned("journee-refugies-2017")),
        ("E08.24", "Ideas-box au CHU Jean Quarré", "count", "1",
         services("count", kind="culture", site="chu-jean-quarre")),
        ("E08.25", "Ateliers Beaux-Arts pour les personnes accueillies", "count", "1",
         service_is_open("ateliers-beaux-arts")),
        ("E08.26", "Dispositif « Une image pour un accueil »", "count", "1",
         service_is_open("une-image-pour-un-accueil")),
    ],
    "9 (1/2)": [
        ("E09.01", "Dispositif jeunes majeurs isolés étrangers scolarisés", "places", "100",
         services("places", service="jeunes-majeurs-scolarises")),
        ("E09.02", "Accès à l'éducation systématique des enfants", "count", "1", reached("acces-education")),
        ("E09.03", "Ivry : classes intégrées au centre", "count", "4",
         services("rows[].places[site=chu-ivry].count", service="ecole-ivry")),
        ("E09.04", "Ivry : professeurs de FLE", "posts", "4", total(staff("ecole-ivry", "teacher_fle", "posts"))),
        ("E09.05", "Ivry : professeur coordonnateur", "posts", "1", total(staff("ecole-ivry", "coordinator", "posts"))),
        ("E09.06", "Ivry : disciplines des professeurs de la Ville", "count", "3",
         services("rows[].staffing[role=teacher_music|teacher_arts|teacher_sport].count", service="ecole-ivry")),
        ("E09.07", "Maison des initiatives étudiantes mise à disposition", "count", "1",
         service_is_open("maison-initiatives-etudiantes")),
    ],
    "9 (2/2)": [
        ("E09.08", "Appel à projet « Initiatives étudiantes » (structures citées)", "count", "4",
         reached("appel-etudiant", "partners.count")),
        ("E09.09", "Convention Démocratie et Entraide en Syrie", "count", "1", reached("convention-syrie")),
        ("E09.10", "Réseau de coordination du ministère de l'éducation nationale", "count", "1",
         reached("reseau-education")),
        ("E09.11", "Accord Préfecture – Chancellerie des universités", "count", "1", reached("accord-chancellerie")),
    ],
    "10": [
        ("E10.01", "Conférence citoyenne du 10 septembre 2015", "people", "~100",
         reached("conference-citoyenne", "attendance")),
        ("E10.02", "Réunions de la plateforme de coordination (annoncées)", "count", "4",
         one("milestones", "count", series="plateforme", kind="meeting")),
        ("E10.03", "Réunion de la plateforme : recueil des initiatives", "count", "1", reached("plateforme-2015-09")),
        ("E10.04", "Réunion de la plateforme : présentation du plan", "count", "1", reached("plateforme-2015-10")),
        ("E10.05", "Réunion de la plateforme : premier point d'étape", "count", "1", reached("plateforme-2016-02")),
        ("E10.06", "Réunion de la plateforme : bilan de un an", "count", "1", reached("plateforme-2016-10")),
        ("E10.07", "Réunion de la plateforme : nouveau bilan d'étape", "count", "1", reached("plateforme-2017-03")),
        ("E10.08", "Membres de la plateforme", "people", "600", acts("plateforme-coordination", "enrolment")),
    ],
    "11 (1/2)": [
        ("E11.01", "Bénévoles engagés sur jemengage.paris.fr", "people", "21000",
         one("volunteers", "registered", channel="jemengage")),
        ("E11.02", "Page dédiée à la mobilisation citoyenne (accueil des réfugiés)", "count", "1",
         reached("page-jemengage")),
        ("E11.03", "Bénévoles mobilisés Porte de la Chapelle", "people", "500", one("volunteers", "mobilised", **CPA)),
        ("E11.04", "Atelier « Mobilisation citoyenne »", "count", "1", reached("atelier-mobilisation")),
        ("E11.05", "Actions Passerelles & Compétences / Benenova", "count", "246", brought("missions")),
        ("E11.06", "Associations bénéficiaires (Passerelles & Compétences / Benenova)", "count", "23",
         brought("organisations")),
        ("E11.07", "Bénévoles mobilisés (Passerelles & Compétences / Benenova)", "people", "830", brought("mobilised")),
        ("E11.08", "Partenariat INALCO : traductions par des étudiants", "count", "1", reached("inalco")),
    ],
    "11 (2/2)": [
        ("E11.09", "Gestion des bénévoles d'Emmaüs Solidarité (Passerelles et Compétences)", "count", "1",
         reached("gestion-benevoles")),
        ("E11.10", "Collecte, tri et distribution de vêtements (Benenova / UTOPIA 56)", "count", "1",
         one("volunteers", "organisations", partner="benenova", organisation="utopia-56")),
        ("E11.11", "Mobilisation des habitants du 18e : réunion publique", "count", "1",
         reached("reunion-publique-18e")),
        ("E11.12", "Mobilisation des habitants du 18e : speed dating bénévole", "count", "1",
         reached("speed-dating-18e")),
        ("E11.13", "Unis-Cité : jeunes en service civique", "people", "30",
         one("volunteers", "registered", kind="civic_service", channel="unis-cite")),
        ("E11.14", "Unis-Cité : associations accueillant les volontaires (citées)", "count", "4",
         one("volunteers", "volunteer_organisations", kind="civic_service", channel="unis-cite")),
        ("E11.15", "Unis-Cité : migrants accompagnés", "people", "~600",
         acts("accompagnement-unis-cite", "accompaniment")),
        ("E11.16", "Réfugiés statutaires volontaires en service civique", "people", "10",
         one("volunteers", "refugees", kind="civic_service")),
    ],
    "12": [
        ("E12.01", "« Louez solidaire » adapté aux réfugiés statutaires", "count", "1",
         service_is_open("louez-solidaire-refugies")),
        ("E12.02", "Expérimentation ELAN (Samu social)", "places", "100", occupancy("places", site="elan")),
        ("E12.03", "Programme CALM (Singa / SOS) : objectif", "people", "400", None),
        ("E12.04", "Diocèse de Paris : plateforme de mobilisation et coordination", "count", "1",
         service_is_open("plateforme-diocese")),
        ("E12.05", "Diocèse de Paris : familles hébergées", "families", "50",
         one("flows", "placements", site="diocese-paris", audience="families")),
        ("E12.06", "Diocèse de Paris : personnes accompagnées", "people", ">100",
         one("flows", "arrivals", site="diocese-paris", audience="families")),
    ],
    "13 et 14": [
        ("E13.01", "Plateforme de dons financiers (Fondation de France)", "count", "1",
         one("donations", "funds[open=true].count", fund="fondation-de-france")),
        ("E13.02",
         "Affectations possibles des dons (accueil ; conditions de vie ; implication locale ; espaces d'échange)",
         "count", "4", one("donations", "rows[].key.distinct", fund="fondation-de-france", by="purpose")),
        ("E14.01", "Lieux de collecte dans la plupart des arrondissements", "count", "",
         one("stock", "rows[category=unsorted].point.distinct")),
        ("E14.02", "Biens prioritaires identifiés par les associations", "count", "1",
         one("needs", "rows[].site.distinct")),
        ("E14.03", "Collecte de dons pour le lieu d'accueil humanitaire", "count", "1",
         one("stock", "rows[].point.distinct", point="vestiaire-ney")),
        ("E14.04", "Mécénat d'entreprise de biens prioritaires", "count", "1",
         one("stock", "received_from[donor_kind=company].count", point="vestiaire-ney")),
    ],
    "15": [
        ("E15.01", "Partenariat EHESS : étude de terrain", "count", "1", reached("etude-ehess")),
        ("E15.02", "Expositions sur les migrations (OIM)", "count", "", None),
        ("E15.03", "Séquences dédiées à l'accueil des réfugiés au sommet", "count", "2",
         one("milestones", "count", series="sequences-accueil")),
        ("E15.04", "Maires réunis au sommet", "people", "30", reached("sommet-maires", "attendance")),
        ("E15.05", "Journée mondiale des réfugiés à l'Hôtel de Ville (UNHCR)", "count", "1",
         reached("journee-refugies-2016")),
        ("E15.06", "Catalogue des outils de l'histoire et de la mémoire de l'immigration", "count", "1",
         reached("catalogue-histoire")),
        ("E15.07", "Dépôt de plainte des réfugiés parisiens (crimes contre l'humanité)", "count", "1",
         one("grants", "count", theme="crimes-against-humanity")),
        ("E15.08", "Cycle de conférences « connaissances des migrations »", "count", "1", reached("cycle-conferences")),
    ],
    "16": [
        ("E16.01", "Aide humanitaire aux populations en zone de conflit", "EUR", "470000", awarded("humanitarian-aid")),
        ("E16.02", "Projets d'aide humanitaire", "count", "9", one("grants", "count", theme="humanitarian-aid")),
        ("E16.03", "Pays bénéficiaires de l'aide humanitaire", "count", "5",
         one("grants", "countries.count", theme="humanitarian-aid")),
        ("E16.04", "SOS Méditerranée : sauvetage en mer", "EUR", "25000", awarded(beneficiary="sos-mediterranee")),
        ("E16.05", "Aide d'urgence cumulée depuis 2014", "EUR", "~1140000",
         awarded("humanitarian-aid", "sea-rescue", "emergency-aid-not-itemised", **{"from": "2014-01-01"})),
        ("E16.06", "Charte des Maires francophones pour construire des villes inclusives", "count", "1",
         reached("charte-maires")),
    ],
    "17 et 18": [
        ("E17.01", "Maison des journalistes : journalistes hébergés", "people", "34",
         one("flows", "persons", site="maison-des-journalistes", **IN_2016)),
        ("E17.02", "Maison des journalistes : journalistes accompagnés", "people", "60",
         acts("suivi-journalistes", "follow_up", **IN_2016)),
        ("E17.03", "Maison des journalistes : soutien financier", "count", "1",
         one("grants", "count", beneficiary="maison-des-journalistes")),
        ("E17.04", "Programme PAUSE (scientifiques en exil)", "count", "1", service_is_open("pause")),
        ("E17.05", "FIDH : soutien financier", "count", "1", one("grants", "count", beneficiary="fidh")),
        ("E18.01", "Sommet « Cities for Life »", "days", "2", reached("cities-for-life", "days")),
    ],
}
