mail-failed-title = « { $name } » ne reçoit plus les commandes de HubRise
mail-failed-what = Depuis le { $time }, les commandes de HubRise n’arrivent plus à « { $name } ».
mail-recovered-title = « { $name } » reçoit de nouveau les commandes de HubRise
mail-recovered-what = Depuis le { $time }, la connexion de « { $name } » à HubRise fonctionne de nouveau. Vous n’avez rien à faire.
mail-see = Voir dans TicknCook
mail-why-you = Vous recevez ce message parce que vous êtes responsable de « { $organisation } » dans TicknCook.
