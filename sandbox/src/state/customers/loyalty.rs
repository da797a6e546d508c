//! Loyalty cards: points that a customer collects. A balance changes by operations only, which are never undone.

use chrono::{DateTime, FixedOffset, SubsecRound, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Customer;
use crate::state::identifiers::{ClientId, CustomerId, LocationId, LoyaltyCardId, LoyaltyOperationId, OrderId};
use crate::state::numbers::Number;
use crate::state::{EventType, FieldError, Records, World};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LoyaltyCard {
    pub(crate) id: LoyaltyCardId,
    pub(crate) name: Option<String>,
    /// `None` for at most one of a customer's cards.
    #[serde(rename = "ref")]
    pub(crate) reference: Option<String>,
    /// Oldest first.
    pub(crate) operations: Vec<LoyaltyOperation>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LoyaltyOperation {
    pub(crate) id: LoyaltyOperationId,
    pub(crate) created_at: DateTime<FixedOffset>,
    pub(crate) order: Option<(LocationId, OrderId)>,
    pub(crate) reason: Option<String>,
    delta: String,
    new_balance: String,
}

/// What a client writes of a card. An outer `None` leaves the field as it is.
#[derive(Debug, Default)]
#[expect(clippy::option_option, reason = "a field may be left as it is, set, or set to nothing")]
pub(crate) struct CardForm {
    pub(crate) name: Option<Option<String>>,
    pub(crate) reference: Option<Option<String>>,
}

/// What a client writes of an operation.
#[derive(Debug)]
pub(crate) struct OperationForm {
    pub(crate) order: Option<(LocationId, OrderId)>,
    pub(crate) reason: Option<String>,
    pub(crate) delta: Decimal,
}

impl LoyaltyCard {
    fn balance(&self) -> String {
        self.operations.last().map_or_else(|| "0.0".to_owned(), |operation| operation.new_balance.clone())
    }

    pub(super) fn in_customer(&self) -> Value {
        json!({ "id": self.id, "ref": self.reference, "name": self.name, "balance": self.balance() })
    }

    /// As the API shows it by itself.
    pub(crate) fn shown(&self, holder: &CustomerId) -> Value {
        let mut card = self.in_customer();
        card["customer_id"] = json!(holder);
        card
    }
}

impl LoyaltyOperation {
    pub(crate) fn shown(&self, holder: &CustomerId) -> Value {
        let (order_location_id, order_id) = self.order.as_ref().map(|(location, order)| (location, order)).unzip();
        json!({
            "id": self.id, "customer_id": holder, "created_at": self.created_at.to_rfc3339(),
            "order_location_id": order_location_id, "order_id": order_id,
            "reason": self.reason, "delta": self.delta, "new_balance": self.new_balance,
        })
    }
}

impl Records {
    /// A card with the customer who holds it.
    pub(crate) fn loyalty_card(&self, id: &LoyaltyCardId) -> Option<(&Customer, &LoyaltyCard)> {
        self.customers.iter().find_map(|customer| Some((customer, customer.loyalty_card(id)?)))
    }
}

impl Customer {
    pub(crate) fn loyalty_card(&self, id: &LoyaltyCardId) -> Option<&LoyaltyCard> {
        self.loyalty_cards.iter().find(|card| card.id == *id)
    }

    /// Writes a card, a new one without `id`.
    fn write_card(&mut self, id: Option<&LoyaltyCardId>, form: CardForm) -> Result<LoyaltyCardId, Vec<FieldError>> {
        let mut card = id.and_then(|id| self.loyalty_card(id)).cloned().unwrap_or_else(|| LoyaltyCard {
            id: LoyaltyCardId::generate(),
            name: None,
            reference: None,
            operations: Vec::new(),
        });
        card.name = form.name.unwrap_or(card.name);
        card.reference = form.reference.unwrap_or(card.reference);
        if self.loyalty_cards.iter().any(|other| other.id != card.id && other.reference == card.reference) {
            return Err(vec![FieldError::new("ref", "is already taken")]);
        }
        let id = card.id.clone();
        match self.loyalty_cards.iter_mut().find(|other| other.id == id) {
            Some(known) => *known = card,
            None => self.loyalty_cards.push(card),
        }
        Ok(id)
    }

    fn operate(
        &mut self,
        id: &LoyaltyCardId,
        form: OperationForm,
        created_at: DateTime<FixedOffset>,
    ) -> Result<LoyaltyOperationId, Vec<FieldError>> {
        let no_card = || vec![FieldError::new("loyalty_card_id", "does not exist")];
        let card = self.loyalty_cards.iter_mut().find(|card| card.id == *id).ok_or_else(no_card)?;
        let balance = card.balance().parse::<Decimal>().unwrap_or_default().checked_add(form.delta);
        let balance = balance.ok_or_else(|| vec![FieldError::new("delta", "is too large")])?;
        let operation = LoyaltyOperation {
            id: LoyaltyOperationId::generate(),
            created_at,
            order: form.order,
            reason: form.reason,
            delta: Number::from(form.delta).to_string(),
            new_balance: Number::from(balance).to_string(),
        };
        let id = operation.id.clone();
        card.operations.push(operation);
        Ok(id)
    }
}

impl World {
    /// Writes a customer's card, a new one without `id`. The customer shows its cards: this is an update of it.
    pub(crate) fn write_loyalty_card(
        &mut self,
        holder: &CustomerId,
        id: Option<&LoyaltyCardId>,
        form: CardForm,
        by: &ClientId,
        now: DateTime<Utc>,
    ) -> Result<LoyaltyCardId, Vec<FieldError>> {
        self.change_cards(holder, by, now, |customer| customer.write_card(id, form))
    }

    pub(crate) fn operate_loyalty_card(
        &mut self,
        holder: &CustomerId,
        id: &LoyaltyCardId,
        form: OperationForm,
        by: &ClientId,
        now: DateTime<Utc>,
    ) -> Result<LoyaltyOperationId, Vec<FieldError>> {
        self.change_cards(holder, by, now, |customer| {
            let created_at = now.trunc_subsecs(0).with_timezone(customer.created_at.offset());
            customer.operate(id, form, created_at)
        })
    }

    fn change_cards<T>(
        &mut self,
        holder: &CustomerId,
        by: &ClientId,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Customer) -> Result<T, Vec<FieldError>>,
    ) -> Result<T, Vec<FieldError>> {
        let no_customer = || vec![FieldError::new("customer_id", "does not exist")];
        let customer = self.records.customer_mut(holder).ok_or_else(no_customer)?;
        let before = customer.clone();
        let changed = change(customer)?;
        self.publish_customer(EventType::Update, holder, Some(&before), Some(by), now);
        Ok(changed)
    }
}
