//! A restaurant is deleted at the very moment that somebody does something in it, held up where its locks are half
//! taken, or where all but its people is gone: each comes to a clean end, and nothing comes back to life.

use std::cell::Cell;

use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tickncook_hubrise::{
    api::keys::add_key,
    database,
    personal_data::deletion::{self, Deletion, Way},
    upkeep,
};

use crate::harness::{
    AS_STAFF, Browser, CHOSEN, FRENCH, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, NICE_AT_HUBRISE, OWNER_OF_BOTH, PARIS,
    PARIS_AT_HUBRISE, PASSWORD, TestApp,
    events::{event, sign},
    eventually, http_client, journey,
    support::page_of,
};

/// Where the deletion is held up.
#[derive(Clone, Copy, Debug)]
enum HeldUp {
    /// It has locked the tokens, the points of sale and the connections, and waits for the organisation.
    BeforeTheOrganisation,
    /// It has taken everything apart, and waits for an account.
    BeforeThePeople,
}

impl HeldUp {
    const fn sql(self) -> &'static str {
        match self {
            Self::BeforeTheOrganisation => "select 1 from organisation where name = 'Bella Pizza' for key share",
            Self::BeforeThePeople => "select 1 from app_user where email = 'gerant@bellapizza.example' for key share",
        }
    }
}

/// Has somebody act while the deletion is held up, at each place; their answer is no fault of ours, and nothing is
/// left.
async fn race<P>(prepare: impl AsyncFn(&TestApp) -> P, act: impl AsyncFn(&TestApp, &mut P) -> u16) {
    for held_up in [HeldUp::BeforeTheOrganisation, HeldUp::BeforeThePeople] {
        journey(async |app| {
            let bella = app.organisation("Bella Pizza").await;
            app.signed_in(MANAGER).await.connect(LYON, LYON_AT_HUBRISE).await;
            let mut prepared = prepare(app).await;
            let mut barrier = database::begin(app.db()).await.unwrap();
            sqlx::query(held_up.sql()).execute(&mut *barrier).await.unwrap();
            let process = app.app.clone();
            let deleting =
                tokio::spawn(async move { deletion::delete(&process, bella, "Bella Pizza", Way::Operator).await });
            eventually("the deletion is held up", async || app.waiting_for_locks().await == 1).await;
            let has_ended = Cell::new(false);
            let acting = async {
                let status = act(app, &mut prepared).await;
                has_ended.set(true);
                status
            };
            let releasing = async {
                eventually("they wait, or are through", async || has_ended.get() || app.waiting_for_locks().await > 1)
                    .await;
                barrier.commit().await.unwrap();
            };
            let (status, ()) = tokio::join!(acting, releasing);
            assert!(status < 500, "{held_up:?}: {status}");
            let outcome = deleting.await.unwrap().unwrap();
            assert!(matches!(outcome, Deletion::Done(_)), "{held_up:?}: {outcome:?}");
            app.run_jobs().await;
            app.advance(TimeDelta::hours(2));
            app.run_regular("sweep_attempts").await;
            app.run_regular("expire_pending_connections").await;
            app.run_jobs().await;
            for location in ["3r4s3-0", "3r4s3-1", "3r4s3-2"] {
                assert!(!app.hubrise.is_live(location).await, "{held_up:?}: {location} lives on");
            }
            assert_eq!(app.count("select count(*) from connection").await, 0, "{held_up:?}");
            let left = app.count("select count(*) from organisation where name = 'Bella Pizza'").await;
            assert_eq!(left, 0, "{held_up:?}");
            let tokens = "select (select count(*) from revocation where token_ciphertext is not null)
                + (select count(*) from authorisation_attempt where grant_ciphertext is not null)
                + (select count(*) from pending_connection where token_ciphertext is not null)";
            assert_eq!(app.count(tokens).await, 0, "{held_up:?}");
        })
        .await;
    }
}

async fn opened(browser: &mut Browser, address: &str) -> u16 {
    browser.open(address).await.status.as_u16()
}

#[tokio::test]
async fn a_callback_to_a_point_of_sale() {
    race(
        async |app| {
            let mut manager = app.signed_in(MANAGER).await;
            let callback = manager.callback(PARIS, PARIS_AT_HUBRISE).await;
            (manager, callback)
        },
        async |_, (manager, callback)| opened(manager, callback).await,
    )
    .await;
}

#[tokio::test]
async fn a_callback_to_a_new_point_of_sale() {
    race(
        async |app| {
            let mut manager = app.signed_in(MANAGER).await;
            manager.open("/services/hubrise/connect").await;
            let fields = [(FRENCH.new, CHOSEN), (FRENCH.new_name, "Nice")];
            manager.press(FRENCH.allow, &fields).await;
            let callback = String::from(manager.allow_only(NICE_AT_HUBRISE).await.target());
            (manager, callback)
        },
        async |_, (manager, callback)| opened(manager, callback).await,
    )
    .await;
}

