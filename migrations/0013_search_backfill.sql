-- no-transaction
-- The names that were there before the triggers of 0012. Some at a time, each part in a transaction of its own, so that
-- nobody who writes waits for long; begun again after an interruption, it finishes. A name that is written meanwhile is its
-- trigger's. The former indexes go: a program of the version before still finds the same, by reading the tables.
do $$
declare
    source record;
    last uuid;
    copied uuid;
begin
    for source in values
        ('organisation', 'organisation', 'id, id, null::uuid, name'),
        ('point_of_sale', 'point_of_sale', 'id, organisation_id, id, name'),
        ('connection', 'connection', 'id, organisation_id, point_of_sale_id,
            coalesce(location_name, '''') || '' '' || coalesce(account_name, '''')'),
        ('receipt', 'disconnection', 'id, organisation_id, null::uuid,
            point_of_sale_name || '' '' || coalesce(location_name, '''')')
    loop
        last := '00000000-0000-0000-0000-000000000000';
        loop
            execute format(
                'with batch (id, organisation, point_of_sale, name) as (
                    select %s from %I where id > $1 order by id limit 5000
                ), copied as (
                    insert into search_name select %L, id, organisation, point_of_sale, searchable(name) from batch
                    on conflict do nothing
                )
                select id from batch order by id desc limit 1', source.column3, source.column2, source.column1)
                into copied using last;
            exit when copied is null;
            last := copied;
            commit;
        end loop;
        -- What was deleted while it was copied.
        execute format('delete from search_name s where kind = %L and not exists (select from %I where id = s.id)',
            source.column1, source.column2);
    end loop;
    drop index if exists organisation_name_search, point_of_sale_name_search, connection_name_search,
        disconnection_name_search;
    -- What is written enters them at once: a list of what has not entered yet is read by each search, and may grow long.
    alter index search_name_organisation set (fastupdate = off);
    alter index search_name_point_of_sale set (fastupdate = off);
    alter index search_name_connection set (fastupdate = off);
    alter index search_name_receipt set (fastupdate = off);
    perform gin_clean_pending_list(oid) from pg_class
    where oid in ('search_name_organisation'::regclass, 'search_name_point_of_sale'::regclass,
        'search_name_connection'::regclass, 'search_name_receipt'::regclass);
end
$$;
