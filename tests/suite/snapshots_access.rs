//! What the pages say that let people and grants in, in French and in English.

use chrono::TimeDelta;

use crate::{
    harness::{
        CHOSEN, FRENCH, LYON, LYON_AT_HUBRISE, LYON_DELIVERY_AT_HUBRISE, MANAGER, NESTOR, NICE_AT_HUBRISE,
        OWNER_OF_BOTH, PARIS, PARIS_AT_HUBRISE, STAFF, hubrise, journey,
    },
    snapshots::snap,
};

#[tokio::test]
async fn pages_of_a_grant_that_waits() {
    journey(async |app| {
        let url = app.hubrise.url().to_owned();
        let mut nobody = app.browser();
        let pending = nobody.install(&url, PARIS_AT_HUBRISE).await.url.path().to_owned();
        snap(&mut nobody, "pending-signed-out", &pending).await;
        snap(&mut nobody, "pending-account", &format!("{pending}/account")).await;
        nobody.open(&pending).await;
        nobody.press("Renoncer à cette connexion", &[]).await;
        snap(&mut nobody, "pending-withdrawn", &pending).await;

        let mut owner = app.signed_in(OWNER_OF_BOTH).await;
        let pending = owner.install(&url, LYON_AT_HUBRISE).await.url.path().to_owned();
        snap(&mut owner, "pending-whose", &pending).await;
        let chosen = owner.page().link("Bella Pizza");
        snap(&mut owner, "pending-where", chosen.as_str()).await;
        snap(&mut owner, "services-waiting", "/services").await;
        let mut staff = app.signed_in(STAFF).await;
        let theirs = staff.install(&url, NICE_AT_HUBRISE).await.url.path().to_owned();
        snap(&mut staff, "pending-staff", &theirs).await;

        owner.open(chosen.as_str()).await;
        owner.press(FRENCH.confirm, &[(LYON, CHOSEN)]).await;
        let mut other = app.browser();
        let pending = other.install(&url, LYON_AT_HUBRISE).await.url.path().to_owned();
        snap(&mut other, "pending-taken-signed-out", &pending).await;
        other.sign_in("nestor@cheznestor.example").await;
        snap(&mut other, "pending-taken", &pending).await;
        let page = owner.install(&url, LYON_DELIVERY_AT_HUBRISE).await.url.path().to_owned();
        snap(&mut owner, "connected-changes", &page).await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_changed_mind() {
    journey(async |app| {
        let mut browser = app.signed_in(MANAGER).await;
        browser.connect(PARIS, PARIS_AT_HUBRISE).await;
        let pending = browser.reconnect(NICE_AT_HUBRISE).await.url.path().to_owned();
        snap(&mut browser, "pending-switch", &pending).await;
    })
    .await;
}

#[tokio::test]
async fn pages_of_links_for_owners() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.open("/services/hubrise/links").await;
        let page = manager.press("Créer le lien", &[(LYON, CHOSEN), ("location_name", "Lyon")]).await;
        let (link, address) = (page.url.path().to_owned(), page.link_to_send());
        snap(&mut manager, "link", &link).await;
        snap(&mut manager, "links", "/services/hubrise/links").await;
        let mut owner = app.browser();
        owner.open(&address).await;
        let wrong = owner.allow(PARIS_AT_HUBRISE).await.url.path().to_owned();
        snap(&mut owner, "pending-link-other", &wrong).await;
        owner.open(&wrong).await;
        owner.press("Choisir un autre point de vente", &[]).await;
        let right = owner.allow(LYON_AT_HUBRISE).await.url.path().to_owned();
        snap(&mut owner, "pending-link", &right).await;
        owner.open(&right).await;
        owner.press(FRENCH.confirm, &[]).await;
        snap(&mut owner, "pending-linked", &right).await;
        let path = address.trim_start_matches(app.public().as_str().trim_end_matches('/')).to_owned();
        snap(&mut owner, "link-used", &path).await;
        snap(&mut manager, "link-used-for", &link).await;
        snap(&mut manager, "services-linked", "/services").await;
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn pages_of_people() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        snap(&mut manager, "settings", "/settings").await;
        let mut staff = app.signed_in(STAFF).await;
        snap(&mut staff, "settings-staff", "/settings").await;
        manager.open("/settings/team").await;
        let page = manager.press("Créer l’invitation", &[("note", "Léa")]).await;
        let (invitation, address) = (page.url.path().to_owned(), page.link_to_send());
        snap(&mut manager, "invitation", &invitation).await;
        let mut guest = app.browser();
        guest.open(&address).await;
        snap(&mut guest, "join", "/invitation").await;
        staff.open(&address).await;
        snap(&mut staff, "join-already", "/invitation").await;
        let mut nestor = app.signed_in(NESTOR).await;
        nestor.open(&address).await;
        snap(&mut nestor, "join-signed-in", "/invitation").await;
        guest.open("/invitation").await;
        guest.press("Créer mon compte et rejoindre", &[("email", "lea@x.example"), ("password", "dix-lettres")]).await;
        let mut late = app.browser();
        let path = address.trim_start_matches(app.public().as_str().trim_end_matches('/')).to_owned();
        snap(&mut late, "join-used", &path).await;
        snap(&mut manager, "team", "/settings/team").await;
        manager.open("/settings/team").await;
        let remove = manager.click_beside("lea@x.example", "Retirer").await.url.path().to_owned();
        snap(&mut manager, "team-remove", &remove).await;
    })
    .await;
}

#[tokio::test]
async fn pages_of_people_whom_hubrise_knows() {
    journey(async |app| {
        let url = app.hubrise.url().to_owned();
        let mut thomas = app.browser();
        thomas.sign_in_with_hubrise(hubrise::THOMAS).await;
        snap(&mut thomas, "hubrise-unknown", "/login/hubrise/unknown").await;
        app.signed_in(MANAGER).await.connect(PARIS, PARIS_AT_HUBRISE).await;
        let page = thomas.open_at_hubrise(&url, hubrise::THOMAS).await;
        page.assert_shows(&["Paris - 3r4s3-0"]);
        let mut manager = app.signed_in(MANAGER).await;
        snap(&mut manager, "team-by-hubrise", "/settings/team").await;
        app.advance(TimeDelta::hours(25));
        app.hubrise.lasting_fault("/oauth2/v1/token", serde_json::json!({ "kind": "status", "status": 503 })).await;
        thomas.open("/services").await;
        let lapsed = thomas.peek("/services").await.target();
        snap(&mut thomas, "lapsed", lapsed.as_str()).await;
        snap(&mut manager, "team-lapsed", "/settings/team").await;

        app.hubrise.clear_faults().await;
        let mut nestor = app.browser();
        nestor.sign_in_with_hubrise(hubrise::NESTOR).await;
        snap(&mut nestor, "hubrise-confirm", "/login/hubrise/confirm").await;
        app.run_jobs().await;
    })
    .await;
}