#[tokio::test]
async fn an_owner_s_word() {
    race(
        async |app| {
            let link = app.signed_in(MANAGER).await.make_link(PARIS, "Bella Pizza", "Paris").await;
            let mut owner = app.browser();
            owner.follow(&link, PARIS_AT_HUBRISE).await;
            owner
        },
        async |_, owner| owner.press(FRENCH.confirm, &[]).await.status.as_u16(),
    )
    .await;
}

#[tokio::test]
async fn a_manager_s_word_about_what_hubrise_began() {
    race(
        async |app| {
            let mut manager = app.signed_in(MANAGER).await;
            manager.install(app.hubrise.url(), PARIS_AT_HUBRISE).await;
            manager
        },
        async |_, manager| {
            let fields = [(FRENCH.new, CHOSEN), (FRENCH.new_name, "Nouveau")];
            manager.press(FRENCH.confirm, &fields).await.status.as_u16()
        },
    )
    .await;
}

#[tokio::test]
async fn a_guest_who_joins() {
    race(
        async |app| {
            let link = app.signed_in(MANAGER).await.invite("Nestor", AS_STAFF).await;
            let mut guest = app.signed_in(NESTOR).await;
            guest.open(&link).await;
            guest
        },
        async |_, guest| guest.press("Rejoindre", &[]).await.status.as_u16(),
    )
    .await;
}

#[tokio::test]
async fn a_guest_who_makes_an_account_to_join() {
    race(
        async |app| {
            let link = app.signed_in(MANAGER).await.invite("Anna", AS_STAFF).await;
            let mut guest = app.browser();
            guest.open(&link).await;
            guest
        },
        async |_, guest| {
            let fields = [(FRENCH.email, "anna@example.org"), (FRENCH.password, "un-mot-de-passe")];
            guest.press("Créer mon compte et rejoindre", &fields).await.status.as_u16()
        },
    )
    .await;
}

#[tokio::test]
async fn an_event_of_hubrise() {
    race(
        async |app| app.callback_key("3r4s3-1").await,
        async |app, key| {
            let body = event("e1", "order", "3r4s3-1");
            let status = app.send_event_to(key, Some(&sign(&body)), body).await.status().as_u16();
            // Kept too late, HubRise is asked to come again, and finds nobody.
            if status == 503 { 404 } else { status }
        },
    )
    .await;
}

#[tokio::test]
async fn support_that_checks() {
    race(
        async |app| {
            let mut support = app.support().await;
            page_of(app, &mut support, "3r4s3-1").await;
            support
        },
        async |_, support| support.press("Vérifier maintenant", &[]).await.status.as_u16(),
    )
    .await;
}

#[tokio::test]
async fn a_check_that_is_due() {
    race(
        async |app| {
            app.advance(TimeDelta::minutes(67));
            app.connection("3r4s3-1").await.parse().unwrap()
        },
        async |app, id| if upkeep::service::check(&app.app, *id).await.is_ok() { 200 } else { 500 },
    )
    .await;
}

#[tokio::test]
async fn colleagues_who_invite_cancel_check_disconnect_and_delete() {
    for button in ["invite", "cancel", "check", "disconnect", "delete", "export"] {
        race(
            async |app| {
                let mut manager = app.signed_in(OWNER_OF_BOTH).await;
                manager.invite("Anna", AS_STAFF).await;
                match button {
                    "disconnect" => {
                        manager.open("/services").await;
                        manager.click_beside(LYON, FRENCH.disconnect).await;
                    }
                    "delete" => {
                        manager.open("/points-of-sale").await;
                        manager.click_beside(PARIS, FRENCH.delete).await;
                    }
                    "export" => {
                        manager.open("/settings").await;
                    }
                    "cancel" => {}
                    _ => {
                        manager.open("/settings/team").await;
                    }
                }
                manager
            },
            async |_, manager| {
                let page = match button {
                    "invite" => manager.press("Créer l’invitation", &[("Pour qui ?", "Léo"), (AS_STAFF, CHOSEN)]).await,
                    "cancel" => manager.press("Annuler cette invitation", &[]).await,
                    "check" => return manager.post("/settings/team/check", &[]).await.status.as_u16(),
                    "export" => manager.press("Télécharger les données", &[]).await,
                    _ => manager.press(FRENCH.confirm, &[]).await,
                };
                page.status.as_u16()
            },
        )
        .await;
    }
}

#[tokio::test]
async fn the_back_office_that_deletes_a_point_of_sale() {
    race(
        async |app| {
            let key: SecretString =
                add_key(&app.app, app.organisation("Bella Pizza").await, "Caisse", None).await.unwrap();
            (key, app.point_of_sale(LYON).await)
        },
        async |app, (key, id)| {
            let address = app.public().join(&format!("/api/v1/points-of-sale/{id}")).unwrap();
            let request = http_client().delete(address).bearer_auth(key.expose_secret());
            request.send().await.unwrap().status().as_u16()
        },
    )
    .await;
}

