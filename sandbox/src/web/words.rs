//! Every sentence of the pages, as the fields of one structure: a language that misses one does not compile.

use super::language::Language;
use super::words_english::ENGLISH;
use super::words_french::FRENCH;

#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) sandbox: &'static str,
    pub(crate) not_hubrise: &'static str,
    pub(crate) skip_to_content: &'static str,
    pub(crate) language: &'static str,
    pub(crate) none: &'static str,

    pub(crate) sign_in_title: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_in_failed: &'static str,
    pub(crate) no_account_yet: &'static str,
    pub(crate) sign_up: &'static str,
    pub(crate) demo_sign_ins: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) signed_in_as: &'static str,

    /// After the client's name.
    pub(crate) would_like_location: &'static str,
    /// After the client's name.
    pub(crate) would_like_account: &'static str,
    pub(crate) choose_location: &'static str,
    pub(crate) choose_account: &'static str,
    /// After the client's name.
    pub(crate) will_be_able_to: &'static str,
    pub(crate) deny: &'static str,
    pub(crate) next: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) back: &'static str,
    pub(crate) choose_catalog_next: &'static str,
    pub(crate) choose_list_next: &'static str,
    pub(crate) choose_from_list: &'static str,
    pub(crate) nothing_to_connect: &'static str,
    pub(crate) permissions: Permissions,

    pub(crate) menu: &'static str,
    pub(crate) dashboard: &'static str,
    pub(crate) connections: &'static str,
    pub(crate) data: &'static str,
    pub(crate) orders: &'static str,
    pub(crate) customers: &'static str,
    pub(crate) configuration: &'static str,
    pub(crate) developer: &'static str,
    pub(crate) injector: &'static str,
    pub(crate) sandbox_tools: &'static str,
    pub(crate) account_choice: &'static str,
    pub(crate) location_choice: &'static str,
    pub(crate) all_locations: &'static str,
    pub(crate) show: &'static str,
    pub(crate) welcome: &'static str,
    pub(crate) account: &'static str,
    pub(crate) location: &'static str,
    pub(crate) catalogs: &'static str,
    pub(crate) customer_lists: &'static str,
    pub(crate) whole_account: &'static str,
    pub(crate) blocked: &'static str,
    pub(crate) suspended: &'static str,

    pub(crate) problem_title: &'static str,
    pub(crate) not_found_title: &'static str,
    pub(crate) not_found: &'static str,
    pub(crate) unknown_client: &'static str,
    pub(crate) bad_redirect_uri: &'static str,
    pub(crate) bad_scope: &'static str,
    pub(crate) bad_device_id: &'static str,
    pub(crate) unknown_app_instance: &'static str,
    pub(crate) account_suspended: &'static str,
    pub(crate) not_yours: &'static str,
    pub(crate) not_your_role: &'static str,
    pub(crate) bad_decision: &'static str,
    pub(crate) bad_form: &'static str,
    pub(crate) home: &'static str,
}

/// What a client will be able to do, for each permission: to read, and to read and write.
#[derive(Debug)]
pub(crate) struct Permissions {
    pub(crate) orders: ReadWrite,
    pub(crate) customer_list: ReadWrite,
    pub(crate) catalog: ReadWrite,
    pub(crate) inventory: ReadWrite,
    pub(crate) all_catalogs: ReadWrite,
    pub(crate) all_customer_lists: ReadWrite,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadWrite {
    pub(crate) read: &'static str,
    pub(crate) write: &'static str,
}

impl Words {
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
        }
    }
}
