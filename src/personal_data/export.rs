//! Everything that is kept about an organisation, as one JSON document: read in one snapshot, and written while it is
//! read, so that a month of events takes no more memory than a day.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::TryStreamExt;
use sqlx::PgConnection;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tracing::Instrument;
use unicode_normalization::UnicodeNormalization;

use super::store::export::{self as store, Part};
use crate::{
    app::App,
    database,
    downloads::Place,
    history::{self, Action, Actor, Entry},
    ids::OrganisationId,
    organisations,
};

/// How much is handed on together, in bytes, and how much of that may wait for the reader.
const PIECE: usize = 64 * 1024;
const WAITING: usize = 4;
/// A reader who takes nothing for this long has gone away.
const READER_PATIENCE: Duration = Duration::from_secs(30);
/// The longest that one export may take.
const LIMIT: Duration = Duration::from_mins(15);

/// The document, piece by piece. An error breaks it off.
pub type Pieces = Receiver<Result<Vec<u8>>>;

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum NoExport {
    /// There is no such organisation.
    #[error("the organisation is not there")]
    Gone,
    /// Too many are being made, or one for this organisation: it can be asked for again in a moment.
    #[error("too many exports are being made")]
    Busy,
    /// A fault of ours.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// Begins to export an organisation for `by`, which the history tells, and the export with it.
///
/// # Errors
/// When the organisation is gone, too many exports are being made, or the database does not answer.
pub async fn start(app: &App, organisation: OrganisationId, by: Actor) -> Result<Pieces, NoExport> {
    let room = app.export_room.enter(organisation).ok_or(NoExport::Busy)?;
    match note(app, organisation, by).await {
        Ok(true) => {}
        Ok(false) => return Err(NoExport::Gone),
        Err(error) if database::owner_is_gone(&error) => return Err(NoExport::Gone),
        Err(error) => return Err(error.into()),
    }
    let (sender, pieces) = mpsc::channel(WAITING);
    let app = app.clone();
    tokio::spawn(write(app, organisation, sender, room).in_current_span());
    Ok(pieces)
}

async fn note(app: &App, organisation: OrganisationId, by: Actor) -> Result<bool> {
    let mut transaction = database::begin(&app.db).await?;
    let Some(name) = organisations::service::name(&mut transaction, organisation).await? else { return Ok(false) };
    let exported = Entry::new(organisation, by, Action::OrganisationExported).on(organisation, &name);
    history::record(&mut transaction, exported, app.clock.now()).await?;
    transaction.commit().await?;
    tracing::info!(%organisation, "an organisation is exported");
    Ok(true)
}

async fn write(app: App, organisation: OrganisationId, sender: Sender<Result<Vec<u8>>>, room: Place) {
    let mut document = Document { piece: Vec::with_capacity(PIECE * 2), sender: sender.clone(), began: Instant::now() };
    if let Err(error) = read(&app, organisation, &mut document).await {
        tracing::warn!(%organisation, error = format!("{error:#}"), "an export broke off");
        if sender.send_timeout(Err(error), READER_PATIENCE).await.is_err() {
            tracing::info!(%organisation, "the reader of an export has gone away");
        }
    }
    drop(room);
}

async fn read(app: &App, organisation: OrganisationId, document: &mut Document) -> Result<()> {
    let mut snapshot = database::begin_snapshot(&app.db).await?;
    document.begin(app.clock.now());
    for part in Part::ALL {
        section(&mut snapshot, organisation, *part, document).await?;
    }
    snapshot.rollback().await?;
    document.end().await
}

async fn section(
    db: &mut PgConnection,
    organisation: OrganisationId,
    part: Part,
    document: &mut Document,
) -> Result<()> {
    let mut separator = "";
    document.piece.extend(format!(",\n{:?}: [", part.name()).into_bytes());
    let mut rows = store::rows(db, organisation, part);
    while let Some(row) = rows.try_next().await.with_context(|| format!("cannot export {}", part.name()))? {
        document.piece.extend_from_slice(separator.as_bytes());
        document.piece.extend_from_slice(b"\n  ");
        document.piece.extend_from_slice(row.as_bytes());
        separator = ",";
        if document.piece.len() >= PIECE {
            document.hand_on().await?;
        }
    }
    document.piece.extend_from_slice(b"\n]");
    Ok(())
}

/// The document as far as it is written, and its reader.
struct Document {
    piece: Vec<u8>,
    sender: Sender<Result<Vec<u8>>>,
    began: Instant,
}

impl Document {
    fn begin(&mut self, now: DateTime<Utc>) {
        let now = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let head = format!("{{\n\"format\": \"tickncook-hubrise organisation 1\",\n\"exported_at\": \"{now}\"");
        self.piece.extend(head.into_bytes());
    }

    async fn hand_on(&mut self) -> Result<()> {
        if self.began.elapsed() > LIMIT {
            bail!("the reader is too slow");
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE * 2));
        let sent = self.sender.send_timeout(Ok(piece), READER_PATIENCE).await;
        sent.ok().context("the reader has gone away")
    }

    /// What breaks off before is no document, and no program takes it for one.
    async fn end(&mut self) -> Result<()> {
        self.piece.extend_from_slice(b"\n}\n");
        self.hand_on().await
    }
}

/// What the file is called: the organisation's name, in letters that every file system knows, and the day.
#[must_use]
pub fn file_name(app: &App, name: &str) -> String {
    let today = app.clock.now().with_timezone(&app.config.time_zone).date_naive();
    format!("{}-{today}.json", slug(name))
}

fn slug(name: &str) -> String {
    let letters: String = name
        .nfkd()
        .filter(|character| !('\u{300}'..='\u{36f}').contains(character))
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { ' ' })
        .collect();
    let words: Vec<_> = letters.split_whitespace().collect();
    let slug: String = words.join("-").chars().take(60).collect();
    if slug.is_empty() { "tickncook".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_file_is_called_by_letters_that_mean_nothing_anywhere() {
        assert_eq!(slug("Bella Pizza"), "bella-pizza");
        assert_eq!(slug("L’Été à Œuf / \"..\\\r\n;"), "l-ete-a-uf");
        assert_eq!(slug("烤鸭"), "tickncook");
        assert_eq!(slug(&"é".repeat(120)), "e".repeat(60));
    }
}
