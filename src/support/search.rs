//! The one search field: a name, an address or a number of anything, over all organisations.

use std::collections::HashSet;

use anyhow::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    attempts,
    store::{
        search::{self as store, FoundReceipt, Hit, Row, Wanted},
        timeline,
    },
};
use crate::{
    app::App,
    authorisations::Failure,
    connections::{Health, name_and_id},
    i18n::Language,
    ids::{OrganisationId, PointOfSaleId},
    personal_data,
};

/// How many restaurants are shown.
const SHOWN: usize = 25;
/// How many receipts of what was disconnected.
const RECEIPTS: i64 = 5;
/// How many points of sale of each.
const LINES: i64 = 6;

/// What was found.
pub(super) struct Found {
    pub(super) organisations: Vec<Organisation>,
    /// What is no restaurant, point of sale or connection: named by a number, or disconnected.
    pub(super) things: Vec<Thing>,
    /// Whether there is more than is shown.
    pub(super) is_cut: bool,
    /// A number that names nothing: it may be that of a request, which stands in the logs alone.
    pub(super) is_unknown_number: bool,
}

/// A restaurant.
pub(super) struct Organisation {
    pub(super) id: String,
    pub(super) name: String,
    /// How many points of sale it has, and how they are, in words.
    pub(super) standing: String,
    pub(super) lines: Vec<Line>,
    /// How many points of sale are not among the lines.
    pub(super) others: u64,
}

/// A point of sale, and what it is linked to.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) organisation: String,
    pub(super) organisation_name: String,
    pub(super) linked: Option<Linked>,
}

/// A connection, at a glance.
pub(super) struct Linked {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) location: String,
    pub(super) health: Health,
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        let health = row.verified_at.map(|verified_at| {
            Health::of_columns(
                verified_at,
                row.failed_since,
                row.failure.as_deref(),
                row.unreachable_since,
                row.unexpected_since,
                row.no_orders_since,
                row.events_wait,
            )
        });
        let linked = row.connection.zip(health).map(|(id, health)| Linked {
            id: id.to_string(),
            account: name_and_id(row.account_id.as_deref(), row.account_name.as_deref()),
            location: name_and_id(row.location_id.as_deref(), row.location_name.as_deref()),
            health,
        });
        Self {
            name: row.name,
            organisation: row.organisation.to_string(),
            organisation_name: row.organisation_name,
            linked,
        }
    }
}

/// What a number names.
pub(super) struct Thing {
    pub(super) title: String,
    pub(super) text: String,
    /// Where more about it is.
    pub(super) address: Option<String>,
}

/// Looks for it everywhere.
pub(super) async fn search(app: &App, db: &mut PgConnection, t: Language, query: &str) -> Result<Found> {
    let number = query.trim_start_matches(['#', '°', 'N', 'n', ' ']).parse::<Uuid>().ok();
    let (mut hits, mut is_cut) = (Vec::new(), false);
    let mut things = Vec::new();
    if let Some(number) = number {
        hits = store::by_own_id(db, number).await?;
        for (thing, organisation) in self::things(app, db, t, number).await? {
            hits.extend(organisation.map(|organisation| Hit { organisation, point_of_sale: None }));
            things.push(thing);
        }
    } else {
        for kind in by_words(db, query).await? {
            is_cut |= kind.len() > SHOWN;
            hits.extend(kind);
        }
        for receipt in receipts(db, query).await? {
            hits.push(Hit { organisation: receipt.organisation, point_of_sale: None });
            things.push(of_receipt(app, t, &receipt));
        }
    }
    let mut chosen: Vec<Uuid> = Vec::new();
    for hit in &hits {
        let id = hit.organisation.uuid();
        if !chosen.contains(&id) {
            chosen.push(id);
        }
    }
    is_cut |= chosen.len() > SHOWN;
    chosen.truncate(SHOWN);
    let wanted: Vec<Uuid> = hits.iter().filter_map(|hit| hit.point_of_sale).map(PointOfSaleId::uuid).collect();
    let organisations = organisations(db, t, &chosen, &wanted).await?;
    let is_unknown_number = number.is_some() && organisations.is_empty() && things.is_empty();
    Ok(Found { organisations, things, is_cut, is_unknown_number })
}

