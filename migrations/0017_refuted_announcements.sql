-- Anybody can announce that a connection was cut at HubRise, and each announcement makes us ask. Once an answer has refuted one,
-- others are followed less often for a while: they must not use up the calls that HubRise allows.

-- Never for long: whoever uses this table waits behind this.
set local lock_timeout = '10s';

alter table connection add column notice_refuted_at timestamptz;
