//! **Historique**: who may read what, filters, pages, and that nothing in it can be changed.

use chrono::TimeDelta;
use tickncook_hubrise::{
    history::{Action, Actor, Change, Entry},
    ids::{DisconnectionId, PointOfSaleId, new_id},
};

use crate::harness::{
    AS_STAFF, BAKER_STREET, Browser, ENGLISH, FRENCH, MANAGER, NESTOR, OWNER_OF_BOTH, PARIS, Page, STAFF, TestApp,
    chromium::{Device, PHONE, Person, TABLET},
    journey,
};

/// Entries that are told apart by the name of their subject: `N° 1` to `N° <count>`.
async fn write_many(app: &TestApp, count: u32) {
    let bella = app.organisation("Bella Pizza").await;
    for number in 1..=count {
        let name = format!("N° {number}");
        app.write_down(Entry::new(bella, Actor::HubRise, Action::Renamed).on(new_id(), &name)).await;
    }
}

/// The numbers of the entries on a page.
fn numbers(page: &Page) -> Vec<u32> {
    let entries = page.entries();
    let numbers = entries.iter().filter_map(|entry| entry.split("N° ").nth(1)?.split(' ').next()?.parse().ok());
    numbers.collect()
}

async fn filtered<'a>(browser: &'a mut Browser, fields: &[(&str, &str)]) -> &'a Page {
    browser.open("/history").await;
    browser.press("Afficher", fields).await
}

#[tokio::test]
async fn staff_read_the_history_and_nobody_reads_another_restaurant_s() {
    journey(async |app| {
        app.signed_in(MANAGER).await.invite("Léa", AS_STAFF).await;
        let mut staff = app.signed_in(STAFF).await;
        let page = staff.open("/services").await.link("HISTORIQUE");
        let page = staff.open(page.as_str()).await;
        page.assert_shows(&["Historique", "Invitation créée Léa", PARIS]);
        page.assert_hides(&[BAKER_STREET, NESTOR]);
        let mut nestor = app.signed_in(NESTOR).await;
        let page = nestor.open("/history").await;
        page.assert_shows(&[BAKER_STREET]);
        page.assert_hides(&[PARIS, "Léa", MANAGER]);
        // Nor by a cursor, or a name, of theirs.
        let theirs: String = sqlx::query_scalar("select id::text from history_entry where action = 'invited'")
            .fetch_one(app.db())
            .await
            .unwrap();
        for query in [format!("before={theirs}"), format!("after={theirs}"), "text=Léa".to_owned()] {
            for path in ["/history", "/history.csv"] {
                let page = nestor.open(&format!("{path}?{query}")).await;
                page.assert_status(200);
                assert!(!page.body.contains(PARIS) && !page.body.contains("gerant@"), "{path}?{query}");
            }
        }
        let mut both = app.signed_in(OWNER_OF_BOTH).await;
        both.open("/history").await.assert_hides(&[BAKER_STREET]);
        both.press("Chez Nestor", &[]).await;
        both.open("/history").await.assert_hides(&[PARIS]);
        let page = app.browser().peek("/history").await;
        page.assert_status(303);
        assert_eq!(page.target().path(), "/login");
    })
    .await;
}

