data-title = Données de l’établissement
data-lead = Tout ce que TicknCook garde sur « { $name } » : points de vente, connexions, équipe, historique, reçus, et ce que HubRise a envoyé. Jamais de mot de passe ni de clé d’accès.
data-export = Télécharger les données
data-delete = Supprimer cet établissement
data-delete-title = Supprimer « { $name } » de TicknCook ?
data-delete-lead = Tout est supprimé en une fois, pour toute l’équipe. Personne ne peut revenir en arrière, pas même le support de TicknCook.
data-stops = Ce qui s’arrête et disparaît
data-stops-connections = { $count ->
    [one] La connexion à HubRise est coupée, et son accès retiré : plus aucune commande n’arrive.
   *[other] Les { $count } connexions à HubRise sont coupées, et leurs accès retirés : plus aucune commande n’arrive.
}
data-stops-points-of-sale = { $count ->
    [0] Aucun point de vente n’est à supprimer.
    [one] { $count } point de vente est supprimé.
   *[other] { $count } points de vente sont supprimés.
}
data-stops-entries = { $count ->
    [one] L’historique est effacé : { $count } ligne.
   *[other] L’historique est effacé : { $count } lignes.
}
data-stops-receipts = { $count ->
    [one] { $count } reçu de déconnexion est effacé.
   *[other] { $count } reçus de déconnexion sont effacés.
}
data-stops-events = { $count ->
    [one] { $count } message reçu de HubRise est effacé.
   *[other] { $count } messages reçus de HubRise sont effacés.
}
data-stops-links = Les invitations, les liens pour le propriétaire et les clés du back-office TicknCook ne fonctionnent plus.
data-stops-people = { $count ->
    [one] { $count } personne n’a accès qu’à cet établissement : son compte TicknCook est supprimé aussi.
   *[other] { $count } personnes n’ont accès qu’à cet établissement : leurs comptes TicknCook sont supprimés aussi.
}
data-keeps-people = { $count ->
    [one] { $count } personne travaille aussi ailleurs avec TicknCook : elle garde son compte.
   *[other] { $count } personnes travaillent aussi ailleurs avec TicknCook : elles gardent leur compte.
}
data-keeps-revocations = Les demandes de retrait d’accès, sans aucun nom, jusqu’à ce que HubRise les confirme.
data-keeps-record = La date de la suppression et le nombre de connexions, sans aucun nom, pendant un an.
data-export-first = Avant de supprimer
data-export-first-hint = Emportez une copie : après, il ne restera rien à télécharger.
data-confirm = Pour confirmer
data-confirm-name = Nom de l’établissement
data-confirm-name-hint = Écrivez « { $name } ».
data-delete-for-good = Supprimer définitivement
data-error-name = Ce n’est pas le nom de cet établissement. Rien n’a été supprimé.
data-error-password = Ce mot de passe ne correspond pas. Rien n’a été supprimé.
deletion-title = L’établissement est supprimé
deletion-heading = Reçu de suppression
deletion-waiting = { $count ->
    [one] HubRise n’a pas encore confirmé le retrait d’un accès.
   *[other] HubRise n’a pas encore confirmé le retrait de { $count } accès.
}
deletion-waiting-explained = Chez TicknCook, tout est supprimé. Nous relançons HubRise jusqu’à ce qu’il confirme : vous n’avez rien à faire.
deletion-step-cut = { $count ->
    [0] Aucune connexion n’était à couper
    [one] { $count } connexion à HubRise coupée
   *[other] { $count } connexions à HubRise coupées
}
deletion-step-deleted = Toutes les données supprimées de TicknCook
deletion-step-revoked = Accès retirés chez HubRise, nos copies des clés effacées
deletion-step-nothing = Rien à retirer chez HubRise
deletion-step-kept = { $count ->
    [one] { $count } accès conservé : le même point de vente HubRise a été relié de nouveau entre-temps
   *[other] { $count } accès conservés : les mêmes points de vente HubRise ont été reliés de nouveau entre-temps
}
deletion-so-far = { $done } sur { $all }
deletion-keep-address = Gardez l’adresse de cette page si vous voulez y revenir : elle reste jusqu’au { $day }, et ne contient aucun nom.
