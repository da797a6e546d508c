-- Fills an empty, migrated database with restaurants, their people, points of sale, connections, and what those leave
-- behind, in the proportions of a grown installation. To be sent as one text, over one connection of a superuser (it turns
-- triggers off for itself), after
--
--     select set_config('seed.connections', '1000000', false), set_config('seed.key', 'the name of a key', false);
--
-- and followed by `vacuum (analyze)`, as the server would do by itself before long. Each run makes the same rows but for
-- times. The sealed tokens hold nothing; `sealed.rs` writes those whose digests stand beside them. Nothing is due to be
-- checked in the first minute; from then on, as much as in every minute.

-- Everything below is one transaction. No row is compared with what it refers to, and the indexes are built at the end.
set local session_replication_role = replica;
set local synchronous_commit = off;
set local work_mem = '128MB';
set local maintenance_work_mem = '512MB';

create temp table rebuilt on commit drop as
with filled as (
    select i.indexrelid, i.indrelid::regclass as filled, k.conname, pg_get_constraintdef(k.oid) as rule
    from pg_index i
    join pg_class t on t.oid = i.indrelid
    left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u')
    where t.relnamespace = 'public'::regnamespace
        and t.relname in ('organisation', 'app_user', 'membership', 'point_of_sale', 'connection', 'disconnection',
            'revocation', 'history_entry', 'hubrise_budget', 'hubrise_call', 'search_name')
        -- What other tables refer to cannot go.
        and not exists (select from pg_constraint f where f.conindid = i.indexrelid and f.contype = 'f')
)
-- For an index without a constraint, the first is null.
select coalesce('alter table ' || filled || ' drop constraint ' || quote_ident(conname), 'drop index ' || indexrelid::regclass)
        as drop,
    coalesce('alter table ' || filled || ' add constraint ' || quote_ident(conname) || ' ' || rule,
        pg_get_indexdef(indexrelid)) as make
from filled;

do $$
declare drop text;
begin
    for drop in select rebuilt.drop from rebuilt loop
        execute drop;
    end loop;
end
$$;

select setseed(0.42);

