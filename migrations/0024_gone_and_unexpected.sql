-- A catalog or a customer list that HubRise gives no more is told as such, since when it was found to be gone. And that HubRise
-- answers, though neither yes nor no, is not told as if it did not answer.

-- Never for long: whoever uses these tables waits behind this.
set local lock_timeout = '10s';

alter table connection
    add column catalog_gone_since timestamptz,
    add column customer_list_gone_since timestamptz,
    -- Since when the answers have been neither; says something only while unreachable_since does.
    add column unexpected_since timestamptz;
