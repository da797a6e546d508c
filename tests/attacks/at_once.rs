//! Many readers at the same moment, whose pages are looked up together.

use futures_util::future::join_all;
use tickncook_hubrise::database;

use crate::harness::{
    BAKER_STREET, BAKER_STREET_AT_HUBRISE, Browser, MANAGER, NESTOR, PARIS, PARIS_AT_HUBRISE, TestApp, counted_journey,
    eventually, journey,
};

/// How many readers there are of each restaurant.
const EACH: usize = 6;

/// Readers of two restaurants in turn, each with what only their own pages show.
async fn readers(app: &TestApp) -> Vec<(Browser, &'static str)> {
    let mut readers = Vec::new();
    for _ in 0..EACH {
        readers.push((app.signed_in(MANAGER).await, PARIS));
        readers.push((app.signed_in(NESTOR).await, BAKER_STREET));
    }
    readers[0].0.connect(PARIS, PARIS_AT_HUBRISE).await;
    readers[1].0.connect(BAKER_STREET, BAKER_STREET_AT_HUBRISE).await;
    readers
}

/// What they all see, who ask while the first of them is being looked up.
async fn see_at_once(app: &TestApp, readers: &mut [(Browser, &'static str)], path: &str) -> Vec<(u16, String)> {
    let mut others = database::begin(app.db()).await.unwrap();
    sqlx::query("lock table browser_session").execute(&mut *others).await.unwrap();
    let pages = readers.iter_mut().map(|(browser, _)| browser.peek(path));
    let release = async {
        eventually("somebody is being looked up", async || app.waiting_for_locks().await > 0).await;
        others.commit().await.unwrap();
    };
    let (pages, ()) = tokio::join!(join_all(pages), release);
    pages.into_iter().map(|page| (page.status.as_u16(), page.body)).collect()
}

fn assert_own(path: &str, own: &str, (status, body): &(u16, String)) {
    assert_eq!(*status, 200, "{path} of {own}");
    for name in [PARIS, BAKER_STREET] {
        assert_eq!(body.contains(name), name == own, "{path} of {own} and {name}");
    }
}

#[tokio::test]
async fn readers_who_are_looked_up_together_see_their_own_restaurant_and_no_other() {
    counted_journey(async |app, wire| {
        let app = &*app;
        let mut readers = readers(app).await;
        for (path, list) in
            [("/services", "c.connected_by_link"), ("/points-of-sale", "p.organisation_id as organisation")]
        {
            let (cost, seen) = wire.cost_of(app, see_at_once(app, &mut readers, path)).await;
            for ((_, own), seen) in readers.iter().zip(&seen) {
                assert_own(path, own, seen);
            }
            for what in ["hubrise_identity", list] {
                let asked = wire.statements().iter().filter(|text| text.contains(what)).count();
                assert!((1..EACH).contains(&asked), "{what} is asked {asked} times: {cost:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_that_cannot_be_read_fails_nobody_who_is_looked_up_with_it() {
    journey(async |app| {
        let app = &*app;
        let mut readers = readers(app).await;
        // Another's than the first reader's, who is looked up alone.
        let spoil = r#"update browser_session set data = jsonb_set(data, '{signed_in,renewed_at}', '"never"')
            where id_digest = (select id_digest from browser_session s join app_user u on u.id = s.user_id
                where u.email = 'nestor@cheznestor.example' limit 1)"#;
        assert_eq!(sqlx::query(spoil).execute(app.db()).await.unwrap().rows_affected(), 1);
        let seen = see_at_once(app, &mut readers, "/services").await;
        let whole = readers.iter().zip(&seen).filter(|(_, seen)| seen.0 != 500);
        assert_eq!(whole.clone().count(), readers.len() - 1);
        whole.for_each(|((_, own), seen)| assert_own("/services", own, seen));
    })
    .await;
}

#[tokio::test]
async fn a_lookup_that_hangs_is_503_and_holds_nothing_at_the_database() {
    journey(async |app| {
        let app = &*app;
        let mut reader = app.signed_in(MANAGER).await;
        let mut others = database::begin(app.db()).await.unwrap();
        sqlx::query("lock table browser_session").execute(&mut *others).await.unwrap();
        // As many as there are connections for it, and one more.
        for _ in 0..3 {
            reader.peek("/services").await.assert_status(503);
            assert_eq!(app.waiting_for_locks().await, 0);
        }
        others.commit().await.unwrap();
        reader.peek("/services").await.assert_status(200);
    })
    .await;
}
