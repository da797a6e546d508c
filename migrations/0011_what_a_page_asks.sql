-- What every signed-in page asks for and hardly ever finds: a restaurant's connections that fail, and grants that wait for
-- a browser's word. Without these, each page would read all connections of the restaurant, and all grants that wait.

create index connection_failing_of_organisation on connection (organisation_id, failed_since)
    where failed_since is not null;
create index pending_connection_browser on pending_connection (browser_id) where status = 'held';
