-- Anybody can announce that a connection was cut at HubRise, and each announcement makes us ask. Once an answer has refuted one,
-- others are followed less often for a while: they must not use up the calls that HubRise allows.

-- And when HubRise granted what a grant that waits has: a connection that got what was granted later keeps that.

-- Never for long: whoever uses these tables waits behind this.
set local lock_timeout = '10s';

alter table connection add column notice_refuted_at timestamptz;

alter table pending_connection add column granted_at timestamptz;
