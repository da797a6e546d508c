//! Deleting a restaurant: the steps of whoever does it, and what must be left.

use super::{Browser, FRENCH, PASSWORD, Page, TestApp, leftovers::tables_containing};

pub(crate) const DELETE: &str = "Supprimer cet établissement";
pub(crate) const DELETE_FOR_GOOD: &str = "Supprimer définitivement";
pub(crate) const RESTAURANT: &str = "Nom de l’établissement";
pub(crate) const PROOF: &str = "Mot de passe TicknCook";
pub(crate) const DELETED: &str = "L’établissement est supprimé";

impl Browser {
    /// Deletes the restaurant that is shown, from the settings.
    pub(crate) async fn delete_restaurant(&mut self, name: &str) -> &Page {
        self.open("/settings").await;
        self.click(DELETE).await;
        self.press(DELETE_FOR_GOOD, &[(RESTAURANT, name), (PROOF, PASSWORD)]).await
    }

    /// Fails unless the account that signed in here is gone, and the next click says so.
    pub(crate) async fn assert_account_is_gone(&mut self) {
        let page = self.open("/services").await;
        assert_eq!(page.url.path(), "/login");
        page.assert_shows(&["Votre compte TicknCook a été supprimé"]);
        assert!(page.has_button(FRENCH.sign_in));
    }
}

impl TestApp {
    /// Fails if anything says of Bella Pizza more than that it was deleted.
    pub(crate) async fn assert_nothing_of_bella_is_left(&self, id: &str) {
        assert_eq!(tables_containing(self.db(), id).await, ["public.organisation_deletion"]);
        let names = ["Bella Pizza", "bellapizza.example", "3r4s3", "Paris République", "Lyon Part-Dieu"];
        for name in names {
            assert_eq!(tables_containing(self.db(), name).await, [""; 0], "{name}");
        }
    }
}
