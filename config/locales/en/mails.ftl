mail-failed-title = “{ $name }” no longer receives orders from HubRise
mail-failed-what = Since { $time }, orders from HubRise have not reached “{ $name }”.
mail-recovered-title = “{ $name }” receives orders from HubRise again
mail-recovered-what = Since { $time }, the connection of “{ $name }” to HubRise has been working again. There is nothing for you to do.
mail-see = See it in TicknCook
mail-why-you = You receive this message because you manage “{ $organisation }” in TicknCook.
