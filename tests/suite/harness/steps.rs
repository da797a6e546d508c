//! The steps that many journeys share, by the labels that people see.

use super::{Browser, CHOSEN, Page, hubrise, seed};

/// The labels of the pages in one language: the bridge's, and those at HubRise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) services: &'static str,
    pub(crate) points_of_sale: &'static str,
    pub(crate) add: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) new: &'static str,
    pub(crate) new_name: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) confirm: &'static str,
    pub(crate) disconnect: &'static str,
    pub(crate) reconnect: &'static str,
    pub(crate) start_again: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) account: &'static str,
    pub(crate) location: &'static str,
    pub(crate) catalog: &'static str,
    pub(crate) customer_list: &'static str,
    pub(crate) other_language: &'static str,
    pub(crate) hubrise_password: &'static str,
    pub(crate) hubrise_sign_in: &'static str,
    pub(crate) hubrise_location: &'static str,
    pub(crate) hubrise_next: &'static str,
    pub(crate) hubrise_deny: &'static str,
}

pub(crate) const FRENCH: Words = Words {
    services: "SERVICES TIERS",
    points_of_sale: "POINTS DE VENTE",
    add: "Ajouter un point de vente",
    choose: "Choisissez le point de vente à connecter",
    new: "Un nouveau point de vente",
    new_name: "Nom du nouveau point de vente",
    allow: "Autoriser",
    delete: "Supprimer",
    confirm: "Confirmer",
    disconnect: "Déconnecter",
    reconnect: "Reconnecter",
    start_again: "Recommencer",
    email: "E-mail",
    password: "Mot de passe",
    sign_in: "Se connecter",
    sign_out: "Se déconnecter",
    account: "Compte",
    location: "Point de vente",
    catalog: "Catalogue",
    customer_list: "Liste de clients",
    other_language: "English",
    hubrise_password: "Mot de passe",
    hubrise_sign_in: "Connexion",
    hubrise_location: "Choisissez le point de vente :",
    hubrise_next: "Suivant",
    hubrise_deny: "Refuser",
};

pub(crate) const ENGLISH: Words = Words {
    services: "THIRD-PARTY SERVICES",
    points_of_sale: "POINTS OF SALE",
    add: "Add a point of sale",
    choose: "Choose the point of sale to connect",
    new: "A new point of sale",
    new_name: "Name of the new point of sale",
    allow: "Allow",
    delete: "Delete",
    confirm: "Confirm",
    disconnect: "Disconnect",
    reconnect: "Reconnect",
    start_again: "Start again",
    email: "Email",
    password: "Password",
    sign_in: "Sign in",
    sign_out: "Sign out",
    account: "Account",
    location: "Location",
    catalog: "Catalog",
    customer_list: "Customer list",
    other_language: "Français",
    hubrise_password: "Password",
    hubrise_sign_in: "Log in",
    hubrise_location: "Choose a location:",
    hubrise_next: "Next",
    hubrise_deny: "Deny",
};

/// What somebody picks at HubRise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    pub(crate) location: &'static str,
    /// Catalog and customer list, by their ids, where there is a choice.
    pub(crate) drop_downs: Option<(&'static str, &'static str)>,
}

pub(crate) const PARIS_AT_HUBRISE: Pick = Pick { location: "3r4s3-0", drop_downs: None };
pub(crate) const LYON_AT_HUBRISE: Pick = Pick { location: "3r4s3-1", drop_downs: Some(("q7wd2", "m8rt4")) };
pub(crate) const LYON_DELIVERY_AT_HUBRISE: Pick = Pick { location: "3r4s3-1", drop_downs: Some(("h3kz9", "b2nv7")) };
pub(crate) const NICE_AT_HUBRISE: Pick = Pick { location: "3r4s3-2", drop_downs: None };
pub(crate) const BAKER_STREET_AT_HUBRISE: Pick = Pick { location: "z6q31-0", drop_downs: None };

impl Browser {
    /// Signs in at the bridge, in French.
    pub(crate) async fn sign_in(&mut self, email: &str) -> &Page {
        self.open("/").await;
        let page = self.try_to_sign_in(email, seed::PASSWORD).await;
        assert!(!page.url.path().starts_with("/login"), "{email} cannot sign in: {}", page.words());
        page
    }

    /// Fills in the sign-in page that is shown now.
    pub(crate) async fn try_to_sign_in(&mut self, email: &str, password: &str) -> &Page {
        self.press(FRENCH.sign_in, &[(FRENCH.email, email), (FRENCH.password, password)]).await
    }

    /// From the menu to HubRise, for one of the organisation's points of sale.
    pub(crate) async fn leave_for_hubrise(&mut self, point_of_sale: &str) -> &Page {
        self.open("/services").await;
        self.click(FRENCH.add).await;
        self.press(FRENCH.allow, &[(point_of_sale, CHOSEN)]).await
    }

    /// Signs in at HubRise where it asks for it.
    pub(crate) async fn sign_in_at_hubrise(&mut self, email: &str) -> &Page {
        if self.page().has_button(FRENCH.hubrise_sign_in) {
            let fields = [("email", email), ("password", hubrise::PASSWORD)];
            self.press(FRENCH.hubrise_sign_in, &fields).await;
        }
        self.page()
    }

