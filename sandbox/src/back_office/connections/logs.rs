//! The log of a connection: every call made with its token, and every call to its callback, newest first.

use std::collections::BTreeSet;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, FixedOffset, Offset, Utc};
use serde::Deserialize;

use super::log_words::LogWords;
use super::{cards, visible};
use crate::app::{App, Shared};
use crate::back_office::refusal::Refusal;
use crate::state::{ConnectionId, World};
use crate::traffic::{Direction, Exchange};
use crate::web::{Frame, Member, Menu};

const PER_PAGE: usize = 100;

/// What the head of the page says of the connection. Never its token.
pub(super) struct Summary {
    pub(super) id: ConnectionId,
    pub(super) app: String,
    pub(super) place: String,
    pub(super) scope: String,
    pub(super) customer_list: Option<String>,
    pub(super) catalog: Option<String>,
    pub(super) app_instance_id: String,
    pub(super) connected_on: String,
    pub(super) user: String,
    pub(super) live: bool,
    pub(super) blocked: bool,
    /// Of the place's time zone, today.
    pub(super) offset: FixedOffset,
}

struct Line {
    number: u64,
    at: String,
    resource: &'static str,
    method: String,
    address: String,
    status: Option<u16>,
    failed: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/connections/logs.html")]
struct LogsPage {
    say: &'static LogWords,
    connection: Summary,
    resources: BTreeSet<&'static str>,
    methods: BTreeSet<String>,
    resource: String,
    method: String,
    lines: Vec<Line>,
    newer: Option<usize>,
    older: Option<usize>,
    frame: Frame,
}

/// Which part of the log, from 1, and what of it. Empty filters let all through.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Part {
    page: String,
    resource: String,
    method: String,
}

pub(super) async fn show_logs(
    State(app): State<Shared>,
    Path(id): Path<ConnectionId>,
    Query(part): Query<Part>,
    member: Member,
) -> Response {
    let connection = match summary(&app, &member, &id) {
        Ok(connection) => connection,
        Err(refusal) => return refusal.page(member),
    };
    let say = LogWords::of(member.visitor.language);
    let all = app
        .traffic
        .newest(|exchange| (exchange.connection.as_ref() == Some(&id)).then(|| line(exchange, say, connection.offset)));
    let resources: BTreeSet<&'static str> = all.iter().map(|line| line.resource).collect();
    let methods: BTreeSet<String> = all.iter().map(|line| line.method.clone()).collect();
    let wanted: Vec<Line> = all
        .into_iter()
        .filter(|line| part.resource.is_empty() || line.resource == part.resource)
        .filter(|line| part.method.is_empty() || line.method == part.method)
        .collect();
    let pages = wanted.len().div_ceil(PER_PAGE).max(1);
    let page = part.page.parse().unwrap_or(1).clamp(1, pages);
    let page_of_log = LogsPage {
        say,
        connection,
        resources,
        methods,
        resource: part.resource,
        method: part.method,
        lines: wanted.into_iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).collect(),
        newer: (page > 1).then(|| page - 1),
        older: (page < pages).then(|| page + 1),
        frame: Frame::within(member, Menu::Connections),
    };
    page_of_log.into_response()
}

pub(super) fn summary(app: &App, member: &Member, id: &ConnectionId) -> Result<Summary, Refusal> {
    let now = app.clock.now();
    app.store.read(|world| summary_of(world, member, id, now))
}

fn summary_of(world: &World, member: &Member, id: &ConnectionId, now: DateTime<Utc>) -> Result<Summary, Refusal> {
    let connection = visible(world, member, id)?;
    let grant = &connection.grant;
    let account_id = grant.account_id.as_ref().ok_or(Refusal::NotFound)?;
    let account = world.directory.account(account_id).ok_or(Refusal::NotFound)?;
    let local = |moment| world.directory.time_at(account_id, grant.location_id.as_ref(), moment);
    Ok(Summary {
        id: connection.id.clone(),
        app: world.directory.client_name(&connection.client_id).to_owned(),
        place: cards::place(account, connection),
        scope: grant.scope.to_string(),
        customer_list: cards::customer_list(account, connection),
        catalog: cards::catalog(account, connection),
        app_instance_id: connection.app_instance_id.to_string(),
        connected_on: local(connection.connected_at).format("%d/%m/%Y").to_string(),
        user: grant.user.clone(),
        live: connection.is_live(),
        blocked: connection.blocked,
        offset: local(now).offset().fix(),
    })
}

fn line(exchange: &Exchange, say: &LogWords, offset: FixedOffset) -> Line {
    Line {
        number: exchange.number,
        at: exchange.at.with_timezone(&offset).format("%d/%m/%Y %H:%M:%S").to_string(),
        resource: resource(exchange, say),
        method: exchange.method.clone(),
        address: address(exchange),
        status: exchange.status,
        failed: failed(exchange),
    }
}

pub(super) fn address(exchange: &Exchange) -> String {
    match &exchange.query {
        Some(query) if !query.is_empty() => format!("{}?{query}", exchange.address),
        _ => exchange.address.clone(),
    }
}

pub(super) fn failed(exchange: &Exchange) -> bool {
    exchange.status.is_none_or(|status| status >= 400)
}

/// What a call is about: the most particular resource that its path names.
pub(super) fn resource(exchange: &Exchange, say: &LogWords) -> &'static str {
    if exchange.direction == Direction::Sent {
        return if exchange.method == "GET" { say.notice } else { say.event };
    }
    let named = |name: &str| exchange.address.split('/').any(|part| part == name);
    let resources = [
        ("callback", say.callback),
        ("delivery", say.delivery),
        ("deliveries", say.delivery),
        ("orders", say.order),
        ("inventory", say.inventory),
        ("images", say.image),
        ("loyalty_cards", say.loyalty_card),
        ("customers", say.customer),
        ("customer_lists", say.customer_list_resource),
        ("catalogs", say.catalog_resource),
        ("user", say.user),
        ("location", say.location),
        ("locations", say.location),
        ("account", say.account),
        ("accounts", say.account),
    ];
    resources.into_iter().find(|(name, _)| named(name)).map_or(say.other, |(_, label)| label)
}
