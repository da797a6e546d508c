//! Registering a client as an app: what it asks for, and the addresses it is reached at.

use axum::extract::{Form, Path, State};
use axum::response::Response;

use super::{address_of, changeable, client};
use crate::app::Shared;
use crate::back_office::refusal::back_to;
use crate::state::{ClientId, Listing, ListingForm, Scope};
use crate::web::Member;

impl From<&Listing> for ListingForm {
    fn from(listing: &Listing) -> Self {
        let scope = |scope: &Option<Scope>| scope.as_ref().map(ToString::to_string).unwrap_or_default();
        let address = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string).unwrap_or_default();
        Self {
            description: listing.description.clone(),
            location_scope: scope(&listing.location_scope),
            account_scope: scope(&listing.account_scope),
            connect_url: address(&listing.connect_url),
            open_url: address(&listing.open_url),
            disconnect_url: address(&listing.disconnect_url),
        }
    }
}

pub(super) async fn list_app(
    State(app): State<Shared>,
    Path(id): Path<ClientId>,
    member: Member,
    Form(form): Form<ListingForm>,
) -> Response {
    let checked = Listing::checked(&form);
    let outcome = app.store.change(|world| {
        let client = changeable(world, &member, &id)?;
        if let Ok(listing) = &checked {
            client.listing = Some(listing.clone());
        }
        Ok(())
    });
    match (outcome, checked) {
        (Ok(()), Err(flaw)) => client::page_with_flaw(&app, &id, member, form, flaw),
        (outcome, _) => back_to(&address_of(&id), outcome, member),
    }
}

/// Back to a plain client. Its connections stay.
pub(super) async fn unlist_app(State(app): State<Shared>, Path(id): Path<ClientId>, member: Member) -> Response {
    let outcome = app.store.change(|world| {
        changeable(world, &member, &id)?.listing = None;
        Ok(())
    });
    back_to(&address_of(&id), outcome, member)
}
