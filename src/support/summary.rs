//! A connection in a few lines of plain text, for a ticket.

use super::{case::Case, waiting::Job};
use crate::{
    connections::{Gone, Health, Link},
    disconnections::Revocation,
    web::Frame,
};

/// Whose it is, what is linked, how it is, and what waits. No secret is in reach of it.
pub(super) fn of(frame: &Frame, case: &Case, managers: &[String], jobs: &[Job]) -> String {
    let t = frame.t;
    let line = |label: String, value: &str| t.with("history-pair", [("label", label.as_str()), ("value", value)]);
    let named = |name: &str, id: String| format!("{name} - {id}");
    let organisation = named(&case.organisation_name, case.organisation.to_string());
    let point_of_sale = named(&case.point_of_sale_name, case.point_of_sale.to_string());
    let mut lines = vec![
        line(t.text("console-organisation"), &organisation),
        line(t.text("receipt-point-of-sale"), &point_of_sale),
        line(t.text("console-connection"), &case.id.to_string()),
    ];
    if let Some(Link { account, location, catalog, customer_list }) = &case.link {
        lines.push(line(t.text("connection-account"), account));
        lines.push(line(t.text("connection-location"), location));
        lines.push(line(t.text("connection-catalog"), catalog));
        lines.push(line(t.text("connection-customer-list"), customer_list));
    }
    if let Some(live) = case.live() {
        lines.extend(health(frame, &live.connection.health()));
        let Gone { catalog, customer_list } = live.connection.gone();
        for (key, since) in [("gone-catalog", catalog), ("gone-customer-list", customer_list)] {
            lines.extend(since.map(|since| t.with(key, [("since", &frame.exact_time(&since))])));
        }
    }
    if let Some((receipt, _)) = case.gone() {
        let time = frame.exact_time(&receipt.disconnected_at);
        lines.push(line(t.text("receipt-step-disconnected"), &time));
        lines.push(line(t.text("receipt-page-title"), &receipt.id.to_string()));
        let revoked = match receipt.revocation.at() {
            Some(at) => frame.exact_time(&at),
            None => t.text("receipt-underway"),
        };
        let is_kept = matches!(receipt.revocation, Revocation::Superseded(_));
        let step = if is_kept { "receipt-step-superseded" } else { "receipt-step-revoked" };
        lines.push(line(t.text(step), &revoked));
    }
    for job in jobs {
        lines.push(line(t.text("console-waits"), &job.title));
    }
    lines.push(line(t.text("console-managers"), &managers.join(", ")));
    lines.join("\n")
}

fn health(frame: &Frame, health: &Health) -> Vec<String> {
    let t = frame.t;
    let verified = t.with("health-last-verified", [("moment", &frame.exact_time(&health.verified_at))]);
    if let Some(failing) = health.failure {
        let since = t.with("health-failing", [("since", &frame.exact_time(&failing.since))]);
        return vec![since, t.text(failing.cause.key()), t.text(failing.cause.remedy_key()), verified];
    }
    let no_orders = health.no_orders_since.map(|since| (since, health.no_orders_cause.since_key()));
    let told = [no_orders, health.silence()].into_iter().flatten();
    let told = told.map(|(since, key)| t.with(key, [("since", &frame.exact_time(&since))]));
    told.chain([verified]).collect()
}