    /// At HubRise, allows a location. Answers with the redirection back to the bridge, which is not followed yet.
    pub(crate) async fn allow_only(&mut self, pick: Pick) -> Page {
        let email = if pick.location.starts_with("z6q31") { hubrise::NESTOR } else { hubrise::THOMAS };
        self.sign_in_at_hubrise(email).await;
        let Some((catalog, customer_list)) = pick.drop_downs else {
            return self.press_only(FRENCH.allow, &[("location_id", pick.location)]).await;
        };
        self.press(FRENCH.hubrise_next, &[("location_id", pick.location)]).await;
        self.press_only(FRENCH.allow, &[("catalog_id", catalog), ("customer_list_id", customer_list)]).await
    }

    /// At HubRise, allows a location, and comes back to the bridge.
    pub(crate) async fn allow(&mut self, pick: Pick) -> &Page {
        let answer = self.allow_only(pick).await;
        self.open(answer.target().as_str()).await
    }

    /// Connects a point of sale to a location, all the way, which must succeed.
    pub(crate) async fn connect(&mut self, point_of_sale: &str, pick: Pick) -> &Page {
        self.leave_for_hubrise(point_of_sale).await;
        let page = self.allow(pick).await;
        page.assert_status(200);
        page.assert_shows(&["est relié à HubRise", pick.location]);
        page
    }

    /// Repairs the only connection, and allows a location.
    pub(crate) async fn reconnect(&mut self, pick: Pick) -> &Page {
        self.open("/services").await;
        self.press(FRENCH.reconnect, &[]).await;
        self.allow(pick).await
    }

    /// Goes to HubRise for a point of sale and allows a location: the address of the callback, not yet opened.
    pub(crate) async fn callback(&mut self, point_of_sale: &str, pick: Pick) -> String {
        self.leave_for_hubrise(point_of_sale).await;
        self.allow_only(pick).await.target().into()
    }

    /// Deletes a point of sale from its row, all the way to the receipt.
    pub(crate) async fn delete(&mut self, point_of_sale: &str) -> &Page {
        self.open("/points-of-sale").await;
        self.click_beside(point_of_sale, FRENCH.delete).await;
        self.press(FRENCH.confirm, &[]).await
    }

    /// Disconnects a point of sale from its card, all the way to the receipt.
    pub(crate) async fn disconnect(&mut self, point_of_sale: &str) -> &Page {
        self.open("/services").await;
        self.click_beside(point_of_sale, FRENCH.disconnect).await;
        self.press(FRENCH.confirm, &[]).await
    }
}

/// Trips that begin in HubRise's back office.
impl Browser {
    /// Signs in at HubRise, goes to the apps that can be connected, and chooses TicknCook: the consent page.
    pub(crate) async fn begin_at_hubrise(&mut self, hubrise: &str, email: &str) -> &Page {
        self.open(hubrise).await;
        self.sign_in_at_hubrise(email).await;
        self.click("Connexions").await;
        self.click("Voir les apps disponibles").await;
        self.click("TicknCook").await;
        self.click("Connecter (nouvel onglet)").await
    }

    /// From HubRise's back office to the callback, which is not opened yet.
    pub(crate) async fn install_callback(&mut self, hubrise: &str, pick: Pick) -> String {
        let email = if pick.location.starts_with("z6q31") { hubrise::NESTOR } else { hubrise::THOMAS };
        self.begin_at_hubrise(hubrise, email).await;
        self.allow_only(pick).await.target().into()
    }

    /// From HubRise's back office to **Terminer la connexion**.
    pub(crate) async fn install(&mut self, hubrise: &str, pick: Pick) -> &Page {
        let callback = self.install_callback(hubrise, pick).await;
        self.open(&callback).await
    }

    /// Clicks **Ouvrir** beside TicknCook in HubRise's back office; the app has one connection at the chosen location.
    pub(crate) async fn open_at_hubrise(&mut self, hubrise: &str, email: &str) -> &Page {
        self.open(hubrise).await;
        self.sign_in_at_hubrise(email).await;
        self.click("Connexions").await;
        self.click("Ouvrir TicknCook (nouvel onglet)").await
    }

    /// Signs in with HubRise from the sign-in page, up to where HubRise asks for the profile; allows it.
    pub(crate) async fn sign_in_with_hubrise(&mut self, email: &str) -> &Page {
        self.open("/login").await;
        self.press("Se connecter avec HubRise", &[]).await;
        self.allow_profile(email).await
    }

    /// At HubRise, signs in where it asks for it, and allows the profile.
    pub(crate) async fn allow_profile(&mut self, email: &str) -> &Page {
        self.sign_in_at_hubrise(email).await;
        self.press(FRENCH.allow, &[]).await
    }

    /// Says, signed in here, that the HubRise identity of this address belongs to the account.
    pub(crate) async fn link_identity(&mut self, email: &str) -> &Page {
        self.open("/settings").await;
        self.press("Relier mon profil HubRise", &[]).await;
        self.allow_profile(email).await;
        self.press("Confirmer et relier", &[]).await
    }
}
