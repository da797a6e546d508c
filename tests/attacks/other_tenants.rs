//! The id of something that is somebody else's, on every route that takes one.

use super::{
    ground::{FIELDS, Ground, Id, Visitor, holdings, tidy},
    routes::{self, Route, local},
};
use crate::harness::{TestApp, narrow_journey};

/// What staff may look at of their own organisation's.
const STAFF_MAY: [&str; 3] = ["GET /services/hubrise/attempts/{id}", "GET /receipts/{id}", "GET /organisations/{id}"];

/// An answer, but for what tells one request from another.
type Answer = (u16, String, String);

async fn ask(ground: &Ground, visitor: &mut Visitor, route: &Route, id: Id) -> Answer {
    let path = ground.fill(&route.path, id);
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(FIELDS).finish();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let (body, headers) = if route.changes_something() { (body.as_str(), &form[..]) } else { ("", &[][..]) };
    let page = visitor.browser.ask(route.method.clone(), &path, body, headers).await;
    let target = if page.status.is_redirection() { local(&page.target()) } else { String::new() };
    let without = |text: String| {
        let text = text.replace(page.header("x-request-id").unwrap(), "");
        path.split('/').filter(|part| part.len() == 36).fold(text, |text, id| text.replace(id, ""))
    };
    (page.status.as_u16(), without(target), without(page.body.clone()))
}

/// How somebody is turned away from what is not theirs.
fn expected(visitor: &str, route: &Route) -> (u16, &'static str) {
    let path = route.path.as_str();
    match visitor {
        "another key" if route.is_api() => (404, ""),
        _ if route.is_api() => (401, ""),
        // What a browser brought is that browser's: to any other it does not exist.
        _ if path.starts_with("/services/hubrise/pending/") => (404, ""),
        "nobody" | "another key" => (303, "/login"),
        "unproved support" if path.starts_with("/support/") => (303, "/support/verify"),
        // Whoever belongs to no organisation is sent to the start, or told that there is no such thing.
        "support" | "unproved support"
            if ["/services/hubrise/attempts/{id}", "/organisations/{id}"].contains(&path) =>
        {
            (404, "")
        }
        "support" | "unproved support" => (303, "/"),
        "staff" if !path.starts_with("/support/") => (403, ""),
        _ => (404, ""),
    }
}

async fn assert_turned_away(app: &TestApp, ground: &Ground, visitor: &mut Visitor, route: &Route) {
    let at = format!("{} by {}", route.name(), visitor.name);
    let before = holdings(app).await;
    let foreign = ask(ground, visitor, route, Id::Real).await;
    let unknown = ask(ground, visitor, route, Id::Unknown).await;
    assert_eq!(foreign, unknown, "{at}: what is somebody else's is told from what does not exist");
    let (status, target) = expected(visitor.name, route);
    assert_eq!(foreign.0, status, "{at}: {foreign:?}");
    let path = foreign.1.split('?').next().unwrap();
    assert_eq!(path, target, "{at}: {foreign:?}");
    assert_eq!(holdings(app).await, before, "{at}: something was changed");
}

#[tokio::test]
async fn ids_of_another_organisation_do_not_exist_on_any_route() {
    narrow_journey(async |app| {
        let (ground, _bella) = Ground::prepare(app).await;
        let routes = routes::all(app, &ground).await;
        let routes: Vec<_> =
            routes.iter().filter(|route| route.takes_id() && !ground.takes_word(&route.path)).collect();
        let mut visitors = ground.intruders(app).await;
        for route in routes {
            for visitor in &mut visitors {
                let is_console = route.path.starts_with("/support/");
                let is_theirs = match visitor.name {
                    "support" => is_console,
                    "staff" => STAFF_MAY.contains(&route.name().as_str()),
                    _ => false,
                };
                if !is_theirs {
                    assert_turned_away(app, &ground, visitor, route).await;
                }
            }
        }
        assert_eq!(app.hubrise.answers_to_token_of("3r4s3-0").await, 200);
        tidy(app).await;
    })
    .await;
}