#[tokio::test]
async fn a_person_who_founds_a_restaurant_of_their_own() {
    race(
        async |app| {
            let mut person = app.browser();
            person.sign_in("equipe@bellapizza.example").await;
            person.install(app.hubrise.url(), PARIS_AT_HUBRISE).await;
            person
        },
        async |_, person| {
            let id = person.page().url.path().rsplit('/').next().unwrap().to_owned();
            let account = format!("/services/hubrise/pending/{id}/account");
            let fields = [("organisation_name", "Chez Léo"), ("email", ""), ("password", PASSWORD)];
            person.post(&account, &fields).await.status.as_u16()
        },
    )
    .await;
}

/// HubRise takes its time over a trip's code, or over its proof, and meanwhile the restaurant is deleted.
#[tokio::test]
async fn a_trip_that_hubrise_keeps_waiting_connects_nothing() {
    for (path, status) in [("/oauth2/v1/token", "claimed"), ("/v1/location", "granted")] {
        journey(async |app| {
            let bella = app.organisation("Bella Pizza").await;
            let mut manager = app.signed_in(MANAGER).await;
            let callback = manager.callback(PARIS, PARIS_AT_HUBRISE).await;
            app.hubrise.fault(path, 1, json!({ "kind": "delay", "milliseconds": 1500 })).await;
            let mut traveller = manager.clone();
            let travelling = async { traveller.open(&callback).await.status.as_u16() };
            let deleting = async {
                eventually("the trip is under way", async || {
                    let found =
                        sqlx::query_scalar::<_, i64>("select count(*) from authorisation_attempt where status = $1");
                    found.bind(status).fetch_one(app.db()).await.unwrap() == 1
                })
                .await;
                deletion::delete(&app.app, bella, "Bella Pizza", Way::Operator).await.unwrap()
            };
            let (answer, outcome) = tokio::join!(travelling, deleting);
            assert!(matches!(outcome, Deletion::Done(_)), "{status}: {outcome:?}");
            assert!(answer < 500, "{status}: {answer}");
            app.run_jobs().await;
            assert!(!app.hubrise.is_live("3r4s3-0").await, "{status}: the grant is left behind");
            assert_eq!(app.count("select count(*) from connection").await, 0);
            assert_eq!(app.count("select count(*) from alarm where ended_at is null").await, 0, "{status}");
            app.assert_nothing_of_bella_is_left(&bella.to_string()).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_grant_that_nobody_knows_of_is_an_alarm_after_its_restaurant_is_gone() {
    journey(async |app| {
        let bella = app.organisation("Bella Pizza").await;
        let mut manager = app.signed_in(MANAGER).await;
        let callback = manager.callback(PARIS, PARIS_AT_HUBRISE).await;
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "drop_after" })).await;
        manager.open(&callback).await;
        let alarms = "select count(*) from alarm where kind = 'grant_unaccounted' and ended_at is null";
        assert_eq!(app.count(alarms).await, 1);
        deletion::delete(&app.app, bella, "Bella Pizza", Way::Operator).await.unwrap();
        assert_eq!(app.count(alarms).await, 1);
        app.run_jobs().await;
        app.assert_nothing_of_bella_is_left(&bella.to_string()).await;
    })
    .await;
}

#[tokio::test]
async fn a_grant_whose_answer_gets_lost_while_the_restaurant_is_deleted_is_an_alarm() {
    journey(async |app| {
        let bella = app.organisation("Bella Pizza").await;
        let mut manager = app.signed_in(MANAGER).await;
        let callback = manager.callback(PARIS, PARIS_AT_HUBRISE).await;
        // Longer than the bridge waits.
        app.hubrise.fault("/oauth2/v1/token", 1, json!({ "kind": "delay_after", "milliseconds": 2500 })).await;
        let mut traveller = manager.clone();
        let deleting = async {
            let claimed = "select count(*) from authorisation_attempt where status = 'claimed'";
            eventually("the trip is under way", async || app.count(claimed).await == 1).await;
            deletion::delete(&app.app, bella, "Bella Pizza", Way::Operator).await.unwrap()
        };
        let (_, outcome) = tokio::join!(traveller.open(&callback), deleting);
        assert!(matches!(outcome, Deletion::Done(_)), "{outcome:?}");
        app.run_jobs().await;
        assert!(app.hubrise.is_live("3r4s3-0").await, "HubRise has given a token that nobody knows");
        let alarms = "select count(*) from alarm where kind = 'grant_unaccounted' and ended_at is null";
        assert_eq!(app.count(alarms).await, 1);
        app.assert_nothing_of_bella_is_left(&bella.to_string()).await;
    })
    .await;
}
