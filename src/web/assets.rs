//! Styles, scripts and pictures, built into the binary. Their addresses carry a digest of their content, so that
//! browsers may keep them for ever and never show an old one.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

use super::{AppError, Routes};
use crate::secrets::Digest;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static [u8],
}

const ASSETS: [Asset; 3] = [
    Asset {
        name: "app.css",
        content_type: "text/css; charset=utf-8",
        content: include_bytes!("../../templates/assets/app.css"),
    },
    Asset {
        name: "app.js",
        content_type: "text/javascript; charset=utf-8",
        content: include_bytes!("../../templates/assets/app.js"),
    },
    Asset {
        name: "icon.svg",
        content_type: "image/svg+xml",
        content: include_bytes!("../../templates/assets/icon.svg"),
    },
];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all: Vec<u8> = ASSETS.iter().flat_map(|asset| asset.content).copied().collect();
    format!("{:016x}", Digest::of(all).lock_key())
});

/// The address of an asset.
#[must_use]
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// `GET /assets/{version}/{name}`
pub fn router() -> Routes {
    Routes::new().route("/assets/{version}/{name}", get(show_asset)).route("/favicon.ico", get(show_icon))
}

async fn show_asset(Path((version, name)): Path<(String, String)>) -> Result<Response, AppError> {
    let asset = ASSETS.iter().find(|asset| asset.name == name && version == *VERSION).ok_or(AppError::NotFound)?;
    let headers =
        [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.content).into_response())
}

async fn show_icon() -> Response {
    super::see(&address("icon.svg"))
}
