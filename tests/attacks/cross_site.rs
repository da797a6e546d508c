//! What another site can make a browser send.

use reqwest::Method;

use super::{
    ground::{FIELDS, Ground, Id, holdings, password_link, tidy},
    routes::{self, Route},
};
use crate::harness::{AS_MANAGER, AS_STAFF, Browser, MANAGER, NESTOR, PASSWORD, STAFF, TestApp, journey};

const FORM: &str = "application/x-www-form-urlencoded";
/// What a form or a script of another site can send with a cookie, or could if the bridge allowed it.
const BODIES: [(&str, &str); 4] = [
    (FORM, "role=manager&language=en&organisation_name=x&point_of_sale=new&email=a%40b.example&password=0123456789"),
    ("text/plain", "role=manager&language=en&point_of_sale=new&_method=DELETE"),
    ("application/json", r#"{"role":"manager","language":"en","point_of_sale":"new"}"#),
    ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"role\"\r\n\r\nmanager\r\n--x--"),
];

/// How browsers say that a request is another site's: those that know `Sec-Fetch-Site`, and those that do not.
fn origins(neighbour: &str) -> Vec<Vec<(&'static str, String)>> {
    let evil = "https://evil.example".to_owned();
    let site = |value: &str| ("sec-fetch-site", value.to_owned());
    let origin = |value: &str| ("origin", value.to_owned());
    vec![
        vec![site("cross-site"), origin(&evil)],
        vec![origin(&evil)],
        vec![site("cross-site"), origin("null")],
        vec![origin("null")],
        vec![site("same-site"), origin(neighbour)],
        vec![origin(neighbour)],
        vec![site("cross-site")],
    ]
}

/// The routes that people change something with.
async fn changing(app: &TestApp, ground: &Ground) -> Vec<Route> {
    let all = routes::all(app, ground).await.into_iter();
    all.filter(|route| route.changes_something() && !route.is_api() && !route.is_from_hubrise()).collect()
}

async fn assert_refused(browser: &mut Browser, method: Method, path: &str, body: &str, headers: &[(&str, &str)]) {
    let page = browser.ask(method.clone(), path, body, headers).await;
    assert_eq!(page.status, 403, "{method} {path} with {headers:?}: {}", page.words());
    page.assert_shows(&["Rien n’a été modifié."]);
}

