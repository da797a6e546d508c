//! Paths that lead out of a folder.

use super::wire;
use crate::harness::{MANAGER, journey};

/// Ways to write `../`, and what others would make of them.
const UPWARDS: [&str; 22] = [
    "../Cargo.toml",
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "%2e%2e%2fCargo.toml",
    "%252e%252e%252fetc%252fpasswd",
    "..%255c..%255cetc%255cpasswd",
    "..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd",
    "....//....//etc/passwd",
    "..;/..;/etc/passwd",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "..%c0%afetc/passwd",
    "app.css%00.png",
    "%00",
    "app.css%0d%0aSet-Cookie:%20evil=1",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "file:///etc/passwd",
    "app.css/",
    "app.css/..",
    "APP.CSS",
];

#[tokio::test]
async fn no_path_leads_out_of_the_assets_however_it_is_written() {
    journey(async |app| {
        let address = app.browser().open("/login").await.attributes("href");
        let address = address.into_iter().find(|href| href.ends_with("app.css")).unwrap();
        let folder = address.trim_end_matches("app.css");
        let own = wire::get(app, &address).await;
        assert_eq!(own.status, 200);
        for upwards in UPWARDS {
            let within = format!("{folder}{upwards}");
            let beside = format!("/assets/{upwards}");
            let above = format!("/{upwards}");
            for target in [within, beside, above, format!("/assets/{upwards}/app.css")] {
                let answer = wire::get(app, &target).await;
                assert!(matches!(answer.status, 400 | 404), "{target}: {}", answer.head);
                assert!(!answer.head.contains("evil=1"), "{target}: {}", answer.head);
                assert!(!answer.body.contains("root:") && !answer.body.contains("[package]"), "{target}");
            }
        }
        for other in ["0000000000000000", "*", "%2a", ""] {
            assert_eq!(wire::get(app, &format!("/assets/{other}/app.css")).await.status, 404, "{other}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_language_is_a_path() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        for language in UPWARDS.into_iter().chain(["fr/../en", "fr\0", "FR\r\nSet-Cookie: evil=1", "fr;x=1", "de", ""])
        {
            let page = manager.post("/language", &[("language", language), ("return_to", "/services")]).await;
            page.assert_status(400);
            assert!(!page.headers.contains_key("set-cookie"), "{language}");
        }
        let key = manager.cookies.keys().next().unwrap().0.clone();
        let port = app.public().port().unwrap();
        for name in [format!("tickncook_language_{port}"), "language".to_owned(), "tickncook_language".to_owned()] {
            manager.cookies.insert((key.clone(), name), "../../../etc/passwd".to_owned());
        }
        manager.open("/services").await.assert_shows(&["Services tiers"]);
    })
    .await;
}

#[tokio::test]
async fn no_export_and_no_word_of_an_address_is_a_path() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        for upwards in UPWARDS {
            let encoded: String = url::form_urlencoded::byte_serialize(upwards.as_bytes()).collect();
            let queries = ["subject", "what", "who", "from", "to", "before", "after", "point_of_sale", "file"];
            let query = queries.map(|name| format!("{name}={encoded}")).join("&");
            let page = manager.peek(&format!("/history.csv?{query}")).await;
            assert!(matches!(page.status.as_u16(), 200 | 400), "{upwards}: {}", page.status);
            assert!(!page.body.contains("root:") && !page.body.contains("[package]"), "{upwards}");
            if let Some(disposition) = page.header("content-disposition") {
                assert_eq!(disposition, "attachment; filename=\"tickncook-historique-2026-11-23.csv\"", "{upwards}");
            }
            let word = wire::get(app, &format!("/services/hubrise/refused/{encoded}")).await;
            assert_eq!(word.status, 404, "{upwards}");
            let id = manager.peek(&format!("/points-of-sale/{encoded}/delete")).await;
            assert_eq!(id.status, 404, "{upwards}");
        }
        manager.peek("/history.csv").await.assert_status(200);
    })
    .await;
}
