//! Names that break a line: in headers, in mails, in the log, in spreadsheets.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::wire;
use crate::harness::{AS_STAFF, MANAGER, Mailbox, PARIS, PARIS_AT_HUBRISE, TestApp, journey, journey_with, logs};

/// Ends a line, and begins what the next one would be taken for.
const BREAKS: [&str; 4] = ["\r\n", "\n", "\r", "\u{2028}"];

/// Gives everything that is shown of the connection a name with this in it, as if nothing had cleaned it.
async fn name_all(app: &TestApp, name: &str) {
    for sql in [
        "update point_of_sale set name = $1 where name = 'Paris République'",
        "update organisation set name = $1 where name = 'Bella Pizza'",
        "update connection set account_name = $1, location_name = $1, catalog_name = $1, customer_list_name = $1",
    ] {
        sqlx::query(sql).bind(name).execute(app.db()).await.unwrap();
    }
}

#[tokio::test]
async fn a_name_that_breaks_lines_makes_no_header_and_no_recipient_of_a_mail() {
    for line_break in BREAKS {
        let mailbox = Mailbox::start();
        let address = mailbox.address().to_owned();
        journey_with(
            |layers| layers.set("mail.smtp_url", address),
            async |app| {
                app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
                app.run_upkeep().await;
                let evil = ["Paris", "Bcc: victim@evil.example", "To: victim@evil.example", "X-Evil: 1", "", "Evil"];
                name_all(app, &evil.join(line_break)).await;
                app.hubrise.control("connections/block", json!({ "location_id": "3r4s3-0" })).await;
                for _ in 0..30 {
                    app.advance(TimeDelta::minutes(3));
                    app.run_upkeep().await;
                }
                app.run_jobs().await;
                let mails = mailbox.collect();
                assert!(!mails.is_empty(), "nobody was told");
                for mail in mails {
                    assert!(!mail.to.contains("evil"), "{mail:?}");
                    assert!(!mail.headers.iter().any(|name| name == "Bcc" || name == "X-Evil"), "{mail:?}");
                    assert_eq!(mail.headers.iter().filter(|name| *name == "To").count(), 1, "{mail:?}");
                    assert!(mail.subject.contains("Paris"), "{mail:?}");
                }
            },
        )
        .await;
    }
}

#[tokio::test]
async fn a_name_from_hubrise_loses_what_breaks_a_line_before_it_is_kept() {
    journey(async |app| {
        let evil = "Paris\r\nBcc: x@evil.example\u{1b}[31m\u{0}\u{7f}\u{85}\u{202e}";
        let names = json!({
            "account_name": evil, "location_name": evil, "catalog_name": evil, "customer_list_name": evil,
        });
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "with", "fields": names })).await;
        let mut manager = app.signed_in(MANAGER).await;
        manager.leave_for_hubrise(PARIS).await;
        manager.allow(PARIS_AT_HUBRISE).await.assert_shows(&["est relié à HubRise"]);
        let kept: Vec<(String, String)> =
            sqlx::query_as("select account_name, location_name from connection").fetch_all(app.db()).await.unwrap();
        for name in kept.into_iter().flat_map(|(account, location)| [account, location]) {
            assert!(!name.chars().any(char::is_control) && !name.contains('\u{202e}'), "{name:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_name_and_no_field_reaches_a_header_of_an_answer() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        name_all(app, "Paris\r\nSet-Cookie: evil=1").await;
        let page = manager.peek("/history.csv").await;
        assert_eq!(
            page.header("content-disposition"),
            Some("attachment; filename=\"tickncook-historique-2026-11-23.csv\"")
        );
        for path in ["/services", "/points-of-sale", "/history", "/settings"] {
            let page = manager.peek(path).await;
            assert!(!format!("{:?}", page.headers).contains("evil"), "{path}");
        }
        for encoded in ["%0d%0aSet-Cookie:%20evil=1", "%0aSet-Cookie:evil=1", "%E5%98%8D%E5%98%8ASet-Cookie:evil=1"] {
            for path in [
                format!("/login?return_to=/{encoded}"),
                format!("/hubrise_open?return_to=/{encoded}"),
                format!("/{encoded}"),
                format!("/services/hubrise/refused/{encoded}"),
                format!("/points-of-sale?{encoded}"),
            ] {
                let answer = wire::get(app, &path).await;
                let evil = answer.head.lines().find(|line| line.to_lowercase().starts_with("set-cookie: evil"));
                assert_eq!(evil, None, "{path}: {}", answer.head);
            }
        }
    })
    .await;
}

