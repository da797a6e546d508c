//! Links for owners: the steps of whoever makes one and of whoever follows it.

use super::{Browser, CHOSEN, Page, Pick};

pub(crate) const LINKS: &str = "/services/hubrise/links";
pub(crate) const SEND_A_LINK: &str = "Envoyer un lien au propriétaire";
pub(crate) const CHOOSE_AGAIN: &str = "Choisir un autre point de vente";
pub(crate) const ANYWAY: &str = "C’est bien celui-ci : le relier";

impl Browser {
    /// Makes a link that expects these names; its address.
    pub(crate) async fn make_link(&mut self, point_of_sale: &str, account: &str, location: &str) -> String {
        self.open(LINKS).await;
        self.fill_in_link(point_of_sale, account, location).await
    }

    /// The same from the page that is shown now.
    pub(crate) async fn fill_in_link(&mut self, point_of_sale: &str, account: &str, location: &str) -> String {
        let fields = [(point_of_sale, CHOSEN), ("Compte HubRise", account), ("Point de vente HubRise", location)];
        let page = self.press("Créer le lien", &fields).await;
        page.assert_status(200);
        page.link_to_send()
    }

    /// Follows a link as the owner, allows a location at HubRise, and comes back to what is asked there.
    pub(crate) async fn follow(&mut self, link: &str, pick: Pick) -> &Page {
        self.open(link).await;
        let page = self.allow(pick).await;
        assert!(page.url.path().starts_with("/services/hubrise/pending/"), "{}: {}", page.url, page.words());
        page
    }
}
