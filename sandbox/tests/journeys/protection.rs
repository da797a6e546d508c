//! Cookies, forms of other sites, and what pages may load.

use crate::browser::{Browser, THOMAS, http};
use crate::connector::{CLIENT_ID, SCOPE, authorise_path, start, token_for};

#[tokio::test]
async fn cookies_are_named_after_the_port_and_hidden_from_scripts() {
    let sandbox = start().await;
    let port = sandbox.url().rsplit(':').next().expect("a port").to_owned();
    let mut browser = Browser::new(sandbox.url());
    let fields = [("email", THOMAS), ("password", "hubrise-demo")];
    let session = browser.submit("/login", &fields).await.set_cookies.remove(0);
    let language = browser.submit("/language", &[("language", "en"), ("next", "/")]).await.set_cookies.remove(0);
    assert!(session.starts_with(&format!("hubrise_sandbox_session_{port}=")), "{session}");
    assert!(language.starts_with(&format!("hubrise_sandbox_lang_{port}=en")), "{language}");
    for cookie in [session, language] {
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    }
}

#[tokio::test]
async fn forms_of_other_sites_and_other_ports_are_refused() {
    let sandbox = start().await;
    token_for(&sandbox, "3r4s3-0").await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    let disconnect = browser.visit("/connections").await.main_form_action().to_owned();
    let authorise = authorise_path(CLIENT_ID, SCOPE);
    let allow = [("decision", "allow"), ("location_id", "3r4s3-0")];
    for foreign in [("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Site", "cross-site"), ("Origin", "http://127.0.0.1:9")]
    {
        for path in [authorise.as_str(), &disconnect, "/login", "/logout", "/language", "/control/reset"] {
            let page = browser.submit_from(path, &allow, &[foreign]).await;
            assert_eq!((page.status, page.location), (403, None), "{path} {foreign:?}");
        }
    }
    let own = [("Sec-Fetch-Site", "same-origin"), ("Origin", sandbox.url())];
    assert!(browser.submit_from(&authorise, &allow, &own).await.target_parameter("code").is_some());
}

#[tokio::test]
async fn the_control_interface_does_not_answer_to_a_name_pointed_at_this_machine() {
    let sandbox = start().await;
    let request = http().get(format!("{}/control/connections", sandbox.url()));
    let answer = request.header("Host", "rebound.example").send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_are_not_framed() {
    let sandbox = start().await;
    let mut browser = Browser::signed_in(sandbox.url(), THOMAS).await;
    for path in ["/", "/connections", &authorise_path(CLIENT_ID, SCOPE)] {
        let page = browser.visit(path).await;
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("form-action"), "the consent form's answer redirects to the client");
        assert_eq!(page.headers["cache-control"], "no-store");
        for elsewhere in ["src=\"http", "<link rel=\"stylesheet\" href=\"http", "<script", "style=\""] {
            assert!(!page.shows(elsewhere), "{elsewhere} on {path}");
        }
    }
}
