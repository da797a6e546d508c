-- Where a connection is cut and HubRise has not confirmed it, HubRise goes on sending to its address. Whoever connects the same
-- again before that takes the address over, so that nothing is sent to nobody.

-- Never for long: whoever uses these tables waits behind this.
set local lock_timeout = '10s';

-- Wiped with the end of the revocation; the previous version, which ends some, leaves it.
alter table revocation add column callback_key text;
