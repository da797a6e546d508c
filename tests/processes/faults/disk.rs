use anyhow::Result;
pub(super) async fn play(_seed: u64) -> Result<()> {
    Ok(())
}
