//! What the generated attacks are made on: a restaurant with something of every kind, and those who come for it.

use chrono::TimeDelta;
use secrecy::ExposeSecret as _;
use sqlx::AssertSqlSafe;
use tickncook_hubrise::{
    api::keys::add_key,
    organisations::service::add_organisation,
    personal_data::deletion::{self, Deletion, Way},
    web::assets,
};

use crate::{
    api::key_of_bella,
    harness::{
        AS_STAFF, Browser, LYON, LYON_AT_HUBRISE, MANAGER, NESTOR, NICE_AT_HUBRISE, PARIS, PARIS_AT_HUBRISE, Page,
        STAFF, TestApp, expire_grants, secret_of,
        support::{Device, SUPPORT},
    },
};

/// An id that nothing has.
const UNKNOWN: &str = "018f0000-0000-7000-8000-000000000000";

/// Every field of every form, so that none is refused for what it lacks.
pub(crate) const FIELDS: [(&str, &str); 18] = [
    ("account_name", "Bella Pizza"),
    ("code", "000000"),
    ("email", "intrus@evil.example"),
    ("language", "fr"),
    ("location_name", "Paris"),
    ("new_name", "Chez l’intrus"),
    ("note", "Intrus"),
    ("organisation", UNKNOWN),
    ("organisation_id", UNKNOWN),
    ("organisation_name", "Chez l’intrus"),
    ("password", "not-the-password"),
    ("point_of_sale", "new"),
    ("query", "paris"),
    ("reason", "Intrus"),
    ("name", "Intrus"),
    ("return_to", "/services"),
    ("role", "manager"),
    ("session", UNKNOWN),
];

/// Which id a path is filled in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Id {
    Real,
    Unknown,
}