#[tokio::test]
async fn an_entry_tells_what_changed_and_why_and_leads_to_the_receipt() {
    journey(async |app| {
        let bella = app.organisation("Bella Pizza").await;
        let (point_of_sale, receipt) = (PointOfSaleId::new(), DisconnectionId::new().to_string());
        let renamed = Entry::new(bella, Actor::HubRise, Action::Renamed).on(point_of_sale, PARIS).changed(
            Change::of([("location", Some("Paris")), ("catalog", Some("Carte"))]),
            Change::of([("location", Some("Paris 10e")), ("colour", Some("vert"))]),
        );
        app.write_down(renamed).await;
        let causes = [("unpaid", "Abonnement HubRise non réglé"), ("unknown", "Refus de HubRise, sans cause connue")];
        for (cause, _) in causes {
            let failed = Entry::new(bella, Actor::System, Action::Failed).on(point_of_sale, cause);
            app.write_down(failed.changed(Change::default(), Change::of([("cause", Some(cause))]))).await;
        }
        let user = app.user(MANAGER).await.parse().unwrap();
        let cut = Entry::new(bella, Actor::Support(user), Action::Disconnected).on(point_of_sale, PARIS);
        let cut =
            cut.changed(Change::of([("location", Some("Paris 10e"))]), Change::of([("receipt", Some(&*receipt))]));
        app.write_down(cut.because(Some("Demandé par téléphone"))).await;

        let mut staff = app.signed_in(STAFF).await;
        let page = staff.open("/history").await.clone();
        let entry = page.entry_of("Nom changé chez HubRise");
        for words in [
            "Paris République Point de vente HubRise Paris → devient Paris 10e",
            "Catalogue Carte → devient — rien",
            "colour vert",
            "HubRise 23 novembre 2026 à 18:02:00",
        ] {
            assert!(entry.contains(words), "{words}: {entry}");
        }
        for (cause, words) in causes {
            let entry = page.entry_of(&format!("Connexion en échec {cause}"));
            assert!(entry.contains(&format!("Cause {words}")), "{entry}");
        }
        let entry = page.entry_of("Déconnexion de HubRise");
        for words in ["Motif Demandé par téléphone", "Support TicknCook · gerant@bellapizza.example"] {
            assert!(entry.contains(words), "{words}: {entry}");
        }
        assert!(!entry.contains(&receipt), "{entry}");
        let link = page.link_beside("Demandé par téléphone", &format!("Voir le reçu {PARIS}"));
        assert_eq!(link.path(), format!("/receipts/{receipt}"));
        let page = staff.press(FRENCH.other_language, &[]).await.clone();
        assert_eq!(page.url.path(), "/history");
        page.assert_shows(&["Disconnected from HubRise", "HubRise location Paris → becomes Paris 10e", "by TicknCook"]);
    })
    .await;
}

#[tokio::test]
async fn names_cannot_bring_markup_along() {
    journey(async |app| {
        let bella = app.organisation("Bella Pizza").await;
        let script = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
        let change = || Change::of([(script, Some(script))]);
        let entry = Entry::new(bella, Actor::HubRise, Action::Renamed).on(new_id(), script);
        app.write_down(entry.changed(change(), change()).because(Some(script))).await;
        let mut manager = app.signed_in(MANAGER).await;
        manager.invite(script, AS_STAFF).await;
        let page = filtered(&mut manager, &[("Nom ou e-mail", script)]).await;
        assert_eq!(page.entries().len(), 2, "{}", page.words());
        assert!(page.body.contains("&#60;script&#62;"), "{}", page.body);
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn filters_narrow_the_history_and_say_what_they_did_not_understand() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        app.advance(TimeDelta::hours(6));
        // Half an hour after midnight in Paris, and still the day before elsewhere.
        app.advance(TimeDelta::minutes(-2));
        manager.invite("Léa", AS_STAFF).await;
        let mut support = app.support().await;
        let base = format!("/support/organisations/{}/links", app.organisation("Bella Pizza").await);
        support.open(&base).await;
        support.fill_in_link(PARIS, "Bella Pizza", "Paris").await;

        let all = manager.open("/history").await.entries().len();
        let page = filtered(&mut manager, &[("Quoi", "Invitation créée")]).await;
        assert_eq!(page.entries().len(), 1);
        page.entry_of("Invitation créée Léa");
        let page = filtered(&mut manager, &[("Quoi", "Points de vente : tout")]).await;
        assert_eq!(page.entries().len(), 2, "{:?}", page.entries());
        let page = filtered(&mut manager, &[("Qui", "Le support TicknCook")]).await;
        assert_eq!(page.entries().len(), 1);
        page.entry_of("Lien pour le propriétaire créé");
        for (text, count) in [("LÉA", 1), ("support@", 1), ("100%_\\", 0)] {
            let page = filtered(&mut manager, &[("Nom ou e-mail", text)]).await;
            assert_eq!(page.entries().len(), count, "{text}: {:?}", page.entries());
        }
        manager.page().assert_shows(&["Rien ne correspond"]);
        assert_eq!(manager.click("Tout afficher").await.entries().len(), all);
        // The invitation and the link were made on the 24th, in Paris.
        for (from, to, count) in [
            ("2026-11-24", "", 2),
            ("24/11/2026", "2026-11-24", 2),
            ("", "2026-11-23", all - 2),
            ("2026-11-23", "2026-11-24", all),
            ("2026-11-25", "", 0),
        ] {
            let page = filtered(&mut manager, &[("Du", from), ("Au", to)]).await;
            assert_eq!(page.entries().len(), count, "{from} to {to}");
        }
        let page = filtered(&mut manager, &[("Du", "hier")]).await;
        page.assert_shows(&["Une date n’a pas été comprise"]);
        assert_eq!(page.entries().len(), all);
        let page = filtered(&mut manager, &[("Du", "2026-11-24"), ("Au", "2026-11-23")]).await;
        page.assert_shows(&["La date de fin est avant la date de début", "Rien ne correspond"]);
        for nonsense in [
            "what=nonsense&who=me",
            "what=%00&who=%ff&text=%00",
            "from=99999-12-31&to=-1-1-1",
            "before=nonsense&after=1",
            "text=a&text=b",
            "what",
            "before=00000000-0000-0000-0000-000000000000&after=ffffffff-ffff-ffff-ffff-ffffffffffff",
        ] {
            manager.open(&format!("/history?{nonsense}")).await.assert_status(200);
            manager.open(&format!("/history.csv?{nonsense}")).await.assert_status(200);
        }
    })
    .await;
}

