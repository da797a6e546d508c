//! Actions that belong together, for whoever looks for all of a kind.

use super::Action;

/// Actions that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Connections,
    PointsOfSale,
    Team,
    Links,
    Support,
}

impl Group {
    pub(super) const ALL: [Self; 5] = [Self::Connections, Self::PointsOfSale, Self::Team, Self::Links, Self::Support];

    /// Its word in addresses, which is no action's.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::PointsOfSale => "points_of_sale",
            Self::Team => "team",
            Self::Links => "links",
            Self::Support => "support",
        }
    }

    /// The key of what people read.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Connections => "history-group-connections",
            Self::PointsOfSale => "history-group-points-of-sale",
            Self::Team => "history-group-team",
            Self::Links => "history-group-links",
            Self::Support => "history-group-support",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.word() == word)
    }

    /// What belongs to it.
    pub(super) fn actions(self) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |action| Self::of(*action) == self)
    }

    const fn of(action: Action) -> Self {
        match action {
            Action::Connected
            | Action::Reconnected
            | Action::Failed
            | Action::Recovered
            | Action::Renamed
            | Action::AccessChanged
            | Action::AccessGone
            | Action::AccessBack
            | Action::CallbackReplaced
            | Action::Disconnected
            | Action::Revoked
            | Action::TokenKept
            | Action::GrantDeclined
            | Action::Checked => Self::Connections,
            Action::PointOfSaleAdded | Action::PointOfSaleDeleted => Self::PointsOfSale,
            Action::OrganisationFounded
            | Action::OrganisationExported
            | Action::Invited
            | Action::InvitationCancelled
            | Action::Joined
            | Action::Admitted
            | Action::MemberAdded
            | Action::MemberRemoved
            | Action::AccessesChecked
            | Action::ApiKeyAdded
            | Action::ApiKeyRevoked => Self::Team,
            Action::LinkMade | Action::LinkCancelled => Self::Links,
            Action::SupportLooked | Action::JobReplayed | Action::AlarmDismissed => Self::Support,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_group_is_called_like_an_action() {
        for group in Group::ALL {
            assert_eq!(Action::parse(group.word()), None);
            assert_eq!(Group::parse(group.word()), Some(group));
            assert!(group.actions().next().is_some(), "{group:?}");
        }
    }
}
