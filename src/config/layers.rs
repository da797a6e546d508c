//! The layers a value can come from, the later over the earlier: `config/default.toml`, `config/<TICKNCOOK_ENV>.toml`,
//! `TICKNCOOK_…` variables, and for any of those the file named by `TICKNCOOK_…_FILE`.
//! Everything stays text until it is checked: a numeric client secret must not lose its leading zeros.

use std::{
    collections::{BTreeMap, HashSet},
    env, fmt, fs,
    path::{Path, PathBuf},
};

/// One thing that is missing or wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, as in the file (`hubrise.client_id`).
    pub key: String,
    /// What to do about it.
    pub message: String,
}

/// Everything that is missing or wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Notes one more.
    pub fn add(&mut self, key: &str, message: impl Into<String>) {
        self.0.push(Problem { key: key.to_owned(), message: message.into() });
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the configuration is not complete or not right:")?;
        for Problem { key, message } in &self.0 {
            writeln!(f, "  - {key} ({}): {message}", variable(key))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

const PREFIX: &str = "TICKNCOOK_";
/// Variables of ours that are not configuration keys.
const OTHER_VARIABLES: [&str; 2] = ["TICKNCOOK_ENV", "TICKNCOOK_CONFIG_DIR"];

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// The values, by key, as text.
#[derive(Clone, Default)]
pub struct Layers {
    values: BTreeMap<String, String>,
    /// Where values were read from that are files' contents.
    files: BTreeMap<String, PathBuf>,
    /// Files that are named and cannot be read or understood.
    pub(super) problems: Problems,
}

impl Layers {
    /// Reads the files and variables of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        let given = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let directory = given("TICKNCOOK_CONFIG_DIR").unwrap_or_else(|| "config".to_owned());
        Self::read(Path::new(&directory), given("TICKNCOOK_ENV").as_deref(), env::vars())
    }

    /// Reads the files of `directory` and these variables.
    #[must_use]
    pub fn read(
        directory: &Path,
        environment: Option<&str>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Self {
        let mut layers = Self::default();
        layers.merge_file(&directory.join("default.toml"));
        if let Some(environment) = environment {
            layers.merge_file(&directory.join(format!("{environment}.toml")));
        }
        let mut given = HashSet::new();
        // A blank one hides nothing.
        for (name, value) in variables.filter(|(_, value)| !value.trim().is_empty()) {
            if let Some(key) = layers.merge_variable(&name, value)
                && !given.insert(key.clone())
            {
                let twice = format!("is given by both {0} and {0}_FILE: which one is meant?", variable(&key));
                layers.problems.add(&key, twice);
            }
        }
        layers
    }

    fn merge_file(&mut self, path: &Path) {
        let table = fs::read_to_string(path)
            .map_err(|error| error.to_string())
            .and_then(|text| text.parse::<toml::Table>().map_err(|error| error.message().to_owned()));
        match table {
            Ok(table) => self.flatten("", table),
            Err(error) => self.problems.add("config_dir", format!("cannot read {}: {error}", path.display())),
        }
    }

    fn flatten(&mut self, prefix: &str, table: toml::Table) {
        for (name, value) in table {
            let key = format!("{prefix}{name}");
            match value {
                toml::Value::Table(table) => self.flatten(&format!("{key}."), table),
                toml::Value::String(text) => self.set(&key, text),
                other => self.set(&key, other.to_string()),
            }
        }
    }

    /// Which key it is for, if it is ours.
    fn merge_variable(&mut self, name: &str, value: String) -> Option<String> {
        let rest = name.strip_prefix(PREFIX).filter(|_| !OTHER_VARIABLES.contains(&name))?;
        let file = rest.strip_suffix("_FILE");
        let key = file.unwrap_or(rest).to_lowercase().replace("__", ".");
        if file.is_none() {
            self.set(&key, value);
            return Some(key);
        }
        match fs::read_to_string(&value) {
            Ok(text) => {
                self.set(&key, text.trim().to_owned());
                self.files.insert(key.clone(), value.into());
            }
            Err(error) => self.problems.add(&key, format!("cannot read the file {value}: {error}")),
        }
        Some(key)
    }

    /// Sets one value, over what was there.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.values.insert(key.to_owned(), value.into());
        self.files.remove(key);
    }

    /// The file that a value is the content of, if it is one.
    #[must_use]
    pub fn file(&self, key: &str) -> Option<PathBuf> {
        self.files.get(key).cloned()
    }

    /// A value, if there is one and it is not blank.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<String> {
        self.values.get(key).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Layers {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Layers::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config"), None, variables)
    }

    #[test]
    fn what_is_given_directly_and_as_a_file_is_not_guessed_at() {
        let (direct, file) = (("TICKNCOOK_DATABASE_URL", "postgres://new"), ("TICKNCOOK_DATABASE_URL_FILE", file!()));
        for variables in [[direct, file], [file, direct]] {
            let Problems(problems) = read(&variables).problems;
            assert!(problems.len() == 1 && problems[0].key == "database_url", "{problems:?}");
        }
        assert_eq!(read(&[direct, (file.0, " ")]).value("database_url").as_deref(), Some("postgres://new"));
        assert!(read(&[direct, (file.0, "")]).problems.0.is_empty(), "a blank one is none");
        assert!(read(&[file]).file("database_url").is_some());
    }
}