#[tokio::test]
async fn pages_turn_both_ways_and_keep_the_filter() {
    journey(async |app| {
        write_many(app, 120).await;
        let mut manager = app.signed_in(MANAGER).await;
        let page = manager.open("/history").await;
        assert_eq!(numbers(page), (71..=120).rev().collect::<Vec<_>>());
        assert!(page.find_link("Plus récents").is_none());
        // What happens meanwhile moves nothing.
        write_many(app, 1).await;
        assert_eq!(numbers(manager.click("Plus anciens").await), (21..=70).rev().collect::<Vec<_>>());
        let page = manager.click("Plus anciens").await;
        assert_eq!(numbers(page), (1..=20).rev().collect::<Vec<_>>());
        assert!(page.entries().len() > 20, "what the operator did comes last");
        assert!(page.find_link("Plus anciens").is_none());
        assert_eq!(numbers(manager.click("Plus récents").await), (21..=70).rev().collect::<Vec<_>>());
        let page = manager.click("Plus récents").await;
        assert_eq!(numbers(page), (71..=120).rev().collect::<Vec<_>>());
        // The newest page is full, however few are newer.
        let page = manager.click("Plus récents").await;
        assert_eq!(numbers(page)[..3], [1, 120, 119]);
        assert_eq!(page.entries().len(), 50);
        assert!(page.find_link("Plus récents").is_none());

        let page =
            filtered(&mut manager, &[("Qui", "hubrise"), ("Quoi", "connections"), ("Nom ou e-mail", "n°")]).await;
        assert_eq!(page.entries().len(), 50);
        manager.click("Plus anciens").await;
        let page = manager.click("Plus anciens").await;
        assert_eq!(numbers(page), (1..=21).rev().collect::<Vec<_>>());
        assert_eq!(page.entries().len(), 21);
        assert_eq!(page.link("Télécharger pour un tableur").query(), Some("what=connections&who=hubrise&text=n%C2%B0"));
    })
    .await;
}

#[tokio::test]
async fn exactly_a_page_of_entries_has_no_second_page() {
    journey(async |app| {
        write_many(app, 50).await;
        let mut manager = app.signed_in(MANAGER).await;
        let page = filtered(&mut manager, &[("Quoi", "Nom changé")]).await;
        assert_eq!(page.entries().len(), 50);
        assert!(page.find_link("Plus anciens").is_none() && page.find_link("Plus récents").is_none());
    })
    .await;
}

