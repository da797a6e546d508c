//! A link's address as a picture, for a phone to read.

use anyhow::{Context, Result};
use qrcode::{Color, EcLevel, QrCode};

/// A QR code: the width of its square in modules, its quiet zone included, and the outline of its dark modules as the
/// path of an SVG.
pub(super) struct Picture {
    pub(super) size: usize,
    pub(super) path: String,
}

/// What the standard asks for around the code.
const QUIET: usize = 4;

pub(super) fn picture(address: &str) -> Result<Picture> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).context("the address fits no QR code")?;
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let squares = dark.map(|(index, _)| format!("M{} {}h1v1h-1z", index % width + QUIET, index / width + QUIET));
    Ok(Picture { size: width + 2 * QUIET, path: squares.collect() })
}
