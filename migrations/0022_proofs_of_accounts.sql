-- Anybody can make an account under somebody else's address: when it was proved that whoever has the account has the address, too.
-- And what was proved before somebody's sessions were ended lets nobody in afterwards.

-- Never for long: whoever uses this table waits behind this.
set local lock_timeout = '10s';

alter table app_user
    -- By a link that was mailed there, or by the operator's word. Null while nobody has.
    add column email_proved_at timestamptz,
    -- How often the person's sessions were ended; a session holds as of which time it is theirs.
    add column sign_in_epoch integer not null default 0;
