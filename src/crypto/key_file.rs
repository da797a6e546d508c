//! The file that a keyring is kept in, when keys come and go. It is never half written: a new file takes its place,
//! with the same mode and owner.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown},
    path::Path,
};

/// Adds a key's line at the end: it opens, and does not seal yet.
///
/// # Errors
/// When the file cannot be read or replaced.
pub fn append(file: &Path, line: &str) -> io::Result<()> {
    rewrite(file, |lines| lines.push(line.to_owned()))
}

/// Makes a key the first, which seals.
///
/// # Errors
/// When the file cannot be read or replaced.
pub fn make_first(file: &Path, name: &str) -> io::Result<()> {
    rewrite(file, |lines| {
        if let Some(place) = lines.iter().position(|line| is_of(line, name)) {
            let line = lines.remove(place);
            let first = lines.iter().position(|line| is_key(line)).unwrap_or(0);
            lines.insert(first, line);
        }
    })
}

/// Makes a comment of a key's line: the key is not used any more, and not lost either.
///
/// # Errors
/// When the file cannot be read or replaced.
pub fn comment_out(file: &Path, name: &str) -> io::Result<()> {
    rewrite(file, |lines| {
        for line in lines.iter_mut().filter(|line| is_of(line, name)) {
            *line = format!("#retired {}", line.trim());
        }
    })
}

fn is_key(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

fn is_of(line: &str, name: &str) -> bool {
    is_key(line) && line.trim().split_once(':').is_some_and(|(known, _)| known == name)
}

fn rewrite(file: &Path, change: impl FnOnce(&mut Vec<String>)) -> io::Result<()> {
    // What a link points to is replaced, not the link.
    let file = file.canonicalize()?;
    let former = fs::metadata(&file)?;
    let mut lines: Vec<String> = fs::read_to_string(&file)?.split(['\n', ',']).map(str::to_owned).collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    change(&mut lines);
    let mut beside = file.clone().into_os_string();
    beside.push(".new");
    // What a process left behind that was killed here.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    writeln!(new, "{}", lines.join("\n"))?;
    let made = new.metadata()?;
    if (made.uid(), made.gid()) != (former.uid(), former.gid()) {
        chown(&beside, Some(former.uid()), Some(former.gid()))?;
    }
    new.set_permissions(former.permissions())?;
    new.sync_all()?;
    fs::rename(&beside, &file)?;
    file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::ids::new_id;

    #[test]
    fn a_key_is_added_at_the_end_made_the_first_and_taken_out_and_the_file_keeps_its_mode() {
        let folder = std::env::temp_dir().join(format!("tickncook-keys-{}", new_id()));
        fs::create_dir(&folder).unwrap();
        let (file, link) = (folder.join("keys"), folder.join("link"));
        fs::write(&file, "# ours\none:AAA=,two:BBB=\n\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        fs::write(folder.join("keys.new"), "left behind").unwrap();
        let mut texts = vec![];
        append(&link, "three:CCC=").unwrap();
        texts.push(fs::read_to_string(&file).unwrap());
        make_first(&link, "three").unwrap();
        texts.push(fs::read_to_string(&file).unwrap());
        comment_out(&link, "one").unwrap();
        texts.push(fs::read_to_string(&file).unwrap());
        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            texts,
            [
                "# ours\none:AAA=\ntwo:BBB=\nthree:CCC=\n",
                "# ours\nthree:CCC=\none:AAA=\ntwo:BBB=\n",
                "# ours\nthree:CCC=\n#retired one:AAA=\ntwo:BBB=\n",
            ],
        );
        assert_eq!((mode, left.len()), (0o640, 2));
    }
}
