//! `X-Http-Method-Override`, for clients that can only send GET and POST.

use axum::extract::Request;
use axum::http::Method;

/// A POST becomes what its header says; any other request stays what it is.
pub(super) async fn apply(mut request: Request) -> Request {
    let wanted = request.headers().get("x-http-method-override").and_then(|value| value.to_str().ok());
    let wanted = wanted.and_then(|value| value.trim().to_ascii_uppercase().parse::<Method>().ok());
    if let Some(method) = wanted.filter(|_| request.method() == Method::POST) {
        *request.method_mut() = method;
    }
    request
}