/// Something of Bella Pizza's of every kind.
pub(crate) struct Ground {
    /// The beginnings of paths that take an id, and Bella Pizza's.
    things: Vec<(&'static str, String)>,
    /// Words and secrets that stand in paths, which are no ids.
    words: Vec<(&'static str, String)>,
    pub(crate) organisation: String,
    /// Its invitation, as the guest's form names it.
    pub(crate) invitation: String,
}

/// Somebody, and how they are called in a table.
pub(crate) struct Visitor {
    pub(crate) name: &'static str,
    pub(crate) browser: Browser,
}

fn last_of(page: &Page) -> String {
    page.url.path_segments().unwrap().next_back().unwrap().to_owned()
}

/// An alarm that support may dismiss.
async fn unaccounted_grant(app: &TestApp, organisation: &str) -> String {
    let raised = sqlx::query_scalar::<_, uuid::Uuid>(
        "insert into alarm (id, kind, subject, organisation_id, first_at, last_at)
         values (gen_random_uuid(), 'grant_unaccounted', 'a trip', $1::uuid, now(), now()) returning id",
    );
    raised.bind(organisation).fetch_one(app.db()).await.unwrap().to_string()
}

/// The secret of the page about a restaurant that is no more.
async fn deleted_restaurant(app: &TestApp) -> String {
    let gone = add_organisation(&app.app, "Chez Disparu").await.unwrap();
    match deletion::delete(&app.app, gone, "Chez Disparu", Way::Operator).await.unwrap() {
        Deletion::Done(deleted) => deleted.secret.expose_secret().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// The secret of a link by which somebody may choose a password.
pub(crate) async fn password_link(app: &TestApp, email: &str) -> String {
    let expires_at = app.app.clock.now() + TimeDelta::hours(1);
    let secret = format!("password-link-of-{}", email.split('@').next().unwrap());
    let added = sqlx::query(
        "insert into password_link (id, email, language, expires_at, user_id, secret_digest)
         select gen_random_uuid(), email, 'fr', $2, id, sha256($3::bytea) from app_user where email = $1",
    );
    let added = added.bind(email).bind(expires_at).bind(secret.as_bytes()).execute(app.db()).await.unwrap();
    assert_eq!(added.rows_affected(), 1);
    secret
}

impl Ground {
    /// Bella Pizza with Paris connected, Lyon connected and disconnected again, an invitation, a link for the owner,
    /// and Nice brought by the manager's browser and waiting for a word; and that browser.
    pub(crate) async fn prepare(app: &TestApp) -> (Self, Browser) {
        let mut bella = app.signed_in(MANAGER).await;
        bella.connect(LYON, LYON_AT_HUBRISE).await;
        let receipt = last_of(bella.disconnect(LYON).await);
        let attempt = last_of(bella.connect(PARIS, PARIS_AT_HUBRISE).await);
        let secret = secret_of(&bella.invite("Samira", AS_STAFF).await);
        let invitation = last_of(bella.page());
        let link_secret = secret_of(&bella.make_link(LYON, "Bella Pizza", "Lyon").await);
        let link = last_of(bella.page());
        let pending = last_of(bella.install(app.hubrise.url(), NICE_AT_HUBRISE).await);
        app.run_jobs().await;
        let (connection, point_of_sale) = (app.connection("3r4s3-0").await, app.point_of_sale(PARIS).await);
        let organisation = app.organisation("Bella Pizza").await.to_string();
        key_of_bella(app).await;
        let key = sqlx::query_scalar::<_, uuid::Uuid>("select id from api_key").fetch_one(app.db()).await.unwrap();
        let things = vec![
            ("/services/hubrise/attempts/{id}", attempt),
            ("/services/hubrise/pending/{id}", pending),
            ("/services/hubrise/connections/{id}", connection.clone()),
            ("/services/hubrise/links/{id}", link.clone()),
            ("/settings/keys/{id}", key.to_string()),
            ("/settings/team/invitations/{id}", invitation.clone()),
            ("/settings/team/{id}", app.user(STAFF).await),
            ("/points-of-sale/{id}", point_of_sale.clone()),
            ("/receipts/{id}", receipt.clone()),
            ("/api/v1/points-of-sale/{id}", point_of_sale),
            ("/api/v1/connections/{id}", connection.clone()),
            ("/api/v1/receipts/{id}", receipt.clone()),
            ("/support/organisations/{organisation}/links/{id}", link),
            ("/organisations/{id}", organisation.clone()),
            ("/support/organisations/{organisation}", organisation.clone()),
            ("/support/alarms/{id}", unaccounted_grant(app, &organisation).await),
            ("/support/connections/{id}", connection),
            ("/support/receipts/{id}", receipt),
        ];
        let words = vec![
            ("/services/hubrise/refused/{reason}", "state-unknown".to_owned()),
            ("/assets/{version}/{name}", "nothing".to_owned()),
            ("/deletions/{secret}", deleted_restaurant(app).await),
            ("/invitations/{secret}", secret),
            ("/links/{secret}", link_secret),
            ("/password-links/{secret}", password_link(app, MANAGER).await),
        ];
        (Self { things, words, organisation, invitation }, bella)
    }

    /// Whether what a path takes is a word or a secret: whoever knows it may use it.
    pub(crate) fn takes_word(&self, path: &str) -> bool {
        self.words.iter().any(|(beginning, _)| path.starts_with(beginning))
    }

    /// A path with an id in it.
    pub(crate) fn fill(&self, path: &str, id: Id) -> String {
        if !path.contains('{') {
            return path.to_owned();
        }
        if path.starts_with("/assets/") && id == Id::Real {
            return assets::address("app.css");
        }
        let all = self.things.iter().chain(&self.words);
        let found = all.clone().find(|(beginning, _)| path.starts_with(beginning)).map(|(_, value)| value.as_str());
        let found = found.unwrap_or_else(|| {
            panic!(
                "{path} takes an id, and the attacks have none for it: in tests/attacks/ground.rs, make Bella Pizza one \
                 of these and add it to `things`; or to `words`, where it is a word or a secret"
            )
        });
        let value = if id == Id::Real { found } else { UNKNOWN };
        let path =
            if path.contains("{id}") { path.replace("{organisation}", &self.organisation) } else { path.to_owned() };
        let mut filled = String::new();
        for part in path.split('/').skip(1) {
            filled.push('/');
            filled.push_str(if part.starts_with('{') { value } else { part });
        }
        filled
    }

    /// Those who come: each with a session or a key of their own, and none of them of Bella Pizza's managers.
    pub(crate) async fn intruders(&self, app: &TestApp) -> Vec<Visitor> {
        let mut key = app.browser();
        let nestor = add_key(&app.app, app.organisation("Chez Nestor").await, "intruder", None).await.unwrap();
        key.headers.push(("authorization".to_owned(), format!("Bearer {}", nestor.expose_secret())));
        let mut visitors = vec![
            Visitor { name: "nobody", browser: app.browser() },
            Visitor { name: "another key", browser: key },
            Visitor { name: "another manager", browser: app.signed_in(NESTOR).await },
            Visitor { name: "staff", browser: app.signed_in(STAFF).await },
        ];
        visitors.extend(self.support(app).await);
        visitors
    }

    /// TicknCook's support, before and after the second factor.
    async fn support(&self, app: &TestApp) -> [Visitor; 2] {
        app.add_support("nouvelle@tickncook.example").await;
        let unproved = app.signed_in("nouvelle@tickncook.example").await;
        let device: Device = app.add_support(SUPPORT).await;
        let mut proved = app.signed_in(SUPPORT).await;
        proved.prove(&device.code(app)).await.assert_status(200);
        [Visitor { name: "unproved support", browser: unproved }, Visitor { name: "support", browser: proved }]
    }

    /// Bella Pizza's own back office.
    pub(crate) async fn own_key(&self, app: &TestApp) -> Visitor {
        let mut browser = app.browser();
        browser.headers.push(("authorization".to_owned(), format!("Bearer {}", key_of_bella(app).await)));
        Visitor { name: "own key", browser }
    }
}

/// Everything that the database holds, but for who is signed in, how often somebody failed to, and when a key was used.
pub(crate) async fn holdings(app: &TestApp) -> String {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema = 'public'
         and table_name not in ('browser_session', 'sign_in_throttle') order by 1",
    )
    .fetch_all(app.db())
    .await
    .unwrap();
    let rows = tables.iter().map(|table| {
        format!("select '{table}: ' || (to_jsonb(found) - 'last_used_at')::text from public.{table} as found")
    });
    let sql = format!(
        "select string_agg(line, E'\\n' order by line) from ({}) as all_lines (line)",
        rows.collect::<Vec<_>>().join(" union all ")
    );
    let mut all: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(app.db()).await.unwrap();
    let jobs: Vec<String> = sqlx::query_scalar(
        "select task.identifier || coalesce(job.payload::text, '') from graphile_worker._private_jobs job
         join graphile_worker._private_tasks task on task.id = job.task_id order by 1",
    )
    .fetch_all(app.db())
    .await
    .unwrap();
    all.push_str(&jobs.join("\n"));
    all
}

/// Lets go of what still waits for a word, and with it of the jobs that wait for that.
pub(crate) async fn tidy(app: &TestApp) {
    app.advance(TimeDelta::hours(2));
    expire_grants(app).await;
    assert_eq!(app.count("select count(*) from pending_connection where status = 'held'").await, 0);
}
