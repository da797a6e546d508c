//! Images of catalogs, byte for byte. One that no product, deal or the like shows is removed after thirty days.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::state::identifiers::{CatalogId, ImageId};
use crate::state::{FieldError, World, hex};

const LARGEST: usize = 1 << 20;
const UNATTACHED: TimeDelta = TimeDelta::days(30);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Image {
    pub(crate) id: ImageId,
    pub(crate) catalog_id: CatalogId,
    pub(crate) kind: ImageType,
    created_at: DateTime<Utc>,
    md5: String,
    size: usize,
    /// In Base64.
    data: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ImageType {
    Jpeg,
    Png,
    Webp,
    Gif,
    Bmp,
}

impl ImageType {
    /// Of a `Content-Type`, if HubRise takes it.
    pub(crate) fn of(media_type: &str) -> Option<Self> {
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "image/jpeg" | "image/jpg" => Some(Self::Jpeg),
            "image/png" => Some(Self::Png),
            "image/webp" => Some(Self::Webp),
            "image/gif" => Some(Self::Gif),
            "image/bmp" => Some(Self::Bmp),
            _ => None,
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
        }
    }
}

impl Image {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        // Written by `add_image` alone.
        STANDARD.decode(&self.data).unwrap_or_default()
    }
}

impl World {
    pub(crate) fn add_image(
        &mut self,
        catalog_id: &CatalogId,
        kind: ImageType,
        bytes: &[u8],
        now: DateTime<Utc>,
    ) -> Result<ImageId, Vec<FieldError>> {
        if bytes.is_empty() || bytes.len() > LARGEST {
            return Err(vec![FieldError::new("", "the image must have at least one byte and at most 1 MB")]);
        }
        let id = ImageId::generate();
        self.records.images.push(Image {
            id: id.clone(),
            catalog_id: catalog_id.clone(),
            kind,
            created_at: now,
            md5: hex(&Md5::digest(bytes)),
            size: bytes.len(),
            data: STANDARD.encode(bytes),
        });
        Ok(id)
    }

    /// The images of a catalog, with how long each still lives if nothing shows it. Oldest first.
    pub(crate) fn images_of(&self, catalog: &CatalogId, now: DateTime<Utc>) -> Vec<(&Image, Option<TimeDelta>)> {
        let images = self.records.images.iter().filter(|image| image.catalog_id == *catalog);
        let with_life = images.map(|image| (image, self.left_of(image, now)));
        with_life.filter(|(_, left)| left.is_none_or(|left| left > TimeDelta::zero())).collect()
    }

    pub(crate) fn image_view(image: &Image, left: Option<TimeDelta>) -> Value {
        json!({
            "id": image.id, "type": image.kind.media_type(), "size": image.size, "md5": image.md5,
            "seconds_before_removal": left.map(|left| left.num_seconds()),
        })
    }

    fn left_of(&self, image: &Image, now: DateTime<Utc>) -> Option<TimeDelta> {
        let contents = self.directory.catalog_contents.get(&image.catalog_id);
        let mut items = contents.into_iter().flat_map(|data| data.values()).filter_map(Value::as_array).flatten();
        let attached = items.any(|item| {
            let ids = item.get("image_ids").and_then(Value::as_array);
            ids.is_some_and(|ids| ids.iter().any(|id| id.as_str() == Some(image.id.as_str())))
        });
        (!attached).then(|| image.created_at + UNATTACHED - now)
    }
}
