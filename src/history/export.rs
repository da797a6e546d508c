//! The history as a file for a spreadsheet: CSV (RFC 4180, with semicolons in French), written while it is read, a few
//! hundred entries at a time.

use anyhow::{Context, Result};
use axum::body::Body;
use chrono::SecondsFormat;
use csv::{Terminator, Writer, WriterBuilder};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Filter, Recorded,
    service::{self, Place as Beginning},
    words::{self, Changed},
};
use crate::{app::App, downloads::Place, i18n::Language, ids::OrganisationId};

/// How many entries are in memory at once.
const AT_ONCE: u16 = 500;

/// Tells spreadsheets that the file is in UTF-8.
const MARK: &str = "\u{feff}";

/// What one reader takes along.
pub(super) struct Export {
    app: App,
    organisation: OrganisationId,
    filter: Filter,
    t: Language,
    _room: Place,
}

impl Export {
    /// `None` if too many are being sent, or one to this organisation.
    pub(super) fn begin(app: App, organisation: OrganisationId, filter: Filter, t: Language) -> Option<Self> {
        let room = app.history_room.enter(organisation)?;
        Some(Self { app, organisation, filter, t, _room: room })
    }

    /// The file. What fails before its first entries is an error; what fails later breaks the download off.
    pub(super) async fn body(self) -> Result<Body> {
        let mut start = MARK.as_bytes().to_vec();
        start.extend(self.heading()?);
        let (first, next) = self.part(Beginning::Newest).await?;
        start.extend(first);
        let rest = stream::try_unfold((self, next), |(export, next)| async move {
            let Some(place) = next else { return Ok(None) };
            let (part, next) = export.part(place).await?;
            Ok(Some((part, (export, next))))
        });
        let rest = rest.inspect_err(|error: &anyhow::Error| {
            tracing::error!(error = format!("{error:#}"), "an export broke off");
        });
        Ok(Body::from_stream(stream::once(async { Ok(start) }).chain(rest)))
    }

    /// The lines from there, and where those after them begin.
    async fn part(&self, place: Beginning) -> Result<(Vec<u8>, Option<Beginning>)> {
        let mut db = self.app.db.acquire().await?;
        let page = service::read(&mut db, self.organisation, &self.filter, place, AT_ONCE).await?;
        drop(db);
        let mut lines = writer(self.t);
        for entry in &page.entries {
            lines.write_record(self.cells(entry).map(harmless))?;
        }
        let last = page.entries.last().filter(|_| page.has_older);
        Ok((finished(lines)?, last.map(|entry| Beginning::Before(entry.id))))
    }

    fn heading(&self) -> Result<Vec<u8>> {
        let mut lines = writer(self.t);
        let keys = [
            "history-when",
            "history-who",
            "history-what",
            "history-subject",
            "history-before",
            "history-after",
            "history-reason",
        ];
        lines.write_record(keys.map(|key| self.t.text(key)))?;
        finished(lines)
    }

    fn cells(&self, entry: &Recorded) -> [String; 7] {
        let changes = words::changes(self.t, entry);
        let side = |value: fn(&Changed) -> &Option<String>| {
            let told = changes.iter().filter_map(|change| Some((&change.label, value(change).as_ref()?)));
            let told = told.map(|(label, value)| self.t.with("history-pair", [("label", label), ("value", value)]));
            told.collect::<Vec<_>>().join("\n")
        };
        [
            entry.at.with_timezone(&self.app.config.time_zone).to_rfc3339_opts(SecondsFormat::Secs, false),
            words::who(self.t, entry),
            words::what(self.t, entry),
            entry.subject_name.clone().unwrap_or_default(),
            side(|change| &change.before),
            side(|change| &change.after),
            entry.reason.clone().unwrap_or_default(),
        ]
    }
}

/// Where decimals have a comma, spreadsheets part cells at semicolons, and would put a whole line into one cell
/// otherwise.
fn writer(t: Language) -> Writer<Vec<u8>> {
    let delimiter = match t {
        Language::French => b';',
        Language::English => b',',
    };
    WriterBuilder::new().delimiter(delimiter).terminator(Terminator::CRLF).from_writer(Vec::new())
}

fn finished(lines: Writer<Vec<u8>>) -> Result<Vec<u8>> {
    lines.into_inner().ok().context("lines of CSV cannot be put together")
}

/// A spreadsheet takes what begins like this for a formula, which could do anything: an apostrophe makes it a text.
fn harmless(cell: String) -> String {
    let is_unseen = |character: char| character.is_whitespace() || "\u{feff}\u{200b}\u{2060}".contains(character);
    let starts_a_formula = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    if cell.starts_with(['\t', '\r', '\n']) || cell.trim_start_matches(is_unseen).starts_with(starts_a_formula) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["\u{feff}=1", " =1", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"] {
            assert_eq!(harmless(formula.to_owned()), format!("'{formula}"));
        }
        for text in ["", "Paris", "1-2", "a=b", "'=1"] {
            assert_eq!(harmless(text.to_owned()), text);
        }
    }

    #[test]
    fn fuzz_cells() {
        crate::fuzz::text("cells", |text| {
            for t in [Language::French, Language::English] {
                let mut lines = writer(t);
                lines.write_record(["when", "who"]).unwrap();
                lines.write_record([text, text].map(|cell| harmless(cell.to_owned()))).unwrap();
                let written = finished(lines).unwrap();
                let delimiter = if matches!(t, Language::French) { b';' } else { b',' };
                let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(&*written);
                let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
                assert_eq!(records.len(), 1, "one entry is one line");
                assert_eq!(records[0].len(), 2);
                let cell = &records[0][0];
                assert!(cell == text || *cell == format!("'{text}"));
                let seen =
                    cell.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
                assert!(!seen.starts_with(['=', '+', '-', '@']), "{cell:?}");
            }
        });
    }
}