-- The words that names are made of. The surnames come from two parts each, so that there are thousands.
create temp table words on commit drop as
select
    string_to_array('Pizzeria,Restaurant,Brasserie,Bistrot,Crêperie,Boulangerie,Café,Le Comptoir,L’Atelier,La Table,'
        'Auberge,Trattoria,Traiteur,Rôtisserie,Cantine,Taverne,Sushi,Burger,Chez,La Maison', ',') as kinds,
    string_to_array('du Marché,de la Gare,des Halles,du Port,de l’Église,du Moulin,des Amis,du Soleil,de la Place,du Pont,'
        'des Vignes,du Château,de la Mer,du Lac,des Arts,du Théâtre,de l’Olivier,du Figuier,des Tilleuls,du Canal,'
        'de la Fontaine,du Jardin,des Remparts,du Vieux Four,de l’Étoile,du Coq,des Lilas,de la Forêt,du Parc,du Phare,'
        'des Épices,de la Baie,du Boulanger,des Gourmands,de Naples,de Bella Italia,du Liban,de Saïgon,de Kyoto,du Mékong',
        ',') as places,
    string_to_array('Anna,Émile,Marcel,Lucie,Paul,Jeanne,Hugo,Léa,Nestor,Rosa,Gino,Maria,Fatima,Karim,Mehdi,Chloé,Inès,'
        'Louis,Camille,Jules,Manon,Théo,Zoé,Simon,Clara,Antoine,Yasmine,Noé,Alice,Gabriel,Margaux,René,Odile,Bruno,'
        'Sofia,Linh,Akira,Tarek,Victor,Agathe', ',') as first_names,
    string_to_array('Mont,Beau,Font,Clair,Roche,Grand,Petit,Haut,Bois,Ville,Saint,Belle,Val,Champ,Pont,Puy,Cler,Lan,Mar,'
        'Gué,Bar,Cour,Del,Four,Gar,Jac,Ker,Lam,Mau,Neu,Per,Quer,Riv,Sau,Tour,Van,Vil,Fré,Bré,Dur', ',') as beginnings,
    string_to_array('mont,ville,court,bois,val,clair,aine,ard,ault,eau,ell,eron,et,ette,eux,ez,ier,ieux,in,igny,on,ot,'
        'oux,uel,uis,and,anne,as,el,en,erie,ey,iac,ille,ise,oche,onne,our,ul,y', ',') as ends,
    string_to_array('Paris,Marseille,Lyon,Toulouse,Nice,Nantes,Montpellier,Strasbourg,Bordeaux,Lille,Rennes,Reims,'
        'Saint-Étienne,Toulon,Le Havre,Grenoble,Dijon,Angers,Nîmes,Villeurbanne,Clermont-Ferrand,Le Mans,Aix-en-Provence,'
        'Brest,Tours,Amiens,Limoges,Annecy,Perpignan,Metz,Besançon,Orléans,Rouen,Mulhouse,Caen,Nancy,Avignon,Poitiers,'
        'Versailles,Pau,La Rochelle,Calais,Antibes,Cannes,Béziers,Bourges,Saint-Malo,Quimper,Valence,Troyes,Lorient,'
        'Chambéry,Niort,Vannes,Albi,Bayonne,Colmar,Évreux,Blois,Auxerre,Agen,Dieppe,Arles', ',') as towns,
    string_to_array('Centre,Gare,Vieux Port,République,Part-Dieu,Bastille,Opéra,Halles,Université,Hôpital,Préfecture,'
        'Cathédrale,Aéroport,Zone Nord,Zone Sud,Les Docks,Château,Bellevue,Mairie,Rive Gauche,Rive Droite,La Défense,'
        'Saint-Michel,Belleville,Croix-Rousse,Capitole,Prado,Wazemmes,Neudorf', ',') as quarters,
    array['3 rue de la Paix', '12 avenue Jean-Jaurès', '7 place du Marché', '25 boulevard Victor-Hugo'] as streets;

-- One of them.
create function pg_temp.pick(from_these text[]) returns text language sql volatile as
    'select $1[1 + floor(random() * cardinality($1))::int]';
