//! One call of a connection's log, with the bodies of the request and of its answer.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::indentation::indented;
use super::log_words::LogWords;
use super::logs::{self, Summary};
use crate::app::Shared;
use crate::state::ConnectionId;
use crate::traffic::{Direction, Exchange};
use crate::web::{Frame, Member, Menu};

struct View {
    at: String,
    received: bool,
    resource: &'static str,
    method: String,
    address: String,
    status: Option<u16>,
    failed: bool,
    milliseconds: Option<i64>,
    error: Option<String>,
    request_body: Option<String>,
    response_body: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/connections/exchange.html")]
struct ExchangePage {
    say: &'static LogWords,
    connection: Summary,
    exchange: View,
    frame: Frame,
}

pub(super) async fn show_exchange(
    State(app): State<Shared>,
    Path((id, number)): Path<(ConnectionId, String)>,
    member: Member,
) -> Response {
    let connection = match logs::summary(&app, &member, &id) {
        Ok(connection) => connection,
        Err(refusal) => return refusal.page(member),
    };
    let say = LogWords::of(member.visitor.language);
    let number = number.parse::<u64>().ok();
    let found = app.traffic.newest(|exchange| {
        let wanted = exchange.connection.as_ref() == Some(&id) && Some(exchange.number) == number;
        wanted.then(|| view(exchange, say, &connection))
    });
    let Some(exchange) = found.into_iter().next() else {
        return member.not_found();
    };
    ExchangePage { say, connection, exchange, frame: Frame::within(member, Menu::Connections) }.into_response()
}

fn view(exchange: &Exchange, say: &LogWords, connection: &Summary) -> View {
    let body = |body: &Option<String>| body.as_deref().map(indented);
    View {
        at: exchange.at.with_timezone(&connection.offset).format("%d/%m/%Y %H:%M:%S%.3f").to_string(),
        received: exchange.direction == Direction::Received,
        resource: logs::resource(exchange, say),
        method: exchange.method.clone(),
        address: logs::address(exchange),
        status: exchange.status,
        failed: logs::failed(exchange),
        milliseconds: exchange.took.map(|took| took.num_milliseconds()),
        error: exchange.error.clone(),
        request_body: body(&exchange.request_body),
        response_body: body(&exchange.response_body),
    }
}
