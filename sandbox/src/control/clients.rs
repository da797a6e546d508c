//! A client's secret is changed, also that of a client which the sandbox was started with: the back office lets nobody
//! do that, and a client must survive it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::app::{App, Shared};
use crate::state::{Client, ClientId};

/// In the clear: whoever changes them has to use them.
#[derive(Serialize)]
pub(super) struct Secrets {
    secret: String,
    previous_secret: Option<String>,
}

type Change = Result<Json<Secrets>, (StatusCode, &'static str)>;

/// Both are good, until the former one is retired.
pub(super) async fn renew_secret(State(app): State<Shared>, Path(id): Path<ClientId>) -> Change {
    change(&app, &id, |client| {
        if client.previous_secret.is_some() {
            return Err((StatusCode::CONFLICT, "it has two secrets: retire the former one first\n"));
        }
        client.renew_secret();
        Ok(())
    })
}

pub(super) async fn retire_secret(State(app): State<Shared>, Path(id): Path<ClientId>) -> Change {
    change(&app, &id, |client| {
        client.retire_previous_secret();
        Ok(())
    })
}

fn change(app: &App, id: &ClientId, alter: fn(&mut Client) -> Result<(), (StatusCode, &'static str)>) -> Change {
    app.store.change(|world| {
        let client = world.directory.client_mut(id).ok_or((StatusCode::NOT_FOUND, "no such client\n"))?;
        alter(client)?;
        let previous_secret = client.previous_secret.as_ref().map(|secret| secret.expose().to_owned());
        Ok(Json(Secrets { secret: client.secret().to_owned(), previous_secret }))
    })
}
