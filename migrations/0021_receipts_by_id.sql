-- Support looks for what was disconnected by HubRise's ids, too; and is told of mails that nobody takes.

-- Never for long: whoever uses these tables waits behind this.
set local lock_timeout = '10s';

create index disconnection_location_id_search on disconnection (lower(location_id) text_pattern_ops);
create index disconnection_account_id_search on disconnection (lower(account_id) text_pattern_ops);

alter table alarm
    drop constraint alarm_kind_check,
    add constraint alarm_kind_check check (kind in ('revocation_overdue', 'bad_signature', 'oversized_event',
        'client_rejected', 'unknown_refusal', 'grant_unaccounted', 'callback_missing', 'mails_refused'));
