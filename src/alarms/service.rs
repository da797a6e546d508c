//! Raising and ending alarms.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::store;
use crate::{
    app::App,
    database,
    i18n::Language,
    ids::{AlarmId, ConnectionId, OrganisationId},
    mail::{self, NewMail},
};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HubRise has not confirmed a revocation for a day.
    RevocationOverdue,
    /// An event came to a known address with a signature that none of our secrets makes: is the configured secret
    /// right?
    BadSignature,
    /// An event is larger than what is read.
    OversizedEvent,
    /// HubRise refuses our client id or secret.
    ClientRejected,
    /// HubRise answers 401 in words that we do not know, or goes on answering what is neither yes nor no.
    UnknownRefusal,
    /// HubRise may have given access that nobody here knows of.
    GrantUnaccounted,
    /// A connection works, but HubRise does not take its callback, and sends it nothing.
    CallbackMissing,
    /// HubRise had another callback for a connection than ours, which it had had before.
    CallbackReplaced,
    /// HubRise does not get through to us: what it has for a connection waits there.
    EventsWaiting,
    /// The mail server has not taken mails for a while: nobody is told by mail.
    MailsRefused,
}

impl Kind {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::RevocationOverdue => "revocation_overdue",
            Self::BadSignature => "bad_signature",
            Self::OversizedEvent => "oversized_event",
            Self::ClientRejected => "client_rejected",
            Self::UnknownRefusal => "unknown_refusal",
            Self::GrantUnaccounted => "grant_unaccounted",
            Self::CallbackMissing => "callback_missing",
            Self::CallbackReplaced => "callback_replaced",
            Self::EventsWaiting => "events_waiting",
            Self::MailsRefused => "mails_refused",
        }
    }

    /// What the operator reads.
    const fn sentence(self) -> &'static str {
        match self {
            Self::RevocationOverdue => "HubRise has not confirmed a revocation for a day",
            Self::BadSignature => {
                "events from HubRise are signed with a secret that is not ours: compare hubrise.client_secret with HubRise"
            }
            Self::OversizedEvent => "an event from HubRise is larger than what the bridge reads",
            Self::ClientRejected => {
                "HubRise refuses our client id or secret: no restaurant can connect, and no access be given back"
            }
            Self::UnknownRefusal => {
                "HubRise refuses a token, or answers for it, in a way that the bridge does not know"
            }
            Self::MailsRefused => "the mail server takes no mails: managers are not told of trouble",
            Self::CallbackMissing => "HubRise does not take the callback of a connection that works: no order comes",
            Self::CallbackReplaced => {
                "HubRise had another address than ours for the orders of a connection, or none, and is told ours again: \
                 does a copy of this installation run, or another one with the same HubRise client?"
            }
            Self::EventsWaiting => {
                "HubRise cannot hand events of a connection to the bridge: orders come late, or not at all"
            }
            Self::GrantUnaccounted => {
                "HubRise may have given access that nobody here knows of: have the restaurant connect again, or \
                 disconnect us in its HubRise back office"
            }
        }
    }
}

/// Whom and what an alarm is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct About {
    /// The organisation.
    pub organisation: Option<OrganisationId>,
    /// The connection.
    pub connection: Option<ConnectionId>,
}

/// An alarm that has not ended.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Its number.
    pub id: AlarmId,
    /// Its kind's word.
    pub kind: String,
    /// The organisation it is about.
    pub organisation: Option<OrganisationId>,
    /// That one's name.
    pub organisation_name: Option<String>,
    /// The connection it is about.
    pub connection: Option<ConnectionId>,
    /// More about it, for support; never a secret.
    pub detail: Option<String>,
    /// How often it was raised.
    pub times: i32,
    /// When for the first time.
    pub first_at: DateTime<Utc>,
    /// When for the last time.
    pub last_at: DateTime<Utc>,
}

impl Alarm {
    /// Whether it ends by the word of a person.
    #[must_use]
    pub fn can_be_dismissed(&self) -> bool {
        self.kind == Kind::GrantUnaccounted.word()
    }
}

