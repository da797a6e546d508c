-- Where a connection is cut and HubRise has not confirmed it, HubRise goes on sending to its address. Whoever connects the same
-- again before that takes the address over, so that nothing is sent to nobody.

-- Never for long: whoever uses these tables waits behind this.
set local lock_timeout = '10s';

alter table revocation
    add column callback_key text,
    add constraint revocation_callback_key check (callback_key is null or status in ('pending', 'in_flight'));