/// Each kind of thing that words can name, the most telling first.
async fn by_words(db: &mut PgConnection, query: &str) -> Result<Vec<Vec<Hit>>> {
    let limit = i64::try_from(SHOWN)? + 1;
    let mut found = Vec::new();
    if let Some(id) = hubrise_id(query) {
        found.push(store::by_hubrise_id(db, id, limit).await?);
    }
    if query.chars().filter(char::is_ascii_alphanumeric).count() >= 3 && !query.contains(char::is_whitespace) {
        let email = query.to_lowercase();
        let of_people = store::by_email(db, &email, &within(&email), limit).await?;
        let is_answered = query.contains(['@', '.']) && !of_people.is_empty();
        found.push(of_people);
        // Few names have such signs, and each index would be read in vain.
        if is_answered {
            return Ok(found);
        }
    }
    // The index knows no signs: without a letter or a digit, every name there is would be looked at.
    let words = words(query);
    if !query.contains(char::is_alphanumeric) {
        return Ok(found);
    }
    let (mut name, mut location) = (wanted(query, &words), wanted(query, &words));
    if are_short(&words) {
        let whole = escaped(query);
        (name.patterns[0], location.patterns[0]) = (whole.clone(), format!("{whole} %"));
    }
    found.push(store::by_name(db, &name, limit).await?);
    // What is less telling is not looked for where there is more than is shown already.
    if !is_enough(&found) {
        found.push(store::by_location(db, &location, limit).await?);
    }
    if !is_enough(&found) {
        found.push(store::by_point_of_sale(db, &name, limit).await?);
    }
    Ok(found)
}

/// What may be an id at HubRise, or its beginning. What our pages show, and people copy, is a name and its id.
fn hubrise_id(query: &str) -> Option<&str> {
    let id = query.rsplit_once(" - ").map_or(query, |(_, id)| id);
    id.chars().all(|character| character.is_ascii_alphanumeric() || character == '-').then_some(id)
}

/// Whether these are more restaurants than are shown.
fn is_enough(found: &[Vec<Hit>]) -> bool {
    found.iter().flatten().map(|hit| hit.organisation.uuid()).collect::<HashSet<_>>().len() > SHOWN
}

/// Text for `like` that means itself.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn within(word: &str) -> String {
    format!("%{}%", escaped(word))
}

/// What a name must be like: it begins with the query, or has each word, in any order.
fn wanted(query: &str, words: &[&str]) -> Wanted {
    Wanted { beginning: query.to_owned(), patterns: patterns(words) }
}

fn patterns(words: &[&str]) -> [String; 4] {
    let mut patterns = ["%", "%", "%", "%"].map(str::to_owned);
    for (pattern, word) in patterns.iter_mut().zip(words) {
        *pattern = within(word);
    }
    patterns
}

/// Words that the index knows too little of: it takes three letters of ours together. They are looked for as whole
/// names.
fn are_short(words: &[&str]) -> bool {
    words.iter().all(|word| word.chars().count() < 3 && word.chars().all(|character| character < '\u{250}'))
}

/// The words of a query, with both apostrophes between words.
fn words(query: &str) -> Vec<&str> {
    query.split(|c: char| c.is_whitespace() || c == '\'' || c == '’').filter(|word| !word.is_empty()).collect()
}

async fn organisations(
    db: &mut PgConnection,
    t: Language,
    chosen: &[Uuid],
    wanted: &[Uuid],
) -> Result<Vec<Organisation>> {
    let mut lines = store::rows(db, chosen, wanted, LINES).await?;
    let mut found = store::organisations(db, chosen).await?;
    found.sort_by_key(|organisation| chosen.iter().position(|id| *id == organisation.id.uuid()));
    let shown = found.into_iter().map(|organisation| {
        let own: Vec<Line> = lines.extract_if(.., |row| row.organisation == organisation.id).map(Line::from).collect();
        let all = u64::try_from(organisation.points_of_sale).unwrap_or_default();
        Organisation {
            id: organisation.id.to_string(),
            standing: standing(t, &organisation),
            name: organisation.name,
            others: all.saturating_sub(own.len() as u64),
            lines: own,
        }
    });
    Ok(shown.collect())
}

