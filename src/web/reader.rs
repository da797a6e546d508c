//! Who reads an error page. The page is made outside the sessions, for whatever went wrong; here, inside them, it is
//! told who is signed in, so that it speaks their language and shows their menu.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use tower_sessions::Session;

use super::error::Shown;
use crate::{app::App, organisations::Acting};

/// Somebody who is signed in, for the page of an error.
#[derive(Clone, Debug)]
pub(super) struct Reader(pub(super) Acting);

/// Says of an error's answer who reads it.
pub async fn name(State(app): State<App>, session: Session, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if Shown::of(&response).is_some() {
        // Where this cannot be told either, the page does without.
        if let Ok(Some(acting)) = Acting::of(&app, &session).await {
            response.extensions_mut().insert(Reader(acting));
        }
    }
    response
}
