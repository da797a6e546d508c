//! Styles, scripts and pictures, built into the binary. Their addresses carry a digest of their content, so that
//! browsers may keep them for ever and never show an old one.

use std::{io::Write as _, sync::LazyLock};

use axum::{
    body::Bytes,
    extract::Path,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};
use flate2::{Compression, write::GzEncoder};

use super::{AppError, Routes};
use crate::secrets::Digest;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static [u8],
    /// The same, compressed once and therefore as well as it can be.
    gzip: Bytes,
}

impl Asset {
    fn new(name: &'static str, content_type: &'static str, content: &'static [u8]) -> Self {
        // Writing to memory does not fail; if it did, the asset would be sent as it is.
        let gzip = compressed(content).map(Bytes::from).unwrap_or_default();
        Self { name, content_type, content, gzip }
    }
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        Asset::new("app.css", "text/css; charset=utf-8", include_bytes!("../../templates/assets/app.css")),
        Asset::new("app.js", "text/javascript; charset=utf-8", include_bytes!("../../templates/assets/app.js")),
        Asset::new("icon.svg", "image/svg+xml", include_bytes!("../../templates/assets/icon.svg")),
    ]
});

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all: Vec<u8> = ASSETS.iter().flat_map(|asset| asset.content).copied().collect();
    format!("{:016x}", Digest::of(all).lock_key())
});

fn compressed(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}

/// The address of an asset.
#[must_use]
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// `GET /assets/{version}/{name}`
pub fn router() -> Routes {
    Routes::new().route("/assets/{version}/{name}", get(show_asset)).route("/favicon.ico", get(show_icon))
}

async fn show_asset(Path((version, name)): Path<(String, String)>, asked: HeaderMap) -> Result<Response, AppError> {
    let asset = ASSETS.iter().find(|asset| asset.name == name && version == *VERSION).ok_or(AppError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    if !asset.gzip.is_empty() && takes_gzip(&asked) {
        return Ok((headers, [(header::CONTENT_ENCODING, "gzip")], asset.gzip.clone()).into_response());
    }
    Ok((headers, asset.content).into_response())
}

/// Whether the browser names gzip among what it takes. Whoever does not name it gets what everybody can read.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(";q=").unwrap_or((coding, "1"));
        name.trim().eq_ignore_ascii_case("gzip") && weight.trim().parse().is_ok_and(|weight: f32| weight > 0.0)
    })
}

async fn show_icon() -> Response {
    super::see(&address("icon.svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_names_gzip_gets_gzip() {
        let takes =
            |accepted: &str| takes_gzip(&[(header::ACCEPT_ENCODING, accepted.parse().unwrap())].into_iter().collect());
        for accepted in ["gzip", "gzip, deflate, br, zstd", "br;q=1.0, GZIP;q=0.5"] {
            assert!(takes(accepted), "{accepted}");
        }
        for accepted in ["", "identity", "br", "gzip;q=0", "gzip;q=0.0, br", "*", "gzip;q=many"] {
            assert!(!takes(accepted), "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn every_asset_is_compressed() {
        assert!(ASSETS.iter().all(|asset| !asset.gzip.is_empty() && asset.gzip.len() < asset.content.len()));
    }
}
