//! What the image is built from.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use crate::folder::Folder;

#[test]
fn what_is_let_into_the_build_of_the_image_is_all_that_cargo_wants_to_see() -> anyhow::Result<()> {
    let (folder, here) = (Folder::new("build")?, Path::new(env!("CARGO_MANIFEST_DIR")));
    fs::create_dir(folder.data())?;
    for name in fs::read_to_string(here.join(".dockerignore"))?.lines().filter_map(|line| line.strip_prefix('!')) {
        let (from, to) = (here.join(name), folder.data().join(name));
        if from.is_dir() {
            symlink(from, to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    let cargo =
        Command::new(env!("CARGO")).args(["fetch", "--locked", "--offline"]).current_dir(folder.data()).output()?;
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    Ok(())
}
