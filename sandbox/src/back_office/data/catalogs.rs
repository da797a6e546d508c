//! Catalogs: which there are, what is in them, and giving one another name.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::catalog_contents::Contents;
use super::refuse;
use super::words::Words;
use crate::app::Shared;
use crate::state::{Account, Catalog, CatalogForm, CatalogId, Location, Role, User, World};
use crate::web::{Frame, Member, Menu};

struct CatalogRow {
    id: String,
    label: String,
    /// `None` for the whole account.
    location: Option<String>,
    created_at: String,
    products: usize,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/data/catalogs.html")]
pub(super) struct CatalogsPage {
    frame: Frame,
    words: &'static Words,
    catalogs: Vec<CatalogRow>,
}

#[derive(Template, WebTemplate)]
#[template(path = "back_office/data/catalog.html")]
struct CatalogPage {
    frame: Frame,
    words: &'static Words,
    row: CatalogRow,
    name: String,
    contents: Contents,
    may_change: bool,
}

pub(super) async fn list_catalogs(State(app): State<Shared>, member: Member) -> CatalogsPage {
    let catalogs = app.store.read(|world| {
        let account = member.places.account.as_ref().and_then(|id| world.directory.account(id));
        account.map(|account| catalogs_of(world, account, &member)).unwrap_or_default()
    });
    CatalogsPage { words: Words::of(member.visitor.language), catalogs, frame: Frame::within(member, Menu::Catalogs) }
}

fn catalogs_of(world: &World, account: &Account, member: &Member) -> Vec<CatalogRow> {
    let own = account.catalogs.iter().map(|catalog| row(world, account, None, catalog));
    let locations = account.locations.iter().filter(|location| member.places.includes(location));
    let located = locations
        .flat_map(|location| location.catalogs.iter().map(move |catalog| row(world, account, Some(location), catalog)));
    own.chain(located).collect()
}

fn row(world: &World, account: &Account, location: Option<&Location>, catalog: &Catalog) -> CatalogRow {
    let created_at = world.directory.time_at(&account.id, location.map(|location| &location.id), catalog.created_at);
    let products = world.directory.catalog_contents.get(&catalog.id).and_then(|data| data.get("products"));
    CatalogRow {
        id: catalog.id.to_string(),
        label: catalog.label(),
        location: location.map(Location::label),
        created_at: created_at.format("%d/%m/%Y %H:%M").to_string(),
        products: products.and_then(serde_json::Value::as_array).map_or(0, Vec::len),
    }
}

/// A catalog with its account and location, if one of the user's.
fn catalog_of<'a>(
    world: &'a World,
    user: &User,
    id: &CatalogId,
) -> Option<(&'a Account, Option<&'a Location>, &'a Catalog)> {
    world.directory.accounts_of(user).find_map(|account| {
        let (location, catalog) = account.catalog(id)?;
        Some((account, location, catalog))
    })
}

pub(super) async fn show_catalog(State(app): State<Shared>, Path(id): Path<CatalogId>, member: Member) -> Response {
    let found = app.store.read(|world| {
        let (account, location, catalog) = catalog_of(world, &member.user, &id)?;
        let contents = world.directory.catalog_contents.get(&id).map(Contents::of);
        let contents = contents.unwrap_or_else(|| Contents::of(&serde_json::Map::new()));
        let may_change = member.role_at(&account.id).is_some_and(Role::manages_connections);
        Some((row(world, account, location, catalog), catalog.name.clone(), contents, may_change))
    });
    let Some((row, name, contents, may_change)) = found else {
        return member.not_found();
    };
    let words = Words::of(member.visitor.language);
    let frame = Frame::within(member, Menu::Catalogs);
    CatalogPage { frame, words, row, name, contents, may_change }.into_response()
}

#[derive(Debug, Deserialize)]
pub(super) struct NameForm {
    name: String,
}

pub(super) async fn rename_catalog(
    State(app): State<Shared>,
    Path(id): Path<CatalogId>,
    member: Member,
    Form(form): Form<NameForm>,
) -> Response {
    let found = app.store.read(|world| catalog_of(world, &member.user, &id).map(|(account, ..)| account.id.clone()));
    let Some(account) = found else {
        return member.not_found();
    };
    if !member.role_at(&account).is_some_and(Role::manages_connections) {
        return member.forbidden();
    }
    let form = CatalogForm { name: Some(form.name.trim().to_owned()), data: None };
    if app.store.change(|world| world.update_catalog(&account, &id, form, None, app.clock.now())).is_err() {
        return refuse(member);
    }
    Redirect::to(&format!("/data/catalogs/{id}")).into_response()
}
