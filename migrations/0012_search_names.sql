-- Support's search at a million connections. The names that it looks through stand in one narrow table, already without
-- case and accents, in place of four indexes over the tables themselves: a name that is compared need not be converted
-- first, which took longer than everything else; names can be found by their beginnings, in order; and a check or a new key
-- of a connection does not write the index of its names anew.
--
-- From here on, triggers keep the table up to date, whichever version of the program writes. What was there before is
-- copied by the next migration, in a transaction of its own: these triggers lock the tables, though only for a moment.

create table search_name (
    kind text not null check (kind in ('organisation', 'point_of_sale', 'connection', 'receipt')),
    id uuid not null,
    organisation uuid not null,
    point_of_sale uuid,
    -- What `searchable` makes of the name, or of two names together.
    words text not null,
    primary key (kind, id)
);

-- By the beginning of a name, and by what is within it.
create index search_name_beginning on search_name (kind, words text_pattern_ops);
create index search_name_organisation on search_name using gin (words gin_trgm_ops) where kind = 'organisation';
create index search_name_point_of_sale on search_name using gin (words gin_trgm_ops) where kind = 'point_of_sale';
create index search_name_connection on search_name using gin (words gin_trgm_ops) where kind = 'connection';
create index search_name_receipt on search_name using gin (words gin_trgm_ops) where kind = 'receipt';

create function keep_search_name(text, uuid, uuid, uuid, text) returns void language sql as $$
    insert into search_name values ($1, $2, $3, $4, searchable($5))
    on conflict (kind, id) do update set words = excluded.words
$$;

create function follow_search_name() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from search_name where kind = tg_argv[0] and id = old.id;
        return null;
    end if;
    case tg_argv[0]
        when 'organisation' then
            perform keep_search_name('organisation', new.id, new.id, null, new.name);
        when 'point_of_sale' then
            perform keep_search_name('point_of_sale', new.id, new.organisation_id, new.id, new.name);
        when 'connection' then
            perform keep_search_name('connection', new.id, new.organisation_id, new.point_of_sale_id,
                coalesce(new.location_name, '') || ' ' || coalesce(new.account_name, ''));
        when 'receipt' then
            perform keep_search_name('receipt', new.id, new.organisation_id, null,
                new.point_of_sale_name || ' ' || coalesce(new.location_name, ''));
    end case;
    return null;
end
$$;

-- Never for long: whoever writes to these tables waits behind this.
set local lock_timeout = '10s';

create trigger organisation_search after insert or delete or update of name on organisation
    for each row execute function follow_search_name('organisation');
create trigger point_of_sale_search after insert or delete or update of name on point_of_sale
    for each row execute function follow_search_name('point_of_sale');
create trigger connection_search after insert or delete or update of account_name, location_name on connection
    for each row execute function follow_search_name('connection');
create trigger disconnection_search after insert or delete or update of point_of_sale_name, location_name on disconnection
    for each row execute function follow_search_name('receipt');

-- New versions of a row find room beside the former one: where a new key is written to every row, no index is touched
-- (HOT). Holds for pages that are written from now on.
alter table connection set (fillfactor = 75);