fn standing(t: Language, found: &store::Organisation) -> String {
    let (all, connected) = (found.points_of_sale.to_string(), found.connected.to_string());
    let mut parts = vec![t.with("support-standing", [("all", &all), ("connected", &connected)])];
    if found.failing > 0 {
        parts.push(t.with("console-standing-failing", [("count", &found.failing.to_string())]));
    }
    if found.no_orders > 0 {
        parts.push(t.with("console-standing-no-orders", [("count", &found.no_orders.to_string())]));
    }
    if found.unreachable > 0 {
        parts.push(t.with("console-standing-unreachable", [("count", &found.unreachable.to_string())]));
    }
    parts.join(" · ")
}

/// What was disconnected, and is not linked again.
async fn receipts(db: &mut PgConnection, query: &str) -> Result<Vec<FoundReceipt>> {
    // A word without a digit hardly ever is one, and looking for it costs as much as for the words.
    let mut found = match hubrise_id(query).filter(|id| id.contains(|sign: char| sign.is_ascii_digit())) {
        Some(id) => store::receipts_by_hubrise_id(db, id, RECEIPTS).await?,
        None => Vec::new(),
    };
    let words = words(query);
    if !words.is_empty() && !are_short(&words) {
        let by_name = store::receipts(db, &wanted(query, &words), RECEIPTS).await?.into_iter();
        let others: Vec<_> = by_name.filter(|receipt| found.iter().all(|other| other.id != receipt.id)).collect();
        found.extend(others);
    }
    Ok(found)
}

fn of_receipt(app: &App, t: Language, receipt: &FoundReceipt) -> Thing {
    let time = t.date_time(receipt.disconnected_at, app.config.time_zone);
    Thing {
        title: t.text("receipt-page-title"),
        text: t.with("console-found-receipt", [("name", &receipt.point_of_sale_name), ("time", &time)]),
        address: Some(match receipt.connection {
            Some(connection) => format!("/support/connections/{connection}"),
            None => format!("/support/receipts/{}", receipt.id),
        }),
    }
}

/// What else a number can name, and whose it is: a receipt, a trip to HubRise, a grant that waited.
async fn things(
    app: &App,
    db: &mut PgConnection,
    t: Language,
    number: Uuid,
) -> Result<Vec<(Thing, Option<OrganisationId>)>> {
    let mut things = Vec::new();
    if let Some(at) = personal_data::deleted_at(db, number.into()).await? {
        let text = t.date_time(at, app.config.time_zone);
        things.push((Thing { title: t.text("console-deleted"), text, address: None }, None));
    }
    if let Some(receipt) = store::receipt(db, number).await? {
        let organisation = receipt.organisation;
        things.push((of_receipt(app, t, &receipt), Some(organisation)));
    }
    if let Some(attempt) = timeline::attempt(db, number).await? {
        let organisation = attempt.organisation;
        let address = attempt.connection.map(|id| format!("/support/connections/{id}"));
        let address = address.or(organisation.map(|id| format!("/support/organisations/{id}")));
        let entry = attempts::entry(t, attempt, app.clock.now());
        let time = t.date_time(entry.at, app.config.time_zone);
        let text = [vec![time], entry.lines].concat().join(" · ");
        things.push((Thing { title: entry.title, text, address }, organisation));
    }
    if let Some(grant) = timeline::grant(db, number).await? {
        let failure = grant.failure.as_deref().and_then(Failure::parse).map(|failure| failure.title(t));
        let location = name_and_id(Some(&grant.location_id), grant.location_name.as_deref());
        let thing = Thing {
            title: t.with("console-grant", [("location", &location)]),
            text: failure.unwrap_or_else(|| t.date_time(grant.created_at, app.config.time_zone)),
            address: grant.organisation.map(|id| format!("/support/organisations/{id}")),
        };
        things.push((thing, grant.organisation));
    }
    Ok(things)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_looked_for_by_itself_and_means_itself() {
        assert_eq!(patterns(&words("L’Église 100%")), ["%L%", "%Église%", "%100\\%%", "%"]);
        assert_eq!(patterns(&words("a_b \\c d e f")), ["%a\\_b%", "%\\\\c%", "%d%", "%e%"]);
        assert_eq!(words(" ' ’"), [""; 0]);
        assert!(are_short(&["le", "é"]) && !are_short(&["le", "pas"]) && !are_short(&["烤鸭"]));
    }
}