/// Raises an alarm about a subject, within the caller's transaction; while it lasts, only counts. `detail` holds no
/// secret.
///
/// # Errors
/// When the database does not answer.
pub async fn raise(
    app: &App,
    transaction: &mut PgConnection,
    kind: Kind,
    subject: &str,
    about: About,
    detail: Option<&str>,
) -> Result<()> {
    let now = app.clock.now();
    let Some(id) = store::raise(transaction, kind.word(), subject, about, detail, now).await? else { return Ok(()) };
    tracing::error!(alarm = kind.word(), subject, detail, "{}", kind.sentence());
    // A mail about that would come once it is no longer so.
    if let Some(address) = app.config.mail.operator.as_ref().filter(|_| kind != Kind::MailsRefused) {
        let text = format!("{}\n\n{subject}\n{}\n", kind.sentence(), detail.unwrap_or_default());
        let new = NewMail {
            purpose: format!("alarm {id}"),
            recipient: address,
            language: Language::English,
            subject: kind.sentence(),
            text: &text,
            html: None,
            organisation: None,
            connection: None,
        };
        mail::enqueue(app, transaction, new).await?;
    }
    Ok(())
}

/// The subject of alarms about the bridge as a whole.
pub(super) const OURSELVES: &str = "ourselves";

/// HubRise refuses our client id or secret, or takes them again: that is about all connections together.
///
/// # Errors
/// When the database does not answer.
pub async fn client_is_refused(app: &App, is_refused: bool) -> Result<()> {
    if !is_refused {
        return end(&mut *app.db.acquire().await?, Kind::ClientRejected, OURSELVES, app.clock.now()).await;
    }
    let mut transaction = database::begin(&app.db).await?;
    raise(app, &mut transaction, Kind::ClientRejected, OURSELVES, About::default(), None).await?;
    Ok(transaction.commit().await?)
}

/// Ends the alarm about a subject, if there is one.
///
/// # Errors
/// When the database does not answer.
pub async fn end(db: &mut PgConnection, kind: Kind, subject: &str, now: DateTime<Utc>) -> Result<()> {
    Ok(store::end(db, kind.word(), subject, now).await?)
}

/// Ends those about a connection that there is no more.
///
/// # Errors
/// When the database does not answer.
pub async fn end_of_connection(transaction: &mut PgConnection, id: ConnectionId, now: DateTime<Utc>) -> Result<()> {
    Ok(store::end_of_subject(transaction, &id.to_string(), now).await?)
}

/// Ends the alarms of a kind that were not raised again since then.
///
/// # Errors
/// When the database does not answer.
pub async fn end_quiet(db: &mut PgConnection, kind: Kind, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    Ok(store::end_quiet(db, kind.word(), since, now).await?)
}

/// Forgets those that ended before then. Ends those about connections that there are no more, whichever version of the
/// program cut them.
///
/// # Errors
/// When the database does not answer.
pub async fn purge(db: &mut PgConnection, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    for kind in [Kind::CallbackMissing, Kind::CallbackReplaced, Kind::EventsWaiting, Kind::UnknownRefusal] {
        store::end_of_gone(db, kind.word(), now).await?;
    }
    Ok(store::purge(db, before).await?)
}

/// Ends an alarm whose end nothing else may tell, by the word of a person. Whom it was about; `None` if there is no
/// such alarm, or it has ended.
///
/// # Errors
/// When the database does not answer.
pub async fn dismiss(db: &mut PgConnection, id: AlarmId, now: DateTime<Utc>) -> Result<Option<About>> {
    Ok(store::dismiss(db, id, Kind::GrantUnaccounted.word(), now).await?)
}

/// Has those of a kind about an organisation outlive it, within the transaction that deletes it: what was their detail
/// is their subject from then on.
///
/// # Errors
/// When the database does not answer.
pub async fn detach(transaction: &mut PgConnection, kind: Kind, organisation: OrganisationId) -> Result<()> {
    Ok(store::detach(transaction, kind.word(), organisation).await?)
}

/// Those that last: first those that only a person ends, then the newest.
///
/// # Errors
/// When the database does not answer.
pub async fn open(db: &mut PgConnection) -> Result<Vec<Alarm>> {
    Ok(store::open(db, Kind::GrantUnaccounted.word()).await?)
}
