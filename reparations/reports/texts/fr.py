"""Français."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    # ── how the language writes numbers and days ──
    "format.thousands": "\N{NO-BREAK SPACE}",
    "format.decimal": ",",
    "format.money": "{figures}\N{NO-BREAK SPACE}{currency}",
    "format.day": "{day}\N{NO-BREAK SPACE}{month} {year}",
    "format.first_day": "{day}er\N{NO-BREAK SPACE}{month} {year}",
    "month.1": "janvier",
    "month.2": "février",
    "month.3": "mars",
    "month.4": "avril",
    "month.5": "mai",
    "month.6": "juin",
    "month.7": "juillet",
    "month.8": "août",
    "month.9": "septembre",
    "month.10": "octobre",
    "month.11": "novembre",
    "month.12": "décembre",
    "list.and": " et ",
    "list.cut": "Les {shown} premières lignes sur {all} sont imprimées. Toutes figurent dans le fichier joint {file}.",
    "page.of": "Page {page} sur {pages}",
    "page.footer": "{programme}, au {day}",
    "word.nobody": "personne",
    "cover.as_of": "Situation à la fin du {day}",
    "contents.heading": "Dans ce rapport",
    "people.few": "moins de 10",
    "people.about": "environ {count}",
    "people.community": "la communauté",
    # ── the donor's report ──
    "donor.title": "Rapport à {donor}, {day}",
    "donor.heading": "Ce que votre don a permis : rapport à {donor}",
    "donor.lead": (
        "Vous avez donné {given}. Les fonds auxquels vous avez contribué ont remis {paid} à celles et ceux à qui "
        "cette somme était due."
    ),
    "donor.reached": "Ils ont atteint jusqu’ici {people} personnes et organisations.",
    "donor.given_heading": "Ce que vous avez donné, et à quoi cela peut servir",
    "donor.given_text": (
        "Chaque don appartient à un fonds, et chaque fonds ne peut payer que les formes de réparation nommées ici. La "
        "restriction est inscrite dans le grand livre lui-même : un paiement d’une autre nature ne peut y être imputé."
    ),
    "donor.receipt": "{amount} reçus le {day} ({source})",
    "donor.citation": "{fund} : {citation}. {receipts}.",
    "donor.books_heading": "Où se trouve l’argent",
    "donor.books_text": (
        "Chaque unité reçue se trouve à un seul de ces endroits. Additionnez les lignes entre les deux lignes grisées "
        "et vous retrouvez ce qui a été reçu."
    ),
    "donor.shared": (
        "Vous partagez ce fonds avec d’autres. {own} viennent de vous et {others} d’autres donateurs. Le tableau "
        "ci-dessous montre le fonds entier."
    ),
    "donor.spent_heading": "Ce que l’argent a payé",
    "donor.spent_text": (
        "Une réparation accordée est une promesse fondée sur une décision. Le tableau montre ce qui a été promis sur "
        "chaque fonds, ce qui est parvenu aux bénéficiaires et ce qui leur reste dû."
    ),
    "donor.spent_nothing": "Rien n’a encore été accordé sur ces fonds.",
    "donor.own_receipts": (
        "L’argent est employé dans l’ordre de son arrivée. « Accordé » dit ce qui en a été promis, « payé » "
        "ce qui en est arrivé."
    ),
    "donor.privacy_heading": "Pourquoi le nombre de personnes est arrondi",
    "donor.privacy": (
        "Un rapport ne doit jamais permettre de reconnaître une victime. Les nombres de personnes sont arrondis à cinq "
        "près et rien n’est imprimé au-dessous de dix. Là où chacun reçoit la même somme, un montant peut trahir un "
        "nombre : il est alors omis (–) ou réuni à d’autres. Les totaux de chaque fonds sont toujours exacts."
    ),
    "donor.decided_heading": "Comment il a été décidé qui reçoit",
    # ── tiles and places ──
    "tile.given": "Vous avez donné",
    "tile.given_note": "reçu de votre part",
    "tile.paid": "Payé",
    "tile.paid_note": "confirmé par la banque ou le prestataire",
    "tile.held": "Encore détenu",
    "tile.held_note": "pour les bénéficiaires : en banque, réservé ou en chemin",
    "tile.costs": "Frais",
    "tile.costs_note": "frais et coûts imputés à vos fonds",
    "place.paid": "Payé aux bénéficiaires",
    "place.in_flight": "En chemin",
    "place.returned": "Retourné par la banque",
    "place.costs": "Frais et coûts",
    "place.refunds": "Rendu aux donateurs",
    "place.reserved": "Réservé pour des paiements approuvés",
    "place.bank": "En banque",
    "chart.fund": "Où se trouve l’argent du fonds {fund}. {parts}.",
    "chart.empty": "Le fonds est vide",
    "chart.criterion": "{criterion} : rempli {met}, non rempli {not_met}, non connu {unknown}.",
    # ── the identity ──
    "caption.identity": "L’argent du fonds {fund}, au complet",
    "column.books": "Argent",
    "line.received": "Reçu des donateurs",
    "meaning.received": "contributions de toute nature",
    "line.interest": "Intérêts",
    "meaning.interest": "produits par le compte du fonds",
    "line.opening": "Détenu à l’ouverture des livres",
    "meaning.opening": "repris des livres tenus auparavant",
    "line.exchange": "Change",
    "meaning.exchange": "acheté avec d’autres monnaies, moins vendu contre elles",
    "line.interfund": "D’autres fonds",
    "meaning.interfund": "reçu, moins prêté",
    "line.paid_back": "Trop-perçus remboursés",
    "meaning.paid_back": "payé au-delà du dû, et rendu par le bénéficiaire",
    "line.accounted_in": "Entrées",
    "meaning.accounted_in": "à retrouver dans les lignes suivantes",
    "line.paid": "Payé aux bénéficiaires",
    "meaning.paid": "la banque ou le prestataire confirme l’arrivée",
    "line.in_flight": "En chemin",
    "meaning.in_flight": "envoyé, pas encore confirmé",
    "line.returned": "Retourné, à envoyer de nouveau",
    "meaning.returned": "renvoyé par la banque ; toujours dû",
    "line.fees": "Frais",
    "meaning.fees": "prélevés par les banques et prestataires",
    "line.costs": "Coûts du programme",
    "meaning.costs": "imputés à ce fonds",
    "line.refunds": "Rendu aux donateurs",
    "meaning.refunds": "argent non dépensé ou sous condition, restitué",
    "line.balance": "Solde",
    "meaning.balance": "ce qui reste, aux deux endroits nommés au bas du tableau",
    "line.accounted_out": "Justifié",
    "meaning.accounted_out": "égal aux entrées, au centime près",
    "line.bank": "dont libre en banque",
    "meaning.bank": "pas encore réservé pour un paiement",
    "line.reserved": "dont réservé",
    "meaning.reserved": "pour des paiements approuvés et pas encore envoyés",
    # ── columns and captions ──
    "column.fund": "Fonds",
    "column.may_pay_for": "Peut payer",
    "column.pledged_on": "Promis le",
    "column.pledged": "Promis",
    "column.received": "Reçu",
    "column.receipts": "Encaissements",
    "column.donor": "Donateur",
    "column.form": "Forme de réparation",
    "column.awarded_to": "Accordé à",
    "column.awarded": "Accordé",
    "column.paid": "Payé",
    "column.owed": "Encore dû",
    "column.on_the_way": "En chemin ou retourné",
    "column.balance": "Solde",
    "column.outcome": "Demandes",
    "column.claimants": "Demandeurs",
    "column.count": "Nombre",
    "column.account": "Compte",
    "column.kind": "Nature",
    "column.debits": "Débits",
    "column.credits": "Crédits",
    "column.difference": "Débits moins crédits",
    "column.total": "Total",
    "column.receipt": "Versement",
    "column.given_back": "Rendu",
    "column.costs": "Frais",
    "column.elsewhere": "Transféré ou changé",
    "column.unspent": "Non utilisé",
    "column.subject": "Demande ou mesure",
    "column.payment": "Paiement",
    "column.amount": "Montant",
    "column.rail": "Envoyé par",
    "column.state": "État",
    "column.on": "Le",
    "column.criterion": "Critère",
    "column.share": "Part",
    "column.met": "Rempli",
    "column.not_met": "Non rempli",
    "column.unknown": "Non connu",
    "column.fact": "Fait manquant",
    "column.claim": "Demande",
    "column.grounds": "Motifs (critères non remplis)",
    "column.appeal_to": "Recours devant",
    "column.appeal_until": "Jusqu’au",
    "column.duty": "Fonction",
    "column.officers": "Agents",
    "column.claims": "Demandes",
    "column.batch": "Lot",
    "column.payments": "Paiements",
    "column.approvers": "Approbateurs",
    "column.what": "Ce qui s’est passé",
    "column.reference": "Paiement ou demande",
    "column.note": "Remarque",
    "caption.given": "Vos dons",
    "caption.spent": "Réparations par fonds et par forme",
    "caption.outcomes": "Les demandes de ce programme",
    "caption.summary": "Les fonds en un coup d’œil",
    "caption.trial_balance": "Balance du fonds {fund}, en {currency}",
    "caption.gifts": "Promesses et encaissements",
    "caption.criteria": "Critères, sur les évaluations à l’appui des décisions confirmées",
    "caption.missing": "Faits demandés aux demandeurs",
    "caption.refusals": "Refus",
    "caption.duties": "Fonctions exercées sur les demandes de ce programme",
    "caption.batches": "Lots de paiements",
    "caption.exceptions": "Exceptions",
    "caption.receipts": "Fonds {fund} : l’emploi de chaque versement, en {currency}",
    "caption.own_receipts": "Fonds {fund} : l’emploi de votre propre argent, en {currency}",
    "caption.trace": "Fonds {fund} : réparations et paiements, en {currency}",
    # ── codes in words ──
    "form.individual": "réparations individuelles",
    "form.collective": "réparations collectives",
    "source.voluntary": "volontaire",
    "source.assessed": "contribution mise en recouvrement",
    "source.levy": "prélèvement",
    "source.court_order": "sur décision d’un tribunal",
    "source.forfeiture": "avoirs confisqués",
    "source.earmarked_assistance": "assistance affectée",
    "state.none": "pas encore payé",
    "state.draft": "en préparation",
    "state.approved": "approuvé",
    "state.released": "libéré",
    "state.dispatching": "en cours d’envoi",
    "state.submitted": "envoyé",
    "state.rejected": "rejeté",
    "state.unknown": "issue inconnue",
    "state.in_transit": "en chemin",
    "state.paid": "payé",
    "state.returned": "retourné",
    "state.parked": "mis de côté",
    "state.cancelled": "annulé",
    "state.reissued": "envoyé de nouveau",
    "batch.draft": "en préparation",
    "batch.submitted": "en attente d’approbation",
    "batch.approved": "approuvé",
    "batch.released": "libéré",
    "batch.completed": "achevé",
    "batch.cancelled": "annulé",
    "rail.bank_file": "fichier bancaire",
    "rail.stripe": "Stripe",
    "outcome.registered": "enregistrées",
    "outcome.eligible": "reconnues",
    "outcome.eligible_by_succession": "reconnues comme héritiers d’un demandeur",
    "outcome.eligible_amount_pending": "reconnues, montant à fixer",
    "outcome.not_eligible": "non reconnues",
    "outcome.ask": "dont un fait manquant est demandé",
    "outcome.more_information_needed": "informations manquantes",
    "outcome.undecided": "sans décision confirmée",
    "outcome.closed_duplicate": "closes comme doubles",
    "outcome.withdrawn": "retirées",
    "outcome.pairs_open": "doubles possibles non résolus",
    "outcome.pairs_same": "paires reconnues comme une seule personne",
    "outcome.pairs_different": "paires reconnues comme deux personnes",
    "duty.registrar": "a enregistré la demande",
    "duty.decider": "a proposé la décision",
    "duty.confirmer": "a confirmé la décision",
    "duty.second_confirmer": "a confirmé la décision, en troisième personne",
    "duty.sampler": "a revu la demande dans un échantillon",
    "duty.reviewer": "a proposé la décision sur un recours",
    "duty.review_confirmer": "a confirmé la décision sur un recours",
    "duty.approver1": "a approuvé le paiement, en premier",
    "duty.approver2": "a approuvé le paiement, en second",
    "duty.payer": "a libéré le paiement",
    "account.bank": "banque",
    "account.reserved": "réservé pour paiements approuvés",
    "account.in_transit": "en transit",
    "account.returned": "retourné par la banque",
    "account.pledges_receivable": "promesses à recevoir",
    "account.contributions": "contributions",
    "account.pledges": "promesses",
    "account.awards": "réparations accordées",
    "account.awards_payable": "réparations dues",
    "account.fees": "frais",
    "account.interest": "intérêts",
    "account.refunds": "remboursements aux donateurs",
    "account.costs": "coûts du programme",
    "account.opening": "soldes d’ouverture",
    "account.interfund": "autres fonds",
    "account.exchange": "change",
    "account.exchange_gains": "gains de change",
    "account.exchange_losses": "pertes de change",
    "account.waivers": "trop-perçus abandonnés",
    "account.overpayments": "trop-perçus à recouvrer",
    "account.held_in_trust": "détenu en fiducie",
    "kind.asset": "actif",
    "kind.liability": "passif",
    "kind.income": "produit",
    "kind.expense": "charge",
    "kind.clearing": "compensation",
    "kind.position": "position",
    "exception.unknown": "issue inconnue",
    "exception.was_unknown": "issue un temps inconnue, puis établie",
    "exception.parked": "mis de côté pour examen humain",
    "exception.rejected": "rejeté",
    "exception.returned": "retourné par la banque",
    "exception.reissued": "envoyé de nouveau après un retour",
    "exception.cancelled": "annulé",
    "exception.statement_entry": "écriture bancaire mise de côté",
    "exception.departure": "décision qui s’écarte du résultat des règles",
    "exception.duplicate_open": "double possible, non résolu",
    # ── decisions ──
    "decided.text": "Le programme agit en vertu de : {authority}.",
    "decided.step_1": "Un agent enregistre la demande et note chaque fait avec son degré de preuve.",
    "decided.step_2": (
        "Les règles publiées sont appliquées à ces faits. Un fait manquant ne veut jamais dire non : il est demandé."
    ),
    "decided.step_3": (
        "Un agent propose une décision motivée et un autre la confirme. Un refus nomme les critères et la voie de "
        "recours."
    ),
    "decided.step_4": (
        "Deux autres agents approuvent chaque lot de paiements et un autre le libère. Nul ne peut exercer deux de ces "
        "fonctions sur une même demande ; la base de données elle-même s’y oppose."
    ),
    "decided.officers": "Au moins {count} agents différents sont intervenus sur chaque demande payée.",
    "rules.status.illustrative": "à titre d’illustration : pas encore comparées au texte original",
    "rules.status.in_force": "en vigueur",
    "rules.version": "Règles",
    "rules.in_force": "En vigueur depuis",
    "rules.hash": "Empreinte (SHA-256)",
    # ── the auditor's report ──
    "auditor.title": "Rapport d’audit : {programme}, {day}",
    "auditor.heading": "Rapport d’audit",
    "auditor.lead": (
        "Ce rapport suit chaque unité d’argent de la promesse d’un donateur jusqu’au bénéficiaire et établit la "
        "conservation de l’argent pour chaque fonds. Chaque chiffre vient des données jointes et peut être recalculé "
        "sans nous."
    ),
    "auditor.pseudonyms": (
        "Les demandes et les paiements n’apparaissent que sous leur référence. Les agents sont comptés, non nommés. "
        "Les noms et autres données personnelles ne font pas partie de ce fichier."
    ),
    "auditor.books_heading": "Les livres de chaque fonds",
    "auditor.gifts_heading": "Promesses, encaissements et restrictions",
    "auditor.fund_pays_for": "{fund} peut payer : {forms}.",
    "auditor.decisions_heading": "Les décisions et leurs règles",
    "auditor.refusals_heading": "Refus",
    "auditor.refusals_text": (
        "Les codes désignent les critères du tableau ci-dessus, chacun avec sa source. Une décision qui s’écarte du "
        "résultat des règles est signalée."
    ),
    "auditor.receipt": "{amount} le {day} ({source})",
    "auditor.criteria_note": (
        "Un critère propre à une autre qualité n’est pas demandé ; il compte ici comme non connu. Une seule voie "
        "suffit pour être reconnu."
    ),
    "auditor.no_refusals": "Aucune demande n’a été refusée.",
    "auditor.departs": "s’écarte du résultat des règles",
    "auditor.duties_heading": "Séparation des fonctions",
    "auditor.duties_text": (
        "Chaque agent ne peut exercer qu’une fonction sur une demande. Les chiffres comptent des personnes "
        "différentes, quels que soient leurs comptes."
    ),
    "auditor.exceptions_heading": "Ce qui n’a pas suivi le cours normal",
    "auditor.no_exceptions": "Il n’y a rien à signaler.",
    "auditor.trace_heading": "De la promesse au paiement",
    "auditor.opened": (
        "Repris des livres précédents, et n’apparaissant dans aucun paiement de ce rapport : {in_flight} en cours "
        "d’acheminement, {returned} revenus de la banque, {paid} arrivés depuis."
    ),
    "auditor.trace_text": (
        "Pour chaque fonds : qui y a contribué, ce qui a été accordé et chaque paiement fait ou tenté. Une flèche "
        "désigne la demande d’un héritier payé à la place d’un demandeur décédé."
    ),
    "auditor.given_by": "Alimenté par {donors}.",
    "auditor.no_awards": "Rien n’a encore été accordé sur ce fonds.",
    "auditor.reissue_of": "{payment} (de nouveau pour {earlier})",
    # ── checking ──
    "check.heading": "Comment vérifier ce rapport vous-même",
    "check.why": (
        "Vous n’avez à faire confiance ni à nous, ni à ce fichier, ni au chemin par lequel il vous est parvenu. Un "
        "petit programme libre, sans code commun avec notre système, le vérifie sur tout ordinateur, hors ligne :"
    ),
    "check.command": "reparations-verify report FICHIER.pdf --policy policy.txt",
    "check.step_1": "Il recalcule chaque total de ce rapport à partir des chiffres joints.",
    "check.step_2": "Il vérifie que les pages montrent ces totaux et qu’aucun octet n’a changé depuis l’émission.",
    "check.step_3": (
        "Il vérifie que l’émission de ce fichier précis figure dans notre journal, sous la signature du journal."
    ),
    "check.step_4": (
        "Le fichier policy contient la clé publique du journal. Prenez-la ailleurs que dans ce rapport, par exemple "
        "auprès de l’organe qui supervise le programme, et gardez-la."
    ),
    "check.files_heading": "Fichiers joints à ce PDF",
    "check.log_heading": "Le journal au moment de ces chiffres",
    "check.log": (
        "Le journal {origin} contenait {size} événements. Qui garde cette page peut nous opposer plus tard son "
        "empreinte racine ; rien d’antérieur ne peut être modifié sans qu’elle change :"
    ),
    "file.evidence": "tous les chiffres de ce rapport, pour les programmes",
    "file.proof": "la preuve que ce rapport est dans le journal",
    "file.funds": "les livres de chaque fonds",
    "file.gifts": "promesses et encaissements",
    "file.receipts": "chaque versement reçu et ce qu’il est devenu",
    "file.uses": "de chaque versement reçu aux réparations qu’il a financées",
    "file.sources": "de chaque paiement aux versements dont il provient",
    "file.grounds": "les fondements de chaque réparation : décision, règles, engagements sur les faits et les preuves",
    "file.trace": "chaque paiement avec sa réparation, son fonds et ses donateurs",
    "file.awards": "ce que chaque réparation prélève sur chaque fonds",
    "file.payments": "chaque paiement, son état et sa date",
    "file.trial-balance": "les comptes de chaque fonds",
    "file.refusals": "les refus et leurs motifs",
    "file.exceptions": "ce qui n’a pas suivi le cours normal",
    # ── words ──
    "words.heading": "Les mots employés",
    "words.award": "Réparation accordée",
    "words.award_is": (
        "Ce qui est dû à une personne ou à une communauté, après une décision confirmée par un second agent."
    ),
    "words.reserved": "Réservé",
    "words.reserved_is": "Retiré du solde libre pour des paiements que deux agents ont approuvés.",
    "words.in_flight": "En chemin",
    "words.in_flight_is": "Remis à la banque ou au prestataire, qui n’en a pas encore confirmé l’arrivée.",
    "words.returned": "Retourné",
    "words.returned_is": (
        "Renvoyé par la banque, par exemple parce qu’un compte est fermé. La somme reste due et sera envoyée de "
        "nouveau."
    ),
    "words.owed": "Encore dû",
    "words.owed_is": "Accordé et pas encore entre les mains du bénéficiaire, où que soit l’argent.",
    "words.individual": "Réparation individuelle",
    "words.individual_is": "Une somme payée à une personne ou à une organisation lésée.",
    "words.collective": "Réparation collective",
    "words.collective_is": "Logement, scolarité, soins et mesures semblables pour la communauté lésée.",
}
