//! Who may follow each route that takes no id.

use super::{
    ground::{FIELDS, Ground, Id, Visitor, holdings, tidy},
    routes::{self, Route},
};
use crate::harness::{MANAGER, TestApp, narrow_journey};

/// Where a visitor ends: a status, or the path that they are sent to.
type Ends = [&'static str; 5];

/// The route, and where it ends for nobody, for staff, for a manager, for support without and with the second factor. A
/// start page, a sign-in and a refusal turn somebody away; a form that lacks something, or a code that is none, does
/// not.
const TABLE: &[(&str, Ends)] = &[
    ("GET /", ["/login", "/services", "/services", "/support", "/support"]),
    ("GET /assets/{version}/{name}", ["200"; 5]),
    ("GET /deletions/{secret}", ["200"; 5]),
    ("GET /favicon.ico", ["/assets/…/icon.svg"; 5]),
    ("GET /healthz", ["200"; 5]),
    ("GET /help/support-access", ["200"; 5]),
    ("GET /history", ["/login", "200", "200", "/", "/"]),
    ("GET /history.csv", ["/login", "200", "200", "/", "/"]),
    ("GET /hubrise_callback/disconnect", ["200"; 5]),
    ("POST /hubrise_callback/disconnect", ["200"; 5]),
    ("POST /hubrise_callback/event", ["404"; 5]),
    ("GET /hubrise_oauth/authorize_callback", ["/services/hubrise/refused/malformed"; 5]),
    ("GET /hubrise_oauth/connect_callback", ["/services/hubrise/refused/malformed"; 5]),
    ("GET /hubrise_oauth/login_callback", ["/services/hubrise/refused/malformed"; 5]),
    ("GET /hubrise_open", ["/"; 5]),
    ("GET /invitation", ["404"; 5]),
    ("POST /invitation/account", ["404"; 5]),
    ("GET /invitations/{secret}", ["/invitation"; 5]),
    ("POST /language", ["/services"; 5]),
    ("GET /links/again", ["404"; 5]),
    ("GET /links/{secret}", ["/oauth2/v1/authorize"; 5]),
    ("GET /login", ["200", "/", "/", "/", "/"]),
    ("POST /login", ["401"; 5]),
    ("POST /login/hubrise", ["/oauth2/v1/authorize"; 5]),
    ("GET /login/hubrise/confirm", ["/login"; 5]),
    ("POST /login/hubrise/confirm", ["/login"; 5]),
    ("POST /login/hubrise/forget", ["/login", "/settings", "/settings", "/settings", "/settings"]),
    ("GET /login/password", ["200"; 5]),
    ("POST /login/password", ["/login/password/sent"; 5]),
    ("GET /login/password/new", ["404"; 5]),
    ("POST /login/password/new", ["404"; 5]),
    ("GET /login/password/sent", ["200"; 5]),
    ("GET /password-links/{secret}", ["/login/password/new"; 5]),
    ("GET /login/hubrise/unknown", ["/login"; 5]),
    ("POST /organisation", ["/login", "404", "404", "404", "404"]),
    ("GET /points-of-sale", ["/login", "200", "200", "/", "/"]),
    ("GET /readyz", ["200"; 5]),
    ("GET /services", ["/login", "200", "200", "/", "/"]),
    ("GET /services/hubrise/connect", ["/login", "403", "200", "/", "/"]),
    ("POST /services/hubrise/connect", ["/login", "403", "/oauth2/v1/authorize", "/", "/"]),
    ("GET /services/hubrise/links", ["/login", "403", "200", "/", "/"]),
    ("POST /services/hubrise/links", ["/login", "403", "/services/hubrise/links/…", "/", "/"]),
    ("GET /services/hubrise/refused/{reason}", ["400"; 5]),
    ("GET /settings", ["/login", "200", "200", "200", "200"]),
    (
        "POST /settings/hubrise",
        ["/login", "/oauth2/v1/authorize", "/oauth2/v1/authorize", "/oauth2/v1/authorize", "/oauth2/v1/authorize"],
    ),
    ("POST /settings/hubrise/unlink", ["/login", "/settings", "/settings", "/settings", "/settings"]),
    ("GET /settings/keys", ["/login", "403", "200", "/", "/"]),
    ("GET /settings/organisation/delete", ["/login", "403", "200", "/", "/"]),
    // Under the name of another restaurant.
    ("POST /settings/organisation/delete", ["/login", "403", "409", "/", "/"]),
    ("POST /settings/organisation/export", ["/login", "403", "200", "/", "/"]),
    ("POST /settings/sessions/end", ["/login", "/settings", "/settings", "/settings", "/settings"]),
    ("POST /settings/sessions/end-others", ["/login", "/settings", "/settings", "/settings", "/settings"]),
    ("GET /settings/team", ["/login", "403", "200", "/", "/"]),
    ("POST /settings/team/check", ["/login", "403", "/settings/team", "/", "/"]),
    ("POST /settings/team/invitations", ["/login", "403", "/settings/team/invitations/…", "/", "/"]),
    ("GET /support", ["/login", "404", "404", "/support/verify", "200"]),
    ("GET /support/verify", ["/login", "404", "404", "200", "/support"]),
    ("POST /support/verify", ["/login", "404", "404", "401", "401"]),
    ("POST /invitation", ["/login", "/services", "/services", "/services", "410"]),
    ("POST /logout", ["/login"; 5]),
];

async fn ask(app: &TestApp, ground: &Ground, visitor: &mut Visitor, route: &Route) -> String {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let body = body.extend_pairs(FIELDS).append_pair("invitation", &ground.invitation).finish();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let (body, headers) = if route.changes_something() { (body.as_str(), &form[..]) } else { ("", &[][..]) };
    let path = ground.fill(&route.path, Id::Real);
    // Those before have failed from the same address.
    sqlx::query("delete from sign_in_throttle").execute(app.db()).await.unwrap();
    let page = visitor.browser.ask(route.method.clone(), &path, body, headers).await;
    if !page.status.is_redirection() {
        return page.status.as_u16().to_string();
    }
    let target = page.target();
    // An id that was just made, and the version of the assets, differ from time to time.
    let parts = target.path().split('/').map(|part| if part.len() == 36 || part.len() == 16 { "…" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether somebody who ends there was turned away.
fn is_turned_away(end: &str) -> bool {
    matches!(end, "/" | "/login" | "/support/verify" | "401" | "403" | "404")
}

async fn visitors(app: &TestApp, ground: &Ground) -> (Vec<Visitor>, Visitor) {
    let mut all = ground.intruders(app).await;
    let key = all.remove(1);
    // In place of the manager of another restaurant, one of this.
    all.remove(1);
    all.insert(2, Visitor { name: "manager", browser: app.signed_in(MANAGER).await });
    (all, key)
}

#[tokio::test]
async fn every_route_without_an_id_lets_in_whom_it_should_and_nobody_else() {
    narrow_journey(async |app| {
        let (ground, _bella) = Ground::prepare(app).await;
        let (mut visitors, mut key) = visitors(app, &ground).await;
        let names: Vec<_> = visitors.iter().map(|visitor| visitor.name).collect();
        assert_eq!(names, ["nobody", "staff", "manager", "unproved support", "support"]);
        let mut all = routes::all(app, &ground).await;
        all.retain(|route| !route.is_api() && (!route.takes_id() || ground.takes_word(&route.path)));
        // Who has joined may do more afterwards, and who has signed out nothing.
        all.sort_by_key(|route| (route.path == "/logout", route.path == "/invitation" && route.changes_something()));
        let mut wrong = Vec::new();
        for route in &all {
            let mut found = Vec::new();
            for visitor in &mut visitors {
                let before = holdings(app).await;
                let end = ask(app, &ground, visitor, route).await;
                let after = holdings(app).await;
                assert!(after == before || !is_turned_away(&end), "{} by {}", route.name(), visitor.name);
                found.push(end);
            }
            assert_eq!(ask(app, &ground, &mut key, route).await, found[0], "{}: a key is no sign-in", route.name());
            let entered = TABLE.iter().find(|(name, _)| *name == route.name()).map(|(_, ends)| ends.to_vec());
            if entered.as_ref().is_none_or(|entered| *entered != found) {
                wrong.push(format!("    (\"{}\", {found:?}),", route.name()));
            }
        }
        assert!(
            wrong.is_empty(),
            "these routes are not in the table of tests/attacks/whos_who.rs, or let in others than it says; enter who \
             should be let in, and make it so:\n{}",
            wrong.join("\n")
        );
        let unknown = TABLE.iter().find(|(name, _)| !all.iter().any(|route| route.name() == *name));
        assert_eq!(unknown, None, "the table has a route that there is not");
        tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn every_route_of_the_api_wants_a_key() {
    narrow_journey(async |app| {
        let (ground, _bella) = Ground::prepare(app).await;
        let all = routes::all(app, &ground).await;
        let (mut visitors, _) = visitors(app, &ground).await;
        for route in all.iter().filter(|route| route.is_api() && route.path != "/api/v1/openapi.json") {
            for visitor in &mut visitors {
                assert_eq!(ask(app, &ground, visitor, route).await, "401", "{} by {}", route.name(), visitor.name);
            }
            if route.method == reqwest::Method::GET {
                let mut own = ground.own_key(app).await;
                assert_eq!(ask(app, &ground, &mut own, route).await, "200", "{}", route.name());
            }
        }
        tidy(app).await;
    })
    .await;
}
