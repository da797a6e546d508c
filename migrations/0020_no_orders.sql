-- A connection that works and gets no orders, because HubRise does not take its callback, is as bad as one that fails: since when
-- it has been told so, to its managers, on every page and to support, is one column for all who ask.

-- Never for long: whoever uses these tables waits behind this.
set local lock_timeout = '10s';

alter table connection add column no_orders_since timestamptz;
create index connection_no_orders on connection (no_orders_since) where no_orders_since is not null;

-- For the banner of every page, in place of the index of those that fail.
create index connection_troubled_of_organisation on connection (organisation_id)
    where failed_since is not null or no_orders_since is not null;
drop index connection_failing_of_organisation;
