data-title = Data of the restaurant
data-lead = Everything that TicknCook keeps about “{ $name }”: points of sale, connections, team, history, receipts, and what HubRise sent. Never a password nor an access key.
data-export = Download the data
data-delete = Delete this restaurant
data-delete-title = Delete “{ $name }” from TicknCook?
data-delete-lead = Everything is deleted at once, for the whole team. Nobody can undo it, not even TicknCook support.
data-stops = What stops and is gone
data-stops-connections = { $count ->
    [one] The connection to HubRise is cut and its access revoked: no more orders arrive.
   *[other] The { $count } connections to HubRise are cut and their accesses revoked: no more orders arrive.
}
data-stops-points-of-sale = { $count ->
    [0] There is no point of sale to delete.
    [one] { $count } point of sale is deleted.
   *[other] { $count } points of sale are deleted.
}
data-stops-entries = { $count ->
    [one] The history is erased: { $count } entry.
   *[other] The history is erased: { $count } entries.
}
data-stops-receipts = { $count ->
    [one] { $count } disconnection receipt is erased.
   *[other] { $count } disconnection receipts are erased.
}
data-stops-events = { $count ->
    [one] { $count } message received from HubRise is erased.
   *[other] { $count } messages received from HubRise are erased.
}
data-stops-links = Invitations, links for the owner and keys of the TicknCook back office stop working.
data-stops-people = { $count ->
    [one] { $count } person has access to this restaurant only: their TicknCook account is deleted too.
   *[other] { $count } people have access to this restaurant only: their TicknCook accounts are deleted too.
}
data-keeps-people = { $count ->
    [one] { $count } person uses TicknCook elsewhere too: they keep their account.
   *[other] { $count } people use TicknCook elsewhere too: they keep their accounts.
}
data-keeps-revocations = The requests to revoke accesses, without any name, until HubRise confirms them.
data-keeps-record = The date of the deletion and the number of connections, without any name, for a year.
data-export-first = Before deleting
data-export-first-hint = Take a copy along: afterwards there is nothing left to download.
data-confirm = To confirm
data-confirm-name = Name of the restaurant
data-confirm-name-hint = Type “{ $name }”.
data-delete-for-good = Delete for good
data-error-name = This is not the name of this restaurant. Nothing was deleted.
data-error-password = This password does not match. Nothing was deleted.
deletion-title = The restaurant is deleted
deletion-heading = Deletion receipt
deletion-waiting = { $count ->
    [one] HubRise has not confirmed yet that one access is revoked.
   *[other] HubRise has not confirmed yet that { $count } accesses are revoked.
}
deletion-waiting-explained = At TicknCook everything is deleted. We keep asking HubRise until it confirms: there is nothing for you to do.
deletion-step-cut = { $count ->
    [0] There was no connection to cut
    [one] { $count } connection to HubRise cut
   *[other] { $count } connections to HubRise cut
}
deletion-step-deleted = All data deleted from TicknCook
deletion-step-revoked = Accesses revoked at HubRise, our copies of the keys erased
deletion-step-nothing = Nothing to revoke at HubRise
deletion-step-kept = { $count ->
    [one] { $count } access kept: the same HubRise location was linked again meanwhile
   *[other] { $count } accesses kept: the same HubRise locations were linked again meanwhile
}
deletion-so-far = { $done } of { $all }
deletion-keep-address = Keep the address of this page if you want to come back: it stays until { $day }, and names nobody.
