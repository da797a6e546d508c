//! What HubRise computes of an order. Deleted elements count for nothing.

use rust_decimal::Decimal;

use super::Order;
use super::elements::Element;
use super::items::Item;
use crate::state::numbers::Money;

impl Item {
    /// One item with its options, as often as it was ordered.
    pub(crate) fn subtotal(&self) -> Money {
        let options = self
            .options
            .iter()
            .filter_map(|option| option.price.as_ref().map(|price| price.amount() * Decimal::from(option.quantity)));
        let one = self.price.amount() + options.sum::<Decimal>();
        Money::new(round(one * self.quantity.value()), self.price.currency())
    }
}

impl Order {
    /// Items and charges, less discounts.
    pub(crate) fn total(&self) -> Money {
        let items = sum(&self.items, |item| item.subtotal().amount());
        let charges = sum(&self.charges, |charge| charge.price.amount());
        let discounts = sum(&self.discounts, |discount| discount.price_off.amount());
        Money::new(items + charges - discounts, &self.currency)
    }

    /// What is left to pay; nothing, for an order without payments, which is simply unpaid.
    pub(super) fn payment_discrepancy(&self) -> Money {
        let paid = sum(&self.payments, |payment| payment.amount.amount());
        let unpaid = self.payments.iter().all(|payment| payment.deleted);
        let left = if unpaid { Decimal::ZERO } else { self.total().amount() - paid };
        Money::new(left, &self.currency)
    }
}

fn sum<T>(elements: &[Element<T>], amount: impl Fn(&T) -> Decimal) -> Decimal {
    elements.iter().filter(|element| !element.deleted).map(|element| amount(&element.content)).sum()
}

fn round(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
}
