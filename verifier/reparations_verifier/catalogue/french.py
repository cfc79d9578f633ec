"""Ce que dit le vérificateur, en français."""

SENTENCES = {
    # ── verdicts ──
    "report_verified": "VÉRIFIÉ. Ce rapport est exactement tel qu’il a été émis, et ses chiffres sont exacts.",
    "log_verified": "VÉRIFIÉ. Le journal est complet, inchangé et signé.",
    "period_verified": "VÉRIFIÉ. Cette période a été close avec exactement cette balance.",
    "refused": "NON VÉRIFIÉ. Ne vous fiez pas à ce fichier.",
    "not_checked": "NON CONTRÔLÉ. Le contrôle n’a pas pu être fait.",
    # ── contrôles réussis ──
    "log_signed": "Le journal {log} a signé son état à {log_size} événements.",
    "in_log": "Le rapport a été émis : événement {event} de ce journal, le {issued_at}.",
    "every_byte": "Chaque octet du fichier est tel qu’il a été émis ; rien n’a été changé ni ajouté.",
    "adds_up": "Les {sums} sommes déclarées ont été recalculées ; l’argent des {identity_rows} fonds est expliqué.",
    "pages_show_it": "Les pages montrent les {figures} chiffres que les données déclarent.",
    "every_event": "Les {log_size} événements sont en ordre, chaînés et signés ; points de contrôle : {checkpoints}.",
    "base_written": "Le rapport tel qu’il a été inscrit est dans {file} : lisez celui-là.",
    "period_signed": "Le journal {log} a signé la clôture de la période {period} du fonds {fund}, du {starts_on} et "
    "jusqu’avant le {next_starts_on}.",
    "period_two_persons": "La balance est celle qui a été signée ; {prepared_by} l’a préparée, "
    "{countersigned_by} l’a contresignée.",
    "period_balances": "Débits et crédits de ses {accounts} comptes sont égaux dans chaque monnaie.",
    # ── pourquoi un rapport est refusé ──
    "proof_missing": "Il n’y a pas de preuve à la fin du fichier : ce n’est pas un rapport émis, ou il est abîmé.",
    "proof_malformed": "La preuve à la fin du fichier est abîmée.",
    "note_malformed": "La déclaration signée du journal est abîmée.",
    "signature_wrong": "La signature de {name} est fausse.",
    "signer_unknown": "La preuve porte une signature de {name}, que votre politique ne connaît pas, ou deux fois. "
    "Demandez la politique en vigueur ; si elle ne nomme personne de ce nom, le fichier a été changé.",
    "log_unknown": "Le journal {origin} n’est signé par aucune clé de votre politique.",
    "quorum_missed": "Trop peu de témoins indépendants ont confirmé le journal (quorum {quorum}).",
    "path_wrong": "La preuve ne correspond pas au journal.",
    "not_in_log": "Le rapport n’est pas dans le journal signé.",
    "event_malformed": "L’événement inscrit est abîmé.",
    "event_other": "La preuve porte sur autre chose que l’émission d’un rapport.",
    "bytes_changed": "Le rapport a été changé après son émission.",
    "bytes_added": "On a ajouté quelque chose au fichier, ou changé sa dernière partie, après son émission.",
    "base_unreadable": "Le rapport inscrit n’est pas un PDF lisible.",
    "evidence_missing": "Le rapport ne contient pas de données jointes.",
    "evidence_changed": "Les données jointes ne sont pas celles qui ont été inscrites.",
    "evidence_malformed": "Les données ne peuvent pas être contrôlées : {why}.",
    "evidence_unknown": "Les données sont d’un genre que ce vérificateur ne connaît pas : {schema}.",
    "identity_broken": "L’argent de {fund} n’est pas expliqué : {left} reçu, {right} expliqué.",
    "sum_wrong": "Une somme est fausse : {total} dit {stated}, ses parties font {added}.",
    "text_unreadable": "Les pages ne peuvent pas être lues.",
    "pages_changed": "Les pages montrent autre chose qu’à l’émission du rapport.",
    "figure_not_visible": "Les données disent que les pages montrent « {figure} » ; ce n’est pas le cas.",
    # ── pourquoi un journal est refusé ──
    "log_wrong": "{count} anomalies dans ce journal.",
    "checkpoint_bad": "{file} : ce point de contrôle n’est pas digne de foi ({why}).",
    "checkpoints_contradict": "{file} : deux points de contrôle signés de taille {size} se contredisent. "
    "Gardez les deux : ils prouvent que l’histoire a été réécrite.",
    "checkpoint_contradicted": "{file} : les {size} premiers événements ne sont pas ceux qui ont été signés.",
    "log_short": "{file} : {size} événements ont été signés, il y en a {events}.",
    "log_long": "Il y a {events} événements, et seulement {size} sont signés.",
    "event_not_canonical": "Événement {event} : son contenu est abîmé.",
    "event_misplaced": "Événement {event} : il ne porte pas ce numéro ; un événement manque ou a été ajouté.",
    "chain_broken": "Événement {event} : il ne suit pas le précédent ; l’un des deux a été changé.",
    "event_not_signed": "Événement {event} : le journal ne l’a pas signé ainsi.",
    "signatures_left": "Il y a plus de signatures que d’événements.",
    # ── pourquoi une période close est refusée ──
    "period_malformed": "Le fichier n’est pas une période close, ou il a été endommagé : {why}.",
    "period_unsigned": "Aucune clé de votre politique n’a signé cette clôture.",
    "period_balance_changed": "La balance n’est pas celle qui a été signée.",
    "period_one_person": "Une personne seule a clos cette période.",
    "period_unbalanced": "Débits et crédits en {currency} diffèrent de {difference} unités mineures.",
    # ── pourquoi un contrôle n’a pas pu être fait ──
    "file_unreadable": "{file} ne peut pas être lu.",
    "file_too_large": "{file} est trop grand.",
    "policy_unreadable": "La politique {file} ne peut pas être lue.",
    "policy_line": "La politique {file} contient une erreur à la ligne {line} : {why}.",
    "policy_incomplete": "La politique {file} ne nomme aucun journal ou aucun quorum.",
}