-- An id as those that the service makes: ordered by time.
create function pg_temp.id_of(at timestamptz) returns uuid language sql volatile as $$
    select (lpad(to_hex((extract(epoch from $1) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex((random() * 4095)::int), 3, '0')
        || '8' || substr(md5(random()::text), 1, 15))::uuid
$$;
-- Five of HubRise's digits, another for each number below 60 million.
create function pg_temp.account_of(number bigint) returns text language sql immutable as $$
    select string_agg(substr('0123456789abcdefghijklmnopqrstuvwxyz', 1 + ((number * 48611 + 2600711) % 60466176
        / (36 ^ place)::bigint % 36)::int, 1), '' order by place) from generate_series(0, 4) place
$$;

-- Most organisations are one restaurant, some have up to 40, and one connection in a hundred is of a chain of 1,000.
create temp table seed_organisation on commit drop as
with wanted as (
    -- One point of sale in 13 is not connected.
    select current_setting('seed.connections')::int as connections,
        current_setting('seed.connections')::int + current_setting('seed.connections')::int / 12 as points
), sized as (
    select number, case when number <= points / 100000 then 1000
        else least(40, floor(power(1 - random(), -0.8)))::int end as size
    from wanted, generate_series(1, points) number
), placed as (
    select number, size, sum(size) over (order by number) - size as before from sized
)
select number, before, least(size, points - before)::int as size,
    now() - interval '3 years' * (1 - number::float8 / points) as created_at
from placed, wanted where before < points;

alter table seed_organisation add column id uuid, add column name text, add column surname text, add column account text;
update seed_organisation set
    id = pg_temp.id_of(created_at),
    surname = pg_temp.pick(beginnings) || pg_temp.pick(ends),
    account = pg_temp.account_of(number)
from words;
update seed_organisation set name = case
        when number % 10 < 4 then pg_temp.pick(kinds) || ' ' || pg_temp.pick(places)
        when number % 10 < 7 then pg_temp.pick(kinds) || ' ' || surname
        when number % 10 < 9 then 'Chez ' || pg_temp.pick(first_names) || ' ' || surname
        else surname || ' & ' || pg_temp.pick(beginnings) || pg_temp.pick(ends) end
from words;
analyze seed_organisation;

insert into organisation (id, name, created_at, trial_ends_at)
select id, name, created_at, created_at + interval '30 days' from seed_organisation order by number;

-- One manager each, a second one in every fourth.
create temp table seed_manager on commit drop as
select number, second, pg_temp.id_of(created_at) as id, pg_temp.pick(first_names) as first_name, surname, name, created_at
from words, seed_organisation, generate_series(0, case when number % 4 = 0 then 1 else 0 end) second;
analyze seed_manager;

insert into app_user (id, email, language, created_at, name)
select id, translate(lower(first_name || '.' || surname || number || case when second = 1 then 'b' else '' end || '@'
        || regexp_replace(name, '[^[:alnum:]]+', '-', 'g') || '.example'), 'ÉÈÎÔÏÂéèêëîïôâç’', 'eeioiaeeeeiioac-'),
    case when number % 9 = 0 then 'en' else 'fr' end, created_at, first_name || ' ' || surname
from seed_manager order by number, second;

insert into membership (organisation_id, user_id, role, created_at)
select o.id, m.id, 'manager', m.created_at from seed_manager m join seed_organisation o using (number) order by number;

-- The point of sale `place` of its organisation; 63 towns and 29 quarters are enough for any chain.
create temp table seed_point on commit drop as
select o.number, o.before + place as running, place, pg_temp.id_of(o.created_at + place * interval '1 hour') as id,
    o.created_at + place * interval '1 hour' as created_at,
    case when size = 1 and number % 2 = 0 then o.name
        else towns[1 + (number + place) % 63] || ' ' || quarters[1 + (number + place / 63) % 29] end as name
from words, seed_organisation o, generate_series(1, size) place;
analyze seed_point;

insert into point_of_sale (id, organisation_id, name, created_at)
select p.id, o.id, p.name, p.created_at from seed_point p join seed_organisation o using (number) order by running;

-- Three connections in a thousand fail, one in a thousand is not answered.
create temp table seed_connection on commit drop as
select p.running, p.id as point_of_sale_id, p.name as point_of_sale_name, o.id as organisation_id, o.name as account_name,
    o.account as account_id, o.account || '-' || (place - 1) as location_id, m.id as manager,
    pg_temp.id_of(p.created_at + interval '10 minutes') as id, p.created_at + interval '10 minutes' as connected_at,
    now() - random() * interval '1 hour' as checked_at, (random() * 1000)::int as fate, md5(random()::text) as digits
from seed_point p join seed_organisation o using (number) join seed_manager m on m.number = p.number and m.second = 0
where running % 13 <> 0;
analyze seed_connection;

insert into connection (id, organisation_id, point_of_sale_id, account_id, account_name, location_id, location_name,
    catalog_id, catalog_name, customer_list_id, customer_list_name, token_key_id, token_ciphertext, token_digest,
    connected_by, connected_at, verified_at, app_instance_id, failed_since, failure, unreachable_since, checked_at,
    next_check_at, told_at, names_checked_at, callback_key, callback_registered_at, callback_checked_at)
select id, organisation_id, point_of_sale_id, account_id, account_name, location_id,
    case when running % 3 = 0 then point_of_sale_name || ' ' || streets[1 + running % 4] else point_of_sale_name end,
    substr(digits, 1, 5), 'Carte ' || account_name, case when running % 2 = 0 then substr(digits, 6, 5) end,
    case when running % 2 = 0 then 'Clients' end,
    current_setting('seed.key'), sha256(digits::bytea) || sha256(digits::bytea) || '\x0011223344556677',
    sha256(('opens-' || location_id)::bytea), manager, connected_at,
    case when fate < 4 then checked_at - interval '3 hours' else checked_at end,
    case when running % 5 > 0 then substr(digits, 11, 8) || to_hex(running::bigint) end,
    case when fate < 3 then checked_at - interval '2 hours' end, case when fate < 3 then 'revoked' end,
    case when fate = 3 then checked_at - interval '2 hours' end, checked_at,
    checked_at + interval '1 hour 1 minute', case when fate < 3 then checked_at - interval '1 hour' end,
    checked_at - random() * interval '22 hours',
    translate(substr(encode(sha256(location_id::bytea), 'base64'), 1, 43), '+/', '-_'),
    connected_at, checked_at - random() * interval '22 hours'
from words, seed_connection order by running;

-- What was disconnected: one for ten that are connected.
create temp table seed_end on commit drop as
select *, gen_random_uuid() as revocation_id, connected_at - interval '30 days' as former, connected_at - random() * interval '9 days' as at
from seed_connection where running % 10 = 5;

insert into revocation (id, token_digest, status, requested_at, tries, finished_at, callback, callback_ended_at)
select revocation_id, sha256(revocation_id::text::bytea), 'confirmed', at, 1, at, 'removed', at from seed_end order by running;

insert into disconnection (id, organisation_id, point_of_sale_id, point_of_sale_name, point_of_sale_deleted,
    connection_id, account_id, account_name, location_id, location_name, connected_at, revocation_id, requested_by,
    disconnected_at)
select pg_temp.id_of(at), organisation_id, gen_random_uuid(), point_of_sale_name, true, gen_random_uuid(), account_id,
    account_name, account_id || '-' || 5000 + running % 13, point_of_sale_name, former, revocation_id, manager, at
from seed_end order by running;

insert into history_entry (id, organisation_id, at, actor, actor_id, actor_name, action, subject_id, subject_name,
    connection_id, change_after)
select pg_temp.id_of(connected_at), organisation_id, connected_at, 'person', manager, 'Anna', 'connected', point_of_sale_id,
    point_of_sale_name, id, jsonb_build_object('location', point_of_sale_name || ' - ' || location_id)
from seed_connection order by running;

-- What the calls of today came to.
insert into hubrise_budget (token_digest, minute, in_minute, heavy_in_minute, hour, in_hour, day, in_day)
select token_digest, date_trunc('minute', checked_at), 1, 0, date_trunc('hour', checked_at), 1,
    date_trunc('day', checked_at, 'UTC'), 9
from connection order by id;

insert into hubrise_call (token_digest, day, method, path, outcome, times, first_at, last_at, milliseconds,
    response_excerpt)
select token_digest, (checked_at at time zone 'UTC')::date, 'GET', '/location', '200', 9, checked_at - interval '8 hours',
    checked_at, 80, json_build_object('id', location_id, 'name', location_name, 'address', 'France', 'timezone',
        json_build_object('name', 'Europe/Paris', 'offset', 3600), 'account',
        json_build_object('id', account_id, 'name', account_name, 'currency', 'EUR'))
from connection order by id;

-- As `searchable` makes them, by a faster way that knows no other accents than those above.
create function pg_temp.plain(text) returns text language sql immutable as
    $$ select lower(translate($1, 'ÉÈÎéèêëîïôâç', 'EEIeeeeiioac')) $$;

insert into search_name
select 'organisation', id, id, null, pg_temp.plain(name) from seed_organisation order by id;
insert into search_name
select 'point_of_sale', p.id, o.id, p.id, pg_temp.plain(p.name)
from seed_point p join seed_organisation o using (number) order by 2;
insert into search_name
select 'connection', id, organisation_id, point_of_sale_id, pg_temp.plain(location_name || ' ' || account_name)
from connection order by id;
insert into search_name
select 'receipt', id, organisation_id, null, pg_temp.plain(point_of_sale_name || ' ' || location_name)
from disconnection order by id;

do $$
declare make text;
begin
    for make in select rebuilt.make from rebuilt loop
        execute make;
    end loop;
end
$$;
