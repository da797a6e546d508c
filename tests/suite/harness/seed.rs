//! Who is there when a test begins: two restaurants that know nothing of each other. Their history begins with what the
//! operator did for them.

use sqlx::PgPool;
use tickncook_hubrise::{
    app::App,
    config::Config,
    ids::OrganisationId,
    organisations::{self, Role},
    points_of_sale,
    users::service::{NewUser, add_user},
};

use super::clock_at_start;

/// Manager of Bella Pizza.
pub(crate) const MANAGER: &str = "gerant@bellapizza.example";
/// Works at Bella Pizza.
pub(crate) const STAFF: &str = "equipe@bellapizza.example";
/// Manager of Chez Nestor.
pub(crate) const NESTOR: &str = "nestor@cheznestor.example";
/// Manager of both.
pub(crate) const OWNER_OF_BOTH: &str = "deux@restaurants.example";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "bella-pizza-demo";

pub(crate) const PARIS: &str = "Paris République";
pub(crate) const LYON: &str = "Lyon Part-Dieu";
/// Chez Nestor's.
pub(crate) const BAKER_STREET: &str = "Baker Street 221";

pub(super) async fn sow(pool: &PgPool) {
    let app = App::new(seeding_config(), pool.clone(), clock_at_start()).unwrap();
    let bella = organisations::service::add_organisation(&app, "Bella Pizza").await.unwrap();
    let nestor = organisations::service::add_organisation(&app, "Chez Nestor").await.unwrap();
    for (organisation, name) in [(bella, PARIS), (bella, LYON), (nestor, BAKER_STREET)] {
        points_of_sale::service::add_point_of_sale(&app, organisation, name).await.unwrap();
    }
    add(&app, MANAGER, Some((bella, Role::Manager))).await;
    add(&app, STAFF, Some((bella, Role::Staff))).await;
    add(&app, NESTOR, Some((nestor, Role::Manager))).await;
    add(&app, OWNER_OF_BOTH, Some((bella, Role::Manager))).await;
    sqlx::query(
        "insert into membership (organisation_id, user_id, role, created_at)
         select $1, id, 'manager', created_at from app_user where email = $2",
    )
    .bind(nestor)
    .bind(OWNER_OF_BOTH)
    .execute(pool)
    .await
    .unwrap();
}

async fn add(app: &App, email: &str, membership: Option<(OrganisationId, Role)>) {
    let new = NewUser { email, password: PASSWORD.into(), is_support: false, membership };
    add_user(app, new).await.unwrap();
}

/// The seed is the same for every configuration: it holds no token.
fn seeding_config() -> Config {
    let nowhere = "http://127.0.0.1:9";
    Config::from_layers(super::layers(nowhere, nowhere, "nobody", "nothing")).unwrap()
}
