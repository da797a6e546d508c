login-title = Sign in
login-heading = Welcome
login-lead = Sign in to TicknCook to link your points of sale to HubRise.
login-email = Email
login-password = Password
login-submit = Sign in
login-error-wrong = The email or the password does not match. Check them and try again.
login-error-missing = Enter your email and your password.
login-error-slow = Too many attempts have failed. Try again in { $wait }.
wait-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
wait-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
login-account-deleted = Your TicknCook account was deleted, with the restaurant that it gave access to.
no-organisation-title = No restaurant for this account
no-organisation-text = This account belongs to no restaurant. Ask a manager of the one where you work for an invitation, then open its link. For a new restaurant, start at HubRise: CONNECTIONS › View available apps › TicknCook › Connect.
no-organisation-until = Otherwise this account will be deleted on { $day }.
login-or = or
login-hubrise = Sign in with HubRise
login-forgotten = Forgotten your password?
confirm-title = Link your HubRise profile
confirm-password = There is already a TicknCook account for { $email }. To prove that it is yours, enter its TicknCook password: from then on you can sign in with HubRise. If you never created this account, contact TicknCook support.
confirm-field = TicknCook password
confirm-submit = Confirm and link
confirm-error-password = This password does not match. Check it and try again.
confirm-no-password = There is already a TicknCook account for { $email }, and it opens with another HubRise profile. Sign in with that one, or ask TicknCook support for help.
confirm-agree = Link the HubRise profile of { $email } to your TicknCook account { $account }? From then on you can sign in with HubRise.
confirm-elsewhere = The HubRise profile of { $email } is already linked to another TicknCook account. To open that other account, sign out, then sign in with HubRise.
confirm-forget = Do not link
unknown-title = HubRise knows you, TicknCook does not yet
unknown-lead-name = Hello { $name }. There is no access to TicknCook yet for { $email }. There are three ways in:
unknown-lead = There is no access to TicknCook yet for { $email }. There are three ways in:
unknown-open = Your restaurant already uses TicknCook? At HubRise, open CONNECTIONS, then choose “Open” beside TicknCook.
unknown-invitation = Otherwise, ask a manager of your restaurant for an invitation.
unknown-connect = Your restaurant does not use TicknCook yet? At HubRise, open CONNECTIONS › View available apps › TicknCook › Connect.
unknown-password = Sign in another way
settings-title = Settings
settings-trial = Free trial until { $end }.
settings-trial-over = The free trial ended on { $end }. Contact TicknCook to go on: your connections stay in place.
settings-team-lead = Who has access, since when and how. Invite somebody, or remove access.
settings-keys = The keys with which TicknCook software acts for your restaurant.
settings-staff = A manager decides who has access to this restaurant.
settings-back = Back to settings
settings-account = Your account
settings-hubrise = HubRise profile you sign in with
settings-link = Link my HubRise profile
settings-unlink = Stop signing in with HubRise
settings-sessions = Your sessions
settings-sessions-lead = Where you are signed in. End those that you do not recognise.
settings-some-device = Unknown device
settings-this-session = this one
settings-session-since = Opened on { $time }
settings-session-used = Used on { $time }
settings-end = End
settings-end-others = End all others
