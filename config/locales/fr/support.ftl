support-title = Support
support-lead = Retrouvez un restaurant et envoyez un lien à son propriétaire.
support-query = Nom, e-mail d’un membre, compte ou point de vente HubRise
support-search = Chercher
support-nothing = Rien ne correspond à « { $query } ».
support-standing = Points de vente : { $all }, dont reliés à HubRise : { $connected }
support-cut = Il y en a d’autres : précisez votre recherche.
