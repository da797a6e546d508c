-- What the triggers ask, they ask for each row that is written. A function in SQL that cannot be taken into its caller is
-- planned anew for each call, which took longer than the rest of the trigger; one in PL/pgSQL keeps its plans.

-- Volatile, so that it sees what was committed while the row waited for a lock.
create or replace function key_is_retired(text) returns boolean language plpgsql volatile strict as $$
begin
    return exists (select from encryption_key where name = $1 and retired_at is not null);
end
$$;

create or replace function follow_search_name() returns trigger language plpgsql as $$
declare
    organisation uuid;
    point_of_sale uuid;
    name text;
begin
    if tg_op = 'DELETE' then
        delete from search_name s where s.kind = tg_argv[0] and s.id = old.id;
        return null;
    end if;
    case tg_argv[0]
        when 'organisation' then
            organisation := new.id;
            name := new.name;
        when 'point_of_sale' then
            organisation := new.organisation_id;
            point_of_sale := new.id;
            name := new.name;
        when 'connection' then
            organisation := new.organisation_id;
            point_of_sale := new.point_of_sale_id;
            name := coalesce(new.location_name, '') || ' ' || coalesce(new.account_name, '');
        when 'receipt' then
            organisation := new.organisation_id;
            name := new.point_of_sale_name || ' ' || coalesce(new.location_name, '');
    end case;
    insert into search_name values (tg_argv[0], new.id, organisation, point_of_sale, searchable(name))
    on conflict on constraint search_name_pkey do update set words = excluded.words;
    return null;
end
$$;

drop function keep_search_name(text, uuid, uuid, uuid, text);

-- A name has some twenty trigrams, each with its place in the index. They enter some hundred names at a time; what has not
-- entered yet is read by each search, and must stay short: 64 kB, where 4 MB took a search 50 ms.
alter index search_name_organisation set (fastupdate = on, gin_pending_list_limit = 64);
alter index search_name_point_of_sale set (fastupdate = on, gin_pending_list_limit = 64);
alter index search_name_connection set (fastupdate = on, gin_pending_list_limit = 64);
alter index search_name_receipt set (fastupdate = on, gin_pending_list_limit = 64);

-- Never for long: whoever writes to this table waits behind this.
set local lock_timeout = '10s';

-- Addresses by their beginnings, in order: of many that match, the first are found without reading the others.
create index app_user_email_beginning on app_user (email text_pattern_ops);
