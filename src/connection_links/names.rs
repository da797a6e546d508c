//! Whether two people mean the same place, who each call it in their own way.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Whether two names have the same words but for case, accents, punctuation and order. Words of `context`, the
/// account's name, tell nothing where there are others: `Bella Pizza Paris` and `PARIS` agree at *Bella Pizza*, `Paris`
/// and `Paris Nord` do not.
#[must_use]
pub fn names_agree(expected: &str, found: &str, context: &str) -> bool {
    let context = words(context);
    let telling = |name: &str| -> BTreeSet<String> {
        let all = words(name);
        let own: BTreeSet<_> = all.difference(&context).cloned().collect();
        if own.is_empty() { all } else { own }
    };
    let (expected, found) = (telling(expected), telling(found));
    !expected.is_empty() && expected == found
}

fn words(name: &str) -> BTreeSet<String> {
    let plain: String = name.nfd().filter(|character| !is_combining_mark(*character)).collect();
    let plain = plain.to_lowercase();
    plain
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_the_same_place_agree_and_others_do_not() {
        for (expected, found) in [
            ("Bella Pizza Paris", "Paris"),
            ("République, Paris", "PARIS République"),
            ("Café de l’Église", "cafe de l'eglise"),
            ("Bella Pizza", "Bella Pizza"),
        ] {
            assert!(names_agree(expected, found, "Bella Pizza"), "{expected} / {found}");
        }
        for (expected, found) in
            [("Bella Pizza Paris", "Lyon"), ("Bella Pizza Paris", "Bella Pizza Lyon"), ("Paris", "")]
        {
            assert!(!names_agree(expected, found, "Bella Pizza"), "{expected} / {found}");
        }
        assert!(!names_agree("Bella Pizza", "Chez Nestor", ""));
        assert!(!names_agree("Bella Pizza", "Pizza", ""));
    }
}
