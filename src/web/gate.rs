//! What a request passes before anything is done for it: the one address, the rule for what changes something, its
//! body, and a place among the others. One layer: each that is around a request costs as much as a rule or two.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{AppError, admission, host, intake, same_origin};
use crate::app::App;

/// Lets a request in that keeps the rules, while there is place for its kind.
pub async fn pass(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Some(answer) = host::answer_elsewhere(&app, &request) {
        return answer;
    }
    if !same_origin::is_allowed(&app, &request) {
        return AppError::CrossSite.into_response();
    }
    match intake::take_in(request).await {
        Ok(request) => admission::admit(&app, request, next).await,
        Err(error) => error.into_response(),
    }
}