#[tokio::test]
async fn the_database_refuses_to_change_or_forget_an_entry() {
    journey(async |app| {
        let before = app.count("select count(*) from history_entry").await;
        for sql in [
            "update history_entry set actor_name = 'somebody else' where actor = 'person'",
            "update history_entry set at = at",
            "delete from history_entry",
            "delete from history_entry where id = (select max(id::text)::uuid from history_entry)",
            "truncate history_entry",
            "truncate organisation cascade",
        ] {
            app.signed_in(MANAGER).await.invite("Léa", AS_STAFF).await;
            let error = sqlx::query(sql).execute(app.db()).await.unwrap_err().to_string();
            assert!(error.contains("the history is append-only"), "{sql}: {error}");
        }
        assert_eq!(app.count("select count(*) from history_entry").await, before + 6);
    })
    .await;
}

#[tokio::test]
async fn an_organisation_takes_its_history_along_and_a_person_does_not() {
    journey(async |app| {
        let mut manager = app.signed_in(MANAGER).await;
        manager.invite("Léa", AS_STAFF).await;
        sqlx::query("delete from app_user where email = $1").bind(MANAGER).execute(app.db()).await.unwrap();
        let mut staff = app.signed_in(STAFF).await;
        let entry = staff.open("/history").await.entry_of("Invitation créée Léa");
        assert!(entry.contains(MANAGER), "{entry}");
        sqlx::query("delete from organisation where name = 'Bella Pizza'").execute(app.db()).await.unwrap();
        let of_nestor = "select count(*) from history_entry join organisation o on o.id = organisation_id
            where o.name = 'Chez Nestor'";
        assert!(app.count(of_nestor).await > 0);
        assert_eq!(app.count(of_nestor).await, app.count("select count(*) from history_entry").await);
    })
    .await;
}

#[tokio::test]
async fn an_old_organisation_s_history_begins_empty() {
    journey(async |app| {
        sqlx::query("insert into organisation (id, name, created_at) values (gen_random_uuid(), 'Ancienne', now())")
            .execute(app.db())
            .await
            .unwrap();
        let joins = "insert into membership (organisation_id, user_id, role, created_at)
            select o.id, u.id, 'staff', now() from organisation o, app_user u where o.name = 'Ancienne' and u.email = $1";
        sqlx::query("delete from membership where user_id = $1::uuid").bind(app.user(STAFF).await).execute(app.db()).await.unwrap();
        sqlx::query(joins).bind(STAFF).execute(app.db()).await.unwrap();
        let mut staff = app.signed_in(STAFF).await;
        let page = staff.open("/history").await;
        page.assert_shows(&["Rien n’a encore été noté"]);
        assert!(page.find_link("Télécharger pour un tableur").is_none());
    })
    .await;
}

async fn look(device: Device, english: bool) {
    journey(async |app| {
        write_many(app, 60).await;
        let bella = app.organisation("Bella Pizza").await;
        let user = app.user(MANAGER).await.parse().unwrap();
        let receipt = DisconnectionId::new().to_string();
        let name = "Unaussprechlichlangernamenszusammensetzungsbetrieb am Ende der Straße";
        let cut = Entry::new(bella, Actor::Support(user), Action::Disconnected).on(new_id(), name).changed(
            Change::of([("location", Some(name)), ("account", Some("Bella Pizza - 3r4s3"))]),
            Change::of([("location", Some("Paris - 3r4s3-0")), ("receipt", Some(&*receipt))]),
        );
        app.write_down(cut.because(Some("Le restaurant a changé de propriétaire."))).await;
        let person = Person::sit_down(app, device).await;
        person.open("/login").await;
        if english {
            person.click(FRENCH.other_language).await;
        }
        person.take_over(&app.signed_in(MANAGER).await).await;
        person.open("/history").await;
        let words = if english {
            ["Show", "Older", "Nothing matches"]
        } else {
            ["Afficher", "Plus anciens", "Rien ne correspond"]
        };
        person.click(words[1]).await;
        person.click(if english { "Filter" } else { "Filtrer" }).await;
        person.fill(if english { "Name or email" } else { "Nom ou e-mail" }, "personne").await;
        person.click(words[0]).await;
        person.sees(words[2]).await;
        person.open("/history?from=nonsense").await;
        let menu = if english { ENGLISH.points_of_sale } else { FRENCH.points_of_sale };
        person.click("Menu").await;
        person.sees(menu).await;
        person.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_keeps_nobody_out_on_a_tablet() {
    look(TABLET, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_keeps_nobody_out_on_a_phone_in_english() {
    look(PHONE, true).await;
}
