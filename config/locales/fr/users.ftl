login-title = Connexion
login-heading = Bienvenue
login-lead = Connectez-vous à TicknCook pour relier vos points de vente à HubRise.
login-email = E-mail
login-password = Mot de passe
login-submit = Se connecter
login-error-wrong = L’e-mail ou le mot de passe ne correspond pas. Vérifiez-les et réessayez.
login-error-missing = Saisissez votre e-mail et votre mot de passe.
login-error-slow = Trop d’essais ont échoué. Réessayez dans { $wait }.
wait-seconds = { $count ->
    [one] { $count } seconde
   *[other] { $count } secondes
}
wait-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
login-account-deleted = Votre compte TicknCook a été supprimé, avec l’établissement auquel il donnait accès.
no-organisation-title = Aucun établissement pour ce compte
no-organisation-text = Ce compte n’est rattaché à aucun établissement. Demandez une invitation à un responsable de celui où vous travaillez, puis ouvrez le lien reçu. Pour un nouvel établissement, commencez chez HubRise : CONNEXIONS › Voir les apps disponibles › TicknCook › Connecter.
no-organisation-until = Sans cela, ce compte sera supprimé le { $day }.
login-or = ou
login-hubrise = Se connecter avec HubRise
login-forgotten = Mot de passe oublié ?
confirm-title = Relier votre profil HubRise
confirm-password = Un compte TicknCook existe déjà pour { $email }. Pour prouver qu’il est à vous, saisissez son mot de passe TicknCook : vous pourrez ensuite vous connecter avec HubRise. Si vous n’avez jamais créé ce compte, contactez le support de TicknCook.
confirm-field = Mot de passe TicknCook
confirm-submit = Confirmer et relier
confirm-error-password = Ce mot de passe ne correspond pas. Vérifiez-le et réessayez.
confirm-no-password = Un compte TicknCook existe déjà pour { $email }, et il s’ouvre avec un autre profil HubRise. Connectez-vous avec celui-là, ou demandez de l’aide au support de TicknCook.
confirm-agree = Relier le profil HubRise de { $email } à votre compte TicknCook { $account } ? Vous pourrez ensuite vous connecter avec HubRise.
confirm-elsewhere = Le profil HubRise de { $email } est déjà relié à un autre compte TicknCook. Pour ouvrir cet autre compte, déconnectez-vous, puis connectez-vous avec HubRise.
confirm-forget = Ne pas relier
unknown-title = HubRise vous connaît, TicknCook pas encore
unknown-lead-name = Bonjour { $name }. Aucun accès à TicknCook n’existe encore pour { $email }. Il y a trois façons d’entrer :
unknown-lead = Aucun accès à TicknCook n’existe encore pour { $email }. Il y a trois façons d’entrer :
unknown-open = Votre établissement utilise déjà TicknCook ? Chez HubRise, ouvrez CONNEXIONS, puis choisissez « Ouvrir » à côté de TicknCook.
unknown-invitation = Sinon, demandez une invitation à un responsable de votre établissement.
unknown-connect = Votre établissement n’utilise pas encore TicknCook ? Chez HubRise, ouvrez CONNEXIONS › Voir les apps disponibles › TicknCook › Connecter.
unknown-password = Me connecter autrement
settings-title = Paramètres
settings-trial = Essai gratuit jusqu’au { $end }.
settings-trial-over = L’essai gratuit s’est terminé le { $end }. Contactez TicknCook pour continuer : vos connexions restent en place.
settings-team-lead = Qui a accès, depuis quand et comment. Invitez quelqu’un, ou retirez un accès.
settings-keys = Les clés avec lesquelles les logiciels de TicknCook agissent pour votre établissement.
settings-staff = Un responsable gère les accès à cet établissement.
settings-back = Revenir aux paramètres
settings-account = Votre compte
settings-hubrise = Profil HubRise pour vous connecter
settings-link = Relier mon profil HubRise
settings-unlink = Ne plus me connecter avec HubRise
settings-sessions = Vos sessions
settings-sessions-lead = Là où vous êtes connecté. Fermez celles que vous ne reconnaissez pas.
settings-some-device = Appareil inconnu
settings-this-session = celle-ci
settings-session-since = Ouverte le { $time }
settings-session-used = Utilisée le { $time }
settings-end = Fermer
settings-end-others = Fermer toutes les autres
