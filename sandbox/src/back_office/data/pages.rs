//! Long lists, fifty at a time.

const LENGTH: usize = 50;

/// One page of a list, and the way to its neighbours.
pub(super) struct Pages {
    pub(super) number: usize,
    pub(super) count: usize,
    /// Of the whole list.
    pub(super) total: usize,
    /// The address of a page is this and its number.
    address: String,
}

impl Pages {
    /// The items of a page; a page that does not exist is the nearest one.
    pub(super) fn cut<T>(
        all: Vec<T>,
        wanted: Option<usize>,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> (Self, Vec<T>) {
        let total = all.len();
        let count = total.div_ceil(LENGTH).max(1);
        let number = wanted.unwrap_or(1).clamp(1, count);
        let kept = parameters.iter().filter(|(_, value)| !value.is_empty());
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        let separator = if query.is_empty() { "" } else { "&" };
        let address = format!("{path}?{query}{separator}page=");
        let items = all.into_iter().skip((number - 1) * LENGTH).take(LENGTH).collect();
        (Self { number, count, total, address }, items)
    }

    pub(super) fn previous(&self) -> Option<String> {
        (self.number > 1).then(|| format!("{}{}", self.address, self.number - 1))
    }

    pub(super) fn next(&self) -> Option<String> {
        (self.number < self.count).then(|| format!("{}{}", self.address, self.number + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_fifty_items_and_knows_its_neighbours() {
        let page = |wanted| Pages::cut((0..101).collect::<Vec<_>>(), wanted, "/list", &[("q", "a b"), ("none", "")]);
        let (pages, items) = page(None);
        assert_eq!((items[0], items.len(), pages.count), (0, 50, 3));
        assert_eq!((pages.previous(), pages.next().as_deref()), (None, Some("/list?q=a+b&page=2")));
        let (pages, items) = page(Some(3));
        assert_eq!((items.as_slice(), pages.next()), (&[100][..], None));
        assert_eq!(page(Some(0)).0.number, 1);
        assert_eq!(page(Some(usize::MAX)).0.number, 3);
        assert_eq!(Pages::cut(Vec::<u8>::new(), Some(2), "/list", &[]).0.count, 1);
    }
}