#[tokio::test]
async fn a_post_from_another_site_is_refused_on_every_route_in_every_form() {
    journey(async |app| {
        let (ground, mut bella) = Ground::prepare(app).await;
        let before = holdings(app).await;
        let origins = origins(app.hubrise.url());
        for route in changing(app, &ground).await {
            let path = ground.fill(&route.path, Id::Real);
            for (number, origin) in origins.iter().enumerate() {
                // Each body from each origin would be the same line of code each time.
                let (content_type, body) = BODIES[number % BODIES.len()];
                let mut headers: Vec<(&str, &str)> =
                    origin.iter().map(|(name, value)| (*name, value.as_str())).collect();
                headers.push(("content-type", content_type));
                assert_refused(&mut bella, route.method.clone(), &path, body, &headers).await;
            }
        }
        assert_eq!(holdings(app).await, before);
        bella.open("/services").await.assert_shows(&["Paris - 3r4s3-0"]);
        tidy(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_method_in_disguise_is_refused_like_the_one_that_it_is() {
    journey(async |app| {
        let (ground, mut bella) = Ground::prepare(app).await;
        let before = holdings(app).await;
        let evil = ("origin", "https://evil.example");
        for route in changing(app, &ground).await {
            let path = ground.fill(&route.path, Id::Real);
            for disguise in ["x-http-method-override", "x-http-method", "x-method-override"] {
                let headers = [evil, (disguise, "GET"), ("content-type", FORM)];
                assert_refused(&mut bella, Method::POST, &path, "_method=GET", &headers).await;
            }
            // And a GET does not become the change that it claims to be.
            let hidden = format!("{path}?_method=POST&role=manager&confirm=1");
            bella
                .ask(Method::GET, &hidden, "", &[("x-http-method-override", "POST"), ("sec-fetch-site", "cross-site")])
                .await;
            for method in [Method::PUT, Method::PATCH, Method::DELETE] {
                assert_refused(&mut bella, method, &path, "role=manager", &[evil]).await;
            }
        }
        assert_eq!(holdings(app).await, before);
        tidy(app).await;
    })
    .await;
}

/// What another site may make a browser begin, because HubRise's or a mail's link does: a trip that only HubRise's page
/// and its person can end.
const BEGIN_A_TRIP: [&str; 3] = ["/links/{secret}", "/links/again", "/hubrise_open"];

#[tokio::test]
async fn looking_changes_nothing_on_any_route_whatever_site_asks() {
    journey(async |app| {
        let (ground, bella) = Ground::prepare(app).await;
        let support = ground.intruders(app).await.pop().unwrap().browser;
        let fields = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(FIELDS).finish();
        for route in routes::all(app, &ground).await {
            let is_way_back = route.path.starts_with("/hubrise_oauth/");
            if route.method != Method::GET || is_way_back || BEGIN_A_TRIP.contains(&route.path.as_str()) {
                continue;
            }
            // The look itself is told to the restaurant, once an hour.
            let is_noted = route.path == "/support/connections/{id}";
            let path = format!("{}?{fields}", ground.fill(&route.path, Id::Real));
            for browser in [&bella, &support] {
                for method in [Method::HEAD, Method::GET] {
                    let before = holdings(app).await;
                    let mut browser = browser.clone();
                    browser.ask(method, &path, "", &[("sec-fetch-site", "cross-site")]).await;
                    assert!(holdings(app).await == before || is_noted, "{} has changed something", route.name());
                }
            }
        }
        tidy(app).await;
    })
    .await;
}

/// Another site has the browser follow a link of its own, while a page is open.
async fn lure(browser: &mut Browser, link: &str) {
    browser.ask(Method::GET, link, "", &[("sec-fetch-site", "cross-site")]).await.assert_status(303);
}

#[tokio::test]
async fn an_invitation_that_another_site_opens_is_not_the_one_that_the_page_accepts() {
    journey(async |app| {
        let wanted = app.signed_in(MANAGER).await.invite("Samira", AS_MANAGER).await;
        let planted = app.signed_in(NESTOR).await.invite("une proie", AS_STAFF).await;
        let told = ["Une autre invitation a été ouverte entre-temps", "Rejoindre « Chez Nestor »"];
        // With an account.
        let mut member = app.signed_in(STAFF).await;
        member.open(&wanted).await.assert_shows(&["Rejoindre « Bella Pizza »"]);
        lure(&mut member, &planted).await;
        let page = member.press("Rejoindre", &[]).await;
        page.assert_status(409);
        page.assert_shows(&told);
        assert_eq!(app.memberships(STAFF).await, ["Bella Pizza: staff"]);
        // With one that is made on the way.
        let email = "samira@bellapizza.example";
        let account = [("email", email), ("password", PASSWORD)];
        let mut guest = app.browser();
        guest.open(&wanted).await;
        lure(&mut guest, &planted).await;
        let page = guest.press("Créer mon compte et rejoindre", &account).await;
        page.assert_status(409);
        page.assert_shows(&told);
        assert!(page.attributes("value").contains(&email.to_owned()), "what was typed is lost");
        assert_eq!(app.count("select count(*) from app_user where email like 'samira@%'").await, 0);
        // The link that was meant is as good as before.
        guest.open(&wanted).await;
        guest.press("Créer mon compte et rejoindre", &account).await.assert_status(200);
        assert_eq!(app.memberships(email).await, ["Bella Pizza: manager"]);
    })
    .await;
}

#[tokio::test]
async fn a_link_to_choose_a_password_by_that_another_site_opens_is_not_the_one_that_the_page_uses() {
    journey(async |app| {
        let (wanted, planted) = (password_link(app, MANAGER).await, password_link(app, NESTOR).await);
        let mut owner = app.browser();
        owner.open(&format!("/password-links/{wanted}")).await.assert_shows(&[MANAGER]);
        lure(&mut owner, &format!("/password-links/{planted}")).await;
        let before = holdings(app).await;
        let page = owner.press("Enregistrer et me connecter", &[("password", "un-autre-mot-de-passe")]).await;
        page.assert_status(409);
        page.assert_shows(&["Un autre lien a été ouvert entre-temps", NESTOR, "Rien n’a été fait."]);
        assert_eq!(holdings(app).await, before);
        assert_eq!(owner.open("/services").await.url.path(), "/login");
        for email in [MANAGER, NESTOR] {
            app.signed_in(email).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_api_takes_no_cookie_for_a_key_and_allows_no_other_origin() {
    journey(async |app| {
        let (ground, mut bella) = Ground::prepare(app).await;
        let before = holdings(app).await;
        for route in routes::all(app, &ground).await.iter().filter(|route| route.is_api()) {
            let path = ground.fill(&route.path, Id::Real);
            let headers = [("origin", "https://evil.example"), ("access-control-request-method", "DELETE")];
            let answer = bella.ask(route.method.clone(), &path, "", &headers).await;
            let is_open = route.path == "/api/v1/openapi.json";
            assert_eq!(answer.status, if is_open { 200 } else { 401 }, "{}", route.name());
            let preflight = bella.ask(Method::OPTIONS, &path, "", &headers).await;
            for page in [answer, preflight] {
                let allowed = page.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
                assert_eq!(allowed, None, "{}", route.name());
            }
        }
        assert_eq!(holdings(app).await, before);
        tidy(app).await;
    })
    .await;
}
