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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::state::FieldError;
    use crate::state::orders::form::Reading;

    fn order(body: &Value) -> Result<Order, Vec<FieldError>> {
        let reading = Reading::new(None, "EUR", Vec::new());
        let form = reading.form(body.as_object().expect("an object"));
        let order = Order::read(&form, &"client".into(), &"3r4s3-0".into(), DateTime::UNIX_EPOCH);
        reading.finish().map(|()| order)
    }

    fn item(price: &str, quantity: &str, options: &[(&str, u32)]) -> Value {
        let option = |(price, quantity): &(&str, u32)| json!({ "option_list_name": "Extras", "name": "One", "price": price, "quantity": quantity });
        let options: Vec<_> = options.iter().map(option).collect();
        json!({ "product_name": "Pizza", "price": price, "quantity": quantity, "options": options })
    }

    #[test]
    fn a_subtotal_is_the_price_with_options_times_the_quantity() {
        for (item, subtotal) in [
            (item("11.90 EUR", "1", &[]), "11.90 EUR"),
            (item("3.00 EUR", "2.0", &[("0.50 EUR", 1)]), "7.00 EUR"),
            (item("3.00 EUR", "2", &[("0.50 EUR", 3), ("-1.00 EUR", 1)]), "7.00 EUR"),
            (item("0.10 EUR", "3", &[]), "0.30 EUR"),
            (item("3.33 EUR", "1.5", &[]), "5.00 EUR"),
            (item("5.00 EUR", "-1", &[]), "-5.00 EUR"),
            (item("5.00 EUR", "2", &[("9.00 EUR", 0)]), "10.00 EUR"),
        ] {
            let order = order(&json!({ "status": "new", "items": [item] })).expect("an order");
            assert_eq!(order.items[0].content.subtotal().to_string(), subtotal);
        }
    }

    #[test]
    fn a_total_leaves_out_what_is_deleted() {
        let body = json!({
            "status": "new",
            "items": [item("9.00 EUR", "2", &[]), item("4.00 EUR", "1", &[])],
            "charges": [{ "name": "Courier", "price": "2.00 EUR" }, { "name": "Bag", "price": "0.10 EUR" }],
            "discounts": [{ "name": "Off", "price_off": "5.00 EUR" }],
            "payments": [{ "amount": "10.00 EUR" }, { "amount": "4.00 EUR" }],
        });
        let mut order = order(&body).expect("an order");
        assert_eq!(
            (order.total().to_string(), order.payment_discrepancy().to_string()),
            ("19.10 EUR".into(), "5.10 EUR".into())
        );
        order.items[1].deleted = true;
        order.charges[1].deleted = true;
        order.payments[0].deleted = true;
        assert_eq!(
            (order.total().to_string(), order.payment_discrepancy().to_string()),
            ("15.00 EUR".into(), "11.00 EUR".into())
        );
        order.payments[1].deleted = true;
        assert_eq!(order.payment_discrepancy().to_string(), "0.00 EUR", "simply unpaid");
    }

    #[test]
    fn an_item_beyond_all_reason_is_refused_before_anything_overflows() {
        let options = vec![("999999999.99 EUR", 9_999); 1_000];
        let body = json!({ "status": "new", "items": [item("999999999.99 EUR", "999999999", &options)] });
        let fields: Vec<_> = order(&body).expect_err("a refusal").into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["items[0].quantity"]);
    }
}
