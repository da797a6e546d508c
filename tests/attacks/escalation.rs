//! More than one's role allows.
