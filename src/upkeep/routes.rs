//! Where HubRise announces that TicknCook was disconnected in its back office (seen in HubRise's own app engine). The
//! announcement is unsigned, so the answer is the same to everybody, and only a check follows.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::StatusCode,
    routing::get,
};

use super::service;
use crate::{app::App, hubrise::AppInstanceId, web::Routes};

/// `/hubrise_callback/disconnect`
pub fn router() -> Routes {
    Routes::new().route("/hubrise_callback/disconnect", get(announced).post(announced))
}

async fn announced(State(app): State<App>, RawQuery(query): RawQuery, body: Bytes) -> (StatusCode, &'static str) {
    if let Some(app_instance) = app_instance(query.as_deref().unwrap_or_default(), &body)
        && let Err(error) = service::disconnection_announced(&app, &app_instance).await
    {
        tracing::error!(%app_instance, error = format!("{error:#}"), "the announcement of a disconnection is not taken");
        return (StatusCode::SERVICE_UNAVAILABLE, "try again\n");
    }
    (StatusCode::OK, "ok\n")
}

/// In the query, or in a form or JSON that was posted.
fn app_instance(query: &str, body: &[u8]) -> Option<AppInstanceId> {
    let in_form = |form: &[u8]| {
        let mut pairs = url::form_urlencoded::parse(form);
        pairs.find(|(name, _)| name == "app_instance_id").and_then(|(_, id)| AppInstanceId::parse(&id))
    };
    let in_json = || {
        let json: serde_json::Value = serde_json::from_slice(body).ok()?;
        AppInstanceId::parse(json.get("app_instance_id")?.as_str()?)
    };
    in_form(query.as_bytes()).or_else(|| in_form(body)).or_else(in_json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_install_is_found_in_the_query_a_form_or_json() {
        let found = |query: &str, body: &str| app_instance(query, body.as_bytes()).map(|id| id.to_string());
        assert_eq!(found("app_instance_id=x7", ""), Some("x7".to_owned()));
        assert_eq!(found("", "a=b&app_instance_id=x7"), Some("x7".to_owned()));
        assert_eq!(found("", r#"{"app_instance_id": "x7"}"#), Some("x7".to_owned()));
        for (query, body) in [("", ""), ("app_instance_id=", ""), ("app_instance_id=../x", ""), ("", "{"), ("", "[7]")]
        {
            assert_eq!(found(query, body), None, "{query} {body}");
        }
    }

    #[test]
    fn fuzz_announcements() {
        crate::fuzz::bytes("announcements", |body| {
            let query = String::from_utf8_lossy(body);
            for found in [app_instance(&query, b""), app_instance("", body)].into_iter().flatten() {
                assert_eq!(AppInstanceId::parse(found.as_str()), Some(found), "it can stand in a path");
            }
        });
    }
}