/// Lines that would be taken for one of the log's own, and what would clear or colour a terminal.
const FORGED: &str =
    "x\r\n2026-11-23T17:02:00.000000Z ERROR forged-line\n{\"level\":\"ERROR\",\"message\":\"forged-line\"}\u{1b}[2J";

#[tokio::test]
async fn no_name_address_header_or_answer_begins_a_line_of_the_log() {
    journey(async |app| {
        let host = app.public().authority().to_owned();
        let target: String = url::form_urlencoded::byte_serialize(FORGED.as_bytes()).collect();
        for request in [
            format!("GET /{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
            format!("GET /services?{target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {target}\r\nConnection: close\r\n\r\n"),
            format!("GET /login HTTP/1.1\r\nHost: {host}\r\nUser-Agent: x\u{1b}[2Jforged-line\r\nX-Request-Id: forged-line\r\n\
                     Referer: {target}\r\nConnection: close\r\n\r\n"),
            format!("FORGED-LINE /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        ] {
            wire::send(app, &request).await;
        }
        let mut manager = app.signed_in(MANAGER).await;
        manager.headers.push(("user-agent".to_owned(), "forged-line\u{9}".to_owned()));
        manager.connect(PARIS, PARIS_AT_HUBRISE).await;
        manager.invite(FORGED, AS_STAFF).await;
        manager.post("/login", &[("email", FORGED), ("password", FORGED)]).await;
        // HubRise's own words: of an error, of a token, of a name.
        for action in [
            json!({ "kind": "status", "status": 401, "body": json!({ "message": FORGED }).to_string() }),
            json!({ "kind": "status", "status": 500, "body": FORGED, "content_type": "text/plain" }),
            json!({ "kind": "body", "body": FORGED }),
            json!({ "kind": "with", "fields": { "name": FORGED } }),
        ] {
            app.hubrise.fault("/v1/location", 1, action).await;
            app.advance(TimeDelta::hours(2));
            app.run_upkeep().await;
        }
        manager.open(&format!("/hubrise_oauth/connect_callback?error={target}&state={target}")).await;
        let text = logs::text();
        assert!(text.lines().count() > 10, "{text}");
        for line in text.lines() {
            // Each begins with the time, as the text for operators does.
            assert!(line.starts_with("20") && line.as_bytes().get(10) == Some(&b'T'), "a line that is none: {line:?}");
            assert!(!line.contains('\u{1b}'), "an escape sequence: {line:?}");
            let level = line.split_whitespace().nth(1).unwrap();
            assert!(!(level == "ERROR" && line.ends_with("forged-line")), "{line:?}");
        }
        for line in logs::containing("") {
            let read: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("a line that is none: {line:?}"));
            assert!(read["message"] != "forged-line", "{line:?}");
        }
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn no_name_is_a_formula_of_a_spreadsheet() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        let formulas =
            ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1,1)", "=HYPERLINK(\"https://evil.example\")", "\u{ff1d}1"];
        for formula in formulas {
            manager.invite(formula, AS_STAFF).await;
            manager.make_link(PARIS, formula, formula).await;
        }
        let page = manager.open("/history.csv").await;
        let mut lines =
            csv::ReaderBuilder::new().delimiter(b';').from_reader(page.body.trim_start_matches('\u{feff}').as_bytes());
        let cells: Vec<String> =
            lines.records().flat_map(|line| line.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
        for formula in formulas {
            assert!(cells.iter().any(|cell| cell.contains(formula)), "{formula} is not in the export");
        }
        for cell in &cells {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}']), "a formula: {cell:?}");
        }
    })
    .await;
}
