//! The history in tests: writing entries that no journey makes by itself, and reading the page.

use tickncook_hubrise::{
    database,
    history::{self, Entry},
    ids::OrganisationId,
};

use super::{Page, TestApp};

impl TestApp {
    /// The id of an organisation.
    pub(crate) async fn organisation(&self, name: &str) -> OrganisationId {
        let id: sqlx::types::Uuid = sqlx::query_scalar("select id from organisation where name = $1")
            .bind(name)
            .fetch_one(self.db())
            .await
            .unwrap();
        id.into()
    }

    /// Writes an entry now.
    pub(crate) async fn write_down(&self, entry: Entry<'_>) {
        let mut transaction = database::begin(self.db()).await.unwrap();
        history::record(&mut transaction, entry, self.now()).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

impl Page {
    /// What each entry of the history says, from the top.
    pub(crate) fn entries(&self) -> Vec<String> {
        self.texts("table.history tbody tr")
    }

    /// What the only entry says that begins like this.
    pub(crate) fn entry_of(&self, beginning: &str) -> String {
        let entries = self.entries();
        let found: Vec<_> = entries.iter().filter(|entry| entry.starts_with(beginning)).collect();
        assert_eq!(found.len(), 1, "entries that begin with `{beginning}` among {entries:#?}");
        found[0].clone()
    }
}
