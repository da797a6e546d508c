//! Mails that the mail server does not take: they go out once it does, and support is told meanwhile.

use chrono::TimeDelta;

use crate::{
    harness::{MANAGER, OWNER_OF_BOTH},
    upkeep_mails::{at_hubrise, pass, with_mails},
};

#[tokio::test]
async fn support_is_told_of_mails_that_nobody_takes_until_somebody_does() {
    with_mails(async |app, mailbox, _| {
        let alarms = async || {
            app.run_regular("watch_mails").await;
            app.count("select count(*) from alarm where kind = 'mails_refused' and ended_at is null").await
        };
        mailbox.be_full(true);
        at_hubrise(app, "block").await;
        for _ in 0..30 {
            app.advance(TimeDelta::minutes(3));
            app.run_upkeep().await;
            if app.count("select count(*) from mail where sent_at is null").await == 2 {
                break;
            }
        }
        assert_eq!(alarms().await, 0, "it may pass");
        app.advance(TimeDelta::minutes(16));
        assert_eq!(alarms().await, 1);
        let mut support = app.support().await;
        let alarm = "Le serveur de courrier ne prend pas nos messages";
        support.open("/support?show=alarms").await.assert_shows(&[alarm]);
        mailbox.be_full(false);
        app.run_jobs().await;
        assert_eq!(alarms().await, 0);
        // One that nobody takes holds up no others, and says nothing of the mail server.
        let another = "update mail set sent_at = case when recipient <> $1 then created_at + interval '2 seconds' end";
        sqlx::query(another).bind(MANAGER).execute(app.db()).await.unwrap();
        app.advance(TimeDelta::minutes(16));
        assert_eq!(alarms().await, 0);
        mailbox.collect();
    })
    .await;
}

/// The queue waits ever longer for its next try: for hours where a mail server was away for hours.
#[tokio::test]
async fn mails_go_out_once_the_mail_server_takes_them_however_long_it_did_not() {
    with_mails(async |app, mailbox, mut manager| {
        mailbox.be_full(true);
        at_hubrise(app, "block").await;
        pass(app, 75).await;
        manager.post("/login/password", &[("email", MANAGER)]).await.assert_status(303);
        for _ in 0..9 {
            app.run_jobs().await;
        }
        let attempts = "select sum(attempts)::bigint from graphile_worker._private_jobs";
        let late = "select count(*) from graphile_worker._private_jobs where run_at > now() + interval '2 hours'";
        assert_eq!(app.count(late).await, 3);
        app.advance(TimeDelta::minutes(16));
        // While it takes none, each is tried once by each look, and waits again.
        let tried = app.count(attempts).await;
        app.run_regular_in_time("watch_mails").await;
        assert_eq!((app.count(attempts).await, app.count(late).await), (tried + 3, 3));
        mailbox.be_full(false);
        app.run_regular_in_time("watch_mails").await;
        let told: Vec<_> = mailbox.collect().into_iter().map(|mail| mail.to).collect();
        assert_eq!(told, [OWNER_OF_BOTH, MANAGER, MANAGER]);
    })
    .await;
}

#[tokio::test]
async fn the_alarm_lasts_until_the_mails_that_waited_are_out() {
    with_mails(async |app, mailbox, _| {
        let alarms = "select count(*) from alarm where kind = 'mails_refused' and ended_at is null";
        mailbox.be_full(true);
        at_hubrise(app, "block").await;
        pass(app, 75).await;
        app.advance(TimeDelta::minutes(16));
        app.run_regular("watch_mails").await;
        assert_eq!(app.count(alarms).await, 1);
        // Another is taken first.
        let taken = "update mail set sent_at = $2 where recipient <> $1";
        sqlx::query(taken).bind(MANAGER).bind(app.now()).execute(app.db()).await.unwrap();
        app.run_regular("watch_mails").await;
        assert_eq!(app.count(alarms).await, 1);
        mailbox.be_full(false);
        app.run_jobs().await;
        app.run_regular("watch_mails").await;
        assert_eq!((app.count(alarms).await, mailbox.collect().len()), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn support_is_told_of_links_to_choose_a_password_by_that_nobody_takes() {
    with_mails(async |app, mailbox, mut manager| {
        let alarms = "select count(*) from alarm where kind = 'mails_refused' and ended_at is null";
        mailbox.be_full(true);
        manager.post("/login/password", &[("email", MANAGER)]).await.assert_status(303);
        app.run_jobs().await;
        app.run_regular("watch_mails").await;
        assert_eq!(app.count(alarms).await, 0, "it may pass");
        let later = "update graphile_worker._private_jobs set created_at = created_at - interval '16 minutes'";
        sqlx::query(later).execute(app.db()).await.unwrap();
        app.run_regular("watch_mails").await;
        assert_eq!(app.count(alarms).await, 1);
        mailbox.be_full(false);
        app.run_jobs().await;
        app.run_regular("watch_mails").await;
        assert_eq!((app.count(alarms).await, mailbox.collect().len()), (0, 1));
    })
    .await;
}
